import { threadId } from 'node:worker_threads';
import { CLOSED_YES } from '../abi/codes.ts';
import { CLOSED, SUBMITTER_THREAD } from '../abi/layout.ts';
import { joinClock } from '../base/clock.ts';
import { Client } from '../client/client.ts';
import { closedError } from '../client/refusal.ts';
import type { TaskId, TaskState } from '../client/task-id.ts';
import type { MapOptions } from '../client/map.ts';
import type { Priority, RunOptions } from '../client/run-options.ts';
import { Runner } from '../client/runner.ts';
import { taskTable } from '../client/task-type.ts';
import { attachEngine, type EngineInstance, type EngineSource } from '../wasm/engine.ts';
import { onThreadEnd } from './thread-end.ts';

/** What another thread needs to submit to a scheduler: send it by `postMessage` or `workerData`. */
export interface AttachHandle {
  /** What it is; the rest is opaque. */
  readonly type: 'tallyio attach handle';
  /** @internal */
  readonly source: EngineSource;
  /** @internal */
  readonly epochNs: bigint;
  /** @internal */
  readonly kernels: readonly string[];
  /** @internal */
  readonly handlers: readonly string[];
  /** @internal */
  readonly workers: number;
  /** @internal */
  readonly capacity: number;
  /** @internal */
  readonly payloadLimit: number;
}

/** A thread's own door to a scheduler: what it submits goes straight into shared memory, results come back to it. */
export class AttachedEngine {
  readonly #client: Client;
  readonly #runner: Runner;
  readonly #threadWord: number;
  readonly #stay: () => void;
  #detached: Promise<void> | undefined;

  /** @internal */
  constructor(handle: AttachHandle) {
    const { now } = joinClock(handle.epochNs);
    const engine = attachEngine(handle.source, -1, -1, now);
    this.#threadWord = engine.submitterBlock + (SUBMITTER_THREAD >> 2);
    Atomics.store(engine.i32, this.#threadWord, threadId);
    const tasks = taskTable(handle.kernels, handle.handlers);
    this.#client = new Client({ ...handle, engine, tasks, now, maxQueue: Infinity });
    this.#client.onDrained = () => {
      this.#seeClose(engine);
    };
    this.#runner = new Runner(this.#client, handle.workers, (task, error) => {
      process.emitWarning(`${task}: ${error instanceof Error ? error.message : String(error)}`, 'TallyioWarning');
    });
    this.#stay = onThreadEnd(() => {
      this.#end();
    });
  }

  /** Runs a task. @returns its result; rejects with a TallyError, never throws */
  run(name: string, input?: unknown, options?: RunOptions): Promise<unknown> {
    return this.#runner.run(name, input, options);
  }

  /** Runs a task for each input; they are published together, 1,024 at a time. @returns results in order; the first failure rejects */
  runMany(name: string, inputs: Iterable<unknown>, options?: RunOptions): Promise<unknown[]> {
    return this.#runner.runMany(name, inputs, options);
  }

  /** Runs a task for each item, a bounded number at once; the first failure ends it. */
  map(
    name: string,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options?: MapOptions,
  ): AsyncIterableIterator<unknown> {
    return this.#runner.map(name, items, options);
  }

  /** Runs a task whose result nobody wants. A failure is a process warning. */
  post(name: string, input?: unknown, options?: RunOptions): void {
    this.#runner.post(name, input, options);
  }

  /** Number of a kernel or handler, for `submitTask`. @throws WorkStealingError ERR_UNKNOWN_TASK */
  taskType(name: string): number {
    return this.#runner.taskType(name);
  }

  /** Submits a task without a promise. @throws WorkStealingError ERR_QUEUE_FULL, ERR_UNKNOWN_TASK, ERR_CLOSED */
  submitTask(type: number, argument: number, priority?: Priority): TaskId {
    return this.#runner.submitTask(type, argument, priority);
  }

  /** The result of a submitted task. Releases it. */
  wait(id: TaskId): Promise<number> {
    return this.#runner.wait(id);
  }

  /** Where a submitted task stands. @throws WorkStealingError ERR_STALE_TASK */
  poll(id: TaskId): TaskState {
    return this.#runner.poll(id);
  }

  /** Gives up the result of a submitted task. @throws WorkStealingError ERR_STALE_TASK */
  release(id: TaskId): void {
    this.#runner.release(id);
  }

  /** Waits for what this thread has submitted, then makes its place free for another thread. Idempotent. */
  detach(): Promise<void> {
    this.#detached ??= this.#detach();
    return this.#detached;
  }

  // The scheduler was closed by force while this thread had tasks: nobody will complete them.
  #seeClose({ i32 }: EngineInstance): void {
    if (!this.#client.pending || Atomics.load(i32, CLOSED >> 2) !== CLOSED_YES) return;
    this.#giveUp();
  }

  #giveUp(): void {
    this.#client.cancelQueued(closedError);
    this.#client.inFlight.requestCancel();
    this.#client.abandonRunning(closedError);
  }

  // The thread ends without having detached. What still runs is left to whoever gets the place next.
  #end(): void {
    this.#client.refuse(closedError);
    this.#giveUp();
    while (this.#client.drain() > 0);
    this.#leave();
  }

  #leave(): void {
    this.#stay();
    Atomics.store(this.#client.engine.i32, this.#threadWord, 0); // before somebody else may take the place
    this.#client.leave();
  }

  async #detach(): Promise<void> {
    this.#client.refuse(closedError);
    if (this.#client.pending) {
      await new Promise<void>((resolve) => {
        this.#client.onIdle = resolve;
      });
    }
    this.#leave();
  }
}
