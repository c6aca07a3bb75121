import { ATTENTION_STOP, TAG_WORKER_LOST } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import { WorkStealingError } from '../base/errors.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import type { WorkerInit } from '../worker/messages.ts';
import type { ResolvedOptions } from './options.ts';
import { Patience } from './patience.ts';
import { type WorkerExit, WorkerThread } from './worker-thread.ts';

/** Workers lost in a row, none of which completed a task: then the scheduler gives up. */
const HOPELESS_LOSSES = 5;
/** How long a worker that said it stopped may take to leave by itself: its output is still being written. */
const LEAVE_MS = 500;

/** What the crew tells its scheduler. */
export interface CrewListener {
  onLost(worker: number, exit: WorkerExit): void;
  onStarted(worker: number, threadId: number): void;
  onHopeless(error: WorkStealingError): void;
}

/** What a scheduler does with its crew once it is started. */
export interface CrewControl {
  /** The process lives as long as the crew. */
  hold(): void;
  /** The process may end while the crew idles. */
  letGo(): void;
  /**
   * Lets every worker end its task and run teardown; whoever takes longer is cut off.
   *
   * @returns what teardown threw, if anything, and how many workers took longer
   */
  stop(time: Patience): Promise<{ readonly errors: readonly unknown[]; readonly cutOff: number }>;
  /** Ends every worker at once, whatever it does; what it ran comes back as lost. */
  terminate(): Promise<void>;
}

/** All worker threads of a scheduler: started together, replaced when one is lost, stopped together. */
export class Crew implements CrewControl {
  readonly #engine: EngineInstance;
  readonly #options: ResolvedOptions;
  readonly #makeInit: (index: number) => WorkerInit;
  readonly #listener: CrewListener;
  readonly #threads: WorkerThread[] = [];
  #lossesInARow = 0;
  #executedAtLoss = 0;
  #stopping = false;
  #held = true;

  private constructor(
    engine: EngineInstance,
    options: ResolvedOptions,
    makeInit: (index: number) => WorkerInit,
    listener: CrewListener,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#makeInit = makeInit;
    this.#listener = listener;
  }

  /**
   * Starts all workers and waits until each is ready; the process lives meanwhile.
   *
   * @returns the crew and the handlers' names
   * @throws WorkStealingError ERR_MODULE_LOAD, ERR_LAYOUT_VERSION; then no worker is left
   */
  static async start(
    engine: EngineInstance,
    options: ResolvedOptions,
    makeInit: (index: number) => WorkerInit,
    listener: CrewListener,
  ): Promise<{ crew: Crew; handlers: readonly string[] }> {
    const crew = new Crew(engine, options, makeInit, listener);
    try {
      for (let index = 0; index < options.workers; ++index) {
        crew.#threads.push(new WorkerThread(makeInit(index), options));
      }
      const [handlers = [], ...others] = await Promise.all(crew.#threads.map(({ ready }) => ready));
      const different = others.find((names) => names.join() !== handlers.join());
      if (different !== undefined) throw differentHandlers(handlers, different);
      crew.letGo();
      for (const thread of crew.#threads) crew.#watch(thread);
      return { crew, handlers };
    } catch (error) {
      await Promise.all(crew.#threads.map((thread) => thread.terminate()));
      throw error;
    }
  }

  hold(): void {
    this.#held = true;
    for (const thread of this.#threads) thread.hold();
  }

  letGo(): void {
    this.#held = false;
    for (const thread of this.#threads) thread.letGo();
  }

  async stop(time: Patience): Promise<{ readonly errors: readonly unknown[]; readonly cutOff: number }> {
    this.#stopping = true;
    this.hold();
    const outcomes = await Promise.all(
      this.#threads.map(async (thread) => {
        this.#engine.exports.alert(thread.index, ATTENTION_STOP);
        const outcome = await time.wait(Promise.race([thread.stopped, thread.exited.then(() => undefined)]));
        const leave = new Patience(outcome === undefined ? 0 : LEAVE_MS);
        await leave.wait(thread.exited);
        leave.end();
        await thread.terminate();
        return outcome;
      }),
    );
    return {
      errors: outcomes.flatMap((outcome) => (outcome?.value === undefined ? [] : [outcome.value])),
      cutOff: outcomes.filter((outcome) => outcome === undefined).length,
    };
  }

  async terminate(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
    for (const { index } of this.#threads) this.#engine.exports.abandon(index, TAG_WORKER_LOST);
  }

  #watch(thread: WorkerThread): void {
    void thread.exited.then((exit) => {
      if (!this.#stopping) this.#replace(thread.index, exit);
    });
  }

  #replace(index: number, exit: WorkerExit): void {
    this.#engine.exports.abandon(index, TAG_WORKER_LOST);
    this.#listener.onLost(index, exit);
    const executed = this.#executed();
    this.#lossesInARow = executed > this.#executedAtLoss ? 1 : this.#lossesInARow + 1;
    this.#executedAtLoss = executed;
    if (this.#lossesInARow >= HOPELESS_LOSSES) {
      this.#listener.onHopeless(hopeless(this.#lossesInARow, exit));
      return;
    }
    const thread = new WorkerThread(this.#makeInit(index), this.#options);
    this.#threads[index] = thread;
    thread.ready.then(
      () => {
        if (!this.#held) thread.letGo();
        this.#watch(thread);
        this.#listener.onStarted(index, thread.threadId);
      },
      (cause: unknown) => {
        if (!this.#stopping) this.#replace(index, { exitCode: 1, cause });
      },
    );
  }

  #executed(): number {
    const { u32, f64 } = this.#engine;
    const blocks = u32[layout.HEADER_WORKER_BLOCKS >> 2] ?? 0;
    let executed = 0;
    for (let index = 0; index < this.#options.workers; ++index) {
      executed += f64[(blocks + index * layout.WORKER_BYTES + layout.WORKER_EXECUTED) / 8] ?? 0;
    }
    return executed;
  }
}

function differentHandlers(first: readonly string[], other: readonly string[]): WorkStealingError {
  return new WorkStealingError(
    'ERR_MODULE_LOAD',
    `expected the task module to export the same functions on every worker, got ${first.join(', ')} on one and ` +
      `${other.join(', ')} on another`,
  );
}

function hopeless(losses: number, exit: WorkerExit): WorkStealingError {
  const reason = exit.cause instanceof Error ? exit.cause.message : `exit code ${String(exit.exitCode)}`;
  return new WorkStealingError(
    'ERR_WORKER_LOST',
    `${String(losses)} workers in a row exited before they completed a task (${reason}): the engine gives up`,
    { cause: exit.cause, attempts: losses },
  );
}
