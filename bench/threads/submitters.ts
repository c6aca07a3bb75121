import { once } from 'node:events';
import type { AttachHandle } from 'tallyio';
import type { Worker } from 'node:worker_threads';
import { startThreads } from '../floors/threads.ts';
import type { Library } from '../library.ts';

/** Words of the control block that the host and the submitters share. */
export const GENERATION = 0;
export const FINISHED = 1;
export const STOP = 2;

export interface SubmitterData {
  readonly control: Int32Array;
  readonly handle: AttachHandle;
  /** The module of `tallyio/worker`. */
  readonly worker: string;
  readonly tasks: number;
}

/** Threads attached to one engine that all start to submit at the same moment. */
export class Submitters {
  readonly #threads: readonly Worker[];
  readonly #control: Int32Array;

  private constructor(threads: readonly Worker[], control: Int32Array) {
    this.#threads = threads;
    this.#control = control;
  }

  static async start(count: number, library: Library, handle: AttachHandle, tasks: number): Promise<Submitters> {
    const control = new Int32Array(new SharedArrayBuffer(64));
    const workerData: SubmitterData = { control, handle, worker: library.worker.href, tasks };
    const threads = await startThreads(count, new URL('./submitter.js', import.meta.url), { workerData });
    return new Submitters(threads, control);
  }

  /** Every thread submits its tasks and waits for all of their results. */
  async run(): Promise<void> {
    const control = this.#control;
    Atomics.store(control, FINISHED, 0);
    Atomics.add(control, GENERATION, 1);
    Atomics.notify(control, GENERATION);
    for (;;) {
      const finished = Atomics.load(control, FINISHED);
      if (finished === this.#threads.length) return;
      await Atomics.waitAsync(control, FINISHED, finished).value;
    }
  }

  /** The threads detach and end. */
  async close(): Promise<void> {
    const ended = this.#threads.map((thread) => once(thread, 'exit'));
    Atomics.store(this.#control, STOP, 1);
    Atomics.add(this.#control, GENERATION, 1);
    Atomics.notify(this.#control, GENERATION);
    await Promise.all(ended);
  }
}
