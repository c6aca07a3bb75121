import { ATTENTION_DOOM, ATTENTION_STOP, WORKER_STARTING, WORKER_STOPPED } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import { WorkStealingError } from '../base/errors.ts';
import { setTimeout } from '../base/timers.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import type { WorkerInit } from '../worker/messages.ts';
import { Forsaken } from './forsaken.ts';
import type { ResolvedOptions } from './options.ts';
import { Patience } from './patience.ts';
import { LEAVE_MS, Recycler } from './recycler.ts';
import { type HeapListener, type WorkerExit, WorkerThread } from './worker-thread.ts';

/** Workers lost in a row, none of which completed a task: then the scheduler gives up. */
const HOPELESS_LOSSES = 5;
/** Pause before the next worker when two in a row completed no task; doubled with each further one. */
const RESPAWN_MS = 50;
/** A doomed worker that does not answer in so long is inside of a task, which is all that ends with it. */
const ANSWER_MS = 50;
/** One that answers has so long for the other tasks in its hands. */
const NEIGHBOURS_MS = 100;
/** What the crew tells its scheduler. */
export interface CrewListener {
  onLost(worker: number, exit: WorkerExit): void;
  onStarted(worker: number, threadId: number): void;
  /** A worker's heap keeps so many bytes that it is to be replaced. */
  onHeapFull(worker: number, usage: number, limit: number): void;
  /** `teardown` of a worker that is replaced failed. */
  onTeardownError(error: unknown): void;
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
  /** Ends workers that a task was taken from. */
  endDoomed(): void;
}

