import { CLOSED_YES, LOW, PRESSURE_NONE, THREAD_GONE } from '../abi/codes.ts';
import { CLOSED, HOST_CALLS, PRESSURE, SUBMITTER_TAKEN } from '../abi/layout.ts';
import { joinClock } from '../base/clock.ts';
import { WorkStealingError } from '../base/errors.ts';
import { Client } from '../client/client.ts';
import { pressureError, readPressure } from '../client/pressure.ts';
import { closedError } from '../client/refusal.ts';
import { taskTable } from '../client/task-type.ts';
import { attachEngine, type EngineInstance, type EngineSource } from '../wasm/engine.ts';
import { Submitter } from './submitter.ts';
import type { AnyTasks } from './task-signature.ts';
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
export class AttachedEngine<T = AnyTasks> extends Submitter<T> {
  readonly #client: Client;
  readonly #takenWord: number;
  readonly #stay: () => void;
  /** The host's word as of the last look. */
  #pressure: number = PRESSURE_NONE;
  #detached: Promise<void> | undefined;

  /** @internal */
  constructor(handle: AttachHandle) {
    const { now } = joinClock(handle.epochNs);
    const engine = attachEngine(handle.source, -1, -1, now);
    const tasks = taskTable(handle.kernels, handle.handlers);
    const client = new Client({ ...handle, engine, tasks, now, maxQueue: Infinity });
    super(client, handle.workers);
    this.#client = client;
    client.onDrained = () => {
      this.#seeClose(engine);
      this.#seePressure(engine);
    };
    this.#takenWord = engine.submitterBlock + (SUBMITTER_TAKEN >> 2);
    this.#stay = onThreadEnd(() => {
      this.#end();
    });
  }

  /**
   * Only the thread that has the engine allocates: nobody could free what this one holds when it is terminated.
   *
   * @throws WorkStealingError ERR_INVALID_OPTION
   */
  allocate(): never {
    throw new WorkStealingError(
      'ERR_INVALID_OPTION',
      'expected to be called in the thread that has the engine, got an attached thread: call engine.allocate() there, and send its bytes ' +
        'here by postMessage, which shares them; a task that is submitted here gets a copy',
      { option: 'attach' },
    );
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

  // As the host does with its own: its tasks of low priority that have not started go when memory becomes short.
  #seePressure(engine: EngineInstance): void {
    const pressure = engine.i32[PRESSURE >> 2] ?? PRESSURE_NONE; // racy: it rings when it has written
    if (pressure === this.#pressure) return;
    this.#pressure = pressure;
    if (pressure === PRESSURE_NONE) return;
    this.#client.cancelQueued(() => pressureError(readPressure(engine)), LOW, 'failed');
  }

  #giveUp(): void {
    this.#client.cancelQueued(closedError);
    this.#client.inFlight.requestCancel();
    this.#client.abandonRunning(closedError);
  }

  // The thread ends without having detached: the host clears its place when all that it still has running has ended.
  #end(): void {
    const { i32 } = this.#client.engine;
    this.#client.refuse(closedError);
    this.#giveUp();
    while (this.#client.drain() > 0);
    this.#client.close();
    Atomics.store(i32, this.#takenWord, THREAD_GONE);
    Atomics.add(i32, HOST_CALLS >> 2, 1);
    Atomics.notify(i32, HOST_CALLS >> 2);
  }

  #leave(): void {
    this.#stay();
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
