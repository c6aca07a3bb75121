import type { Worker } from 'node:worker_threads';
import { startThreads, stopThreads } from './threads.ts';

/** Words of the control block that host and workers share. */
export const NEXT = 0;
export const FINISHED = 1;
export const GENERATION = 2;

export interface CounterData {
  readonly control: Int32Array;
  readonly units: Float64Array;
  readonly kernels: string;
}

/** Bare workers that take the next piece of work by one atomic add: no queue, no result, perfect balance. */
export class Counter {
  readonly #threads: readonly Worker[];
  readonly #control: Int32Array;

  private constructor(threads: readonly Worker[], control: Int32Array) {
    this.#threads = threads;
    this.#control = control;
  }

  /** `units` holds the size of every piece, in steps of `burn`. */
  static async start(workers: number, kernels: URL, units: Float64Array): Promise<Counter> {
    const control = new Int32Array(new SharedArrayBuffer(64));
    const shared = new Float64Array(new SharedArrayBuffer(units.byteLength));
    shared.set(units);
    const workerData: CounterData = { control, units: shared, kernels: kernels.href };
    const threads = await startThreads(workers, new URL('./counter-worker.js', import.meta.url), { workerData });
    return new Counter(threads, control);
  }

  /** Does all the work once. */
  async run(): Promise<void> {
    const control = this.#control;
    Atomics.store(control, NEXT, 0);
    Atomics.store(control, FINISHED, 0);
    Atomics.add(control, GENERATION, 1);
    Atomics.notify(control, GENERATION);
    for (;;) {
      const finished = Atomics.load(control, FINISHED);
      if (finished === this.#threads.length) return;
      await Atomics.waitAsync(control, FINISHED, finished).value;
    }
  }

  close(): Promise<void> {
    return stopThreads(this.#threads);
  }
}