/** All worker threads of a scheduler: started together, replaced when one is lost, stopped together. */
export class Crew implements CrewControl, HeapListener {
  readonly #engine: EngineInstance;
  readonly #options: ResolvedOptions;
  readonly #makeInit: (index: number) => WorkerInit;
  readonly #listener: CrewListener;
  readonly #threads: WorkerThread[] = [];
  readonly #doomed = new Set<WorkerThread>();
  readonly #recycler: Recycler;
  readonly #forsaken: Forsaken;
  /** How many tasks each worker had executed when its last thread ended. */
  readonly #executedBefore: number[] = [];
  #fruitless = 0;
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
    this.#forsaken = new Forsaken(engine, (worker) => void this.#threads[worker]?.terminate());
    this.#recycler = new Recycler((error) => {
      if (!this.#stopping) listener.onTeardownError(error); // else its outcome is awaited there
    });
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
        this.#setState(thread.index, WORKER_STOPPED);
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
    this.#forsaken.settleAll(this.#threads.map(({ index }) => index));
    for (const { index } of this.#threads) {
      this.#engine.exports.recoverWorker(index);
      this.#setState(index, WORKER_STOPPED);
    }
  }

  /** Ends the workers that were doomed since the last look: a task was taken from them that did not stop when asked to. */
  endDoomed(): void {
    for (const thread of this.#threads) {
      const attention = this.#engine.i32[this.#word(thread.index, layout.WORKER_ATTENTION)] ?? 0;
      if ((attention & ATTENTION_DOOM) === 0 || this.#doomed.has(thread)) continue;
      if (this.#engine.exports.condemnedOn(thread.index) === 0) continue; // it was meant for the one before it
      this.#doomed.add(thread);
      void this.#end(thread);
    }
  }

  onHeapFull(thread: WorkerThread, usage: number, limit: number): void {
    if (this.#stopping) return;
    this.#listener.onHeapFull(thread.index, usage, limit);
    this.#recycler.add(thread);
  }

  onStay(thread: WorkerThread, again: boolean): void {
    this.#recycler.stay(thread, again);
  }

  onLeave(thread: WorkerThread): void {
    void this.#recycler.leave(thread);
  }

  // Whoever answers is not inside of a task: what else it has in hand may end first.
  async #end(thread: WorkerThread): Promise<void> {
    if (this.#options.tasks !== undefined) {
      const time = new Patience(ANSWER_MS);
      void thread.answered.then(() => {
        time.limit(NEIGHBOURS_MS);
      });
      await time.wait(thread.retired);
      time.end();
    }
    await thread.terminate();
  }

  #watch(thread: WorkerThread): void {
    thread.listener = this;
    void thread.exited.then((exit) => {
      const left = this.#recycler.remove(thread);
      if (this.#stopping) return;
      if (left) this.#renew(thread.index);
      else this.#replace(thread, exit);
    });
  }

  // It had nothing in its hands: that is no loss.
  #renew(index: number): void {
    this.#engine.exports.recoverWorker(index);
    this.#setState(index, WORKER_STARTING);
    this.#executedBefore[index] = this.#executed(index);
    this.#start(index);
  }

  #replace(lost: WorkerThread, exit: WorkerExit): void {
    const { index } = lost;
    const doomed = this.#doomed.delete(lost);
    this.#forsaken.settle(index, () => {
      this.#engine.exports.recoverWorker(index);
      this.#succeed(index, doomed ? { ...exit, cause: ended() } : exit, doomed);
    });
  }

  /** @param doomed ended by us, which is no sign of a fault of its own */
  #succeed(index: number, exit: WorkerExit, doomed = false): void {
    this.#setState(index, WORKER_STARTING);
    this.#listener.onLost(index, exit);
    const executed = this.#executed(index);
    if (executed > (this.#executedBefore[index] ?? 0)) this.#fruitless = 0;
    else if (!doomed) this.#fruitless += 1;
    this.#executedBefore[index] = executed;
    if (this.#fruitless >= HOPELESS_LOSSES) {
      this.#listener.onHopeless(hopeless(index, this.#fruitless, exit));
      return;
    }
    const pauseMs = this.#fruitless < 2 ? 0 : RESPAWN_MS * 2 ** (this.#fruitless - 2);
    if (pauseMs === 0) this.#start(index);
    else this.#startLater(index, pauseMs);
  }

  #startLater(index: number, pauseMs: number): void {
    const timer = setTimeout(() => {
      this.#start(index);
    }, pauseMs);
    timer.unref(); // pending tasks hold the process
  }

  #start(index: number): void {
    if (this.#stopping) return;
    let thread: WorkerThread;
    try {
      thread = new WorkerThread(this.#makeInit(index), this.#options);
    } catch (cause) {
      this.#succeed(index, { exitCode: 1, cause }); // Node took these options once and does not any more
      return;
    }
    this.#threads[index] = thread;
    thread.ready.then(
      () => {
        if (!this.#held) thread.letGo();
        this.#watch(thread);
        this.#recycler.succeed(index);
        this.#listener.onStarted(index, thread.threadId);
      },
      (cause: unknown) => {
        void thread.terminate();
        if (!this.#stopping) this.#replace(thread, { exitCode: 1, cause });
      },
    );
  }

  // The thread that writes it is gone.
  #setState(index: number, state: number): void {
    Atomics.store(this.#engine.i32, this.#word(index, layout.WORKER_STATE), state);
  }

  #word(index: number, offset: number): number {
    const blocks = this.#engine.u32[layout.HEADER_WORKER_BLOCKS >> 2] ?? 0;
    return (blocks + index * layout.WORKER_BYTES + offset) >>> 2;
  }

  #executed(index: number): number {
    return this.#engine.f64[this.#word(index, layout.WORKER_EXECUTED) >> 1] ?? 0;
  }
}

function ended(): WorkStealingError {
  return new WorkStealingError(
    'ERR_TASK_ABORTED',
    'the engine ended the worker, as a task of it was to stop and did not within killGraceMs: let tasks look at ' +
      'context.cancelled, or raise killGraceMs',
  );
}

function differentHandlers(first: readonly string[], other: readonly string[]): WorkStealingError {
  return new WorkStealingError(
    'ERR_MODULE_LOAD',
    `expected the task module to export the same functions on every worker, got ${first.join(', ')} on one and ` +
      `${other.join(', ')} on another`,
  );
}

function hopeless(worker: number, losses: number, exit: WorkerExit): WorkStealingError {
  const reason = exit.cause instanceof Error ? exit.cause.message : `exit code ${String(exit.exitCode)}`;
  return new WorkStealingError(
    'ERR_WORKER_LOST',
    `${String(losses)} workers in a row exited before they completed a task (${reason}): the scheduler gives up. ` +
      'Mend what ends them, then create another engine',
    { cause: exit.cause, worker, attempts: losses },
  );
}
