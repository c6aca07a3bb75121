/**
 * The rivals that the job measures itself against in the same run: plain worker threads over a shared memory of their own,
 * which run the same compiled kernel with no engine in between.
 */
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import {
  ACTIVE,
  createBareMemory,
  DONE,
  FLOOD,
  NEXT,
  RAISED,
  ROUND,
  SEEN,
  viewBareMemory,
  type BareMemory,
  type BareWorkerData,
} from './bare-protocol.ts';
import { pace } from './pace.ts';
import { KERNELS } from './tasks.ts';

export interface BareOptions {
  readonly workers: number;
  /** Of the kernel `price`. */
  readonly inputs: readonly Uint8Array[];
  /** How many events `control` raises. */
  readonly events: number;
}

export class BareWorkers {
  readonly #memory: BareMemory;
  readonly #threads: readonly Worker[];
  readonly #lost: Promise<never>;
  readonly #events: number;

  private constructor(memory: BareMemory, threads: readonly Worker[], events: number) {
    this.#memory = memory;
    this.#threads = threads;
    this.#events = events;
    this.#lost = Promise.race(
      threads.map(
        (thread) =>
          new Promise<never>((_, reject) => {
            thread.once('error', reject);
          }),
      ),
    );
    // Seen by whoever waits for a round; between rounds nobody does.
    this.#lost.catch(() => undefined);
  }

  static async start({ workers, inputs, events }: BareOptions): Promise<BareWorkers> {
    const shape = { workers, tasks: inputs.length, events };
    const shared = createBareMemory(shape);
    const memory = viewBareMemory(shared, shape);
    for (const [task, input] of inputs.entries()) memory.bytes.set(input, memory.inputAt(task));
    const module = await WebAssembly.compile(await readFile(KERNELS));
    const threads = Array.from({ length: workers }, (_, index) => {
      const workerData: BareWorkerData = { index, shape, memory: shared, module };
      return new Worker(new URL('./bare-worker.js', import.meta.url), { workerData });
    });
    const bare = new BareWorkers(memory, threads, events);
    await bare.#round(0);
    return bare;
  }

  /** Milliseconds that the first `active` workers take for all tasks. */
  async time(active: number): Promise<number> {
    const start = performance.now();
    await this.#round(active);
    return performance.now() - start;
  }

  /**
   * All workers run the kernel back to back and look at one flag after each task, while this thread raises it at a steady
   * rate, and calls `onEvent` each time. Resolves to the microseconds from each raising to its being seen, ascending.
   */
  async control(perSecond: number, onEvent: () => void): Promise<Float64Array> {
    const { control, raisedAt, waits } = this.#memory;
    Atomics.store(control, RAISED, 0);
    Atomics.store(control, SEEN, 0);
    Atomics.store(control, FLOOD, 1);
    const flooded = this.#round(this.#threads.length);
    const send = (event: number): void => {
      raisedAt[event] = process.hrtime.bigint();
      Atomics.store(control, RAISED, event + 1);
      onEvent();
    };
    await Promise.all([pace({ perSecond, isOver: (sent) => sent >= this.#events, send }), flooded]);
    Atomics.store(control, FLOOD, 0);
    return Float64Array.from(waits, (wait) => Number(wait) / 1000).sort();
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(async (thread) => thread.terminate()));
  }

  /** Opens a round for the first `active` workers and waits until all have been through it. */
  async #round(active: number): Promise<void> {
    const { control } = this.#memory;
    Atomics.store(control, NEXT, 0);
    Atomics.store(control, DONE, 0);
    Atomics.store(control, ACTIVE, active);
    Atomics.add(control, ROUND, 1);
    Atomics.notify(control, ROUND);
    for (;;) {
      const done = Atomics.load(control, DONE);
      if (done === this.#threads.length) return;
      const { async, value } = Atomics.waitAsync(control, DONE, done);
      if (async) await Promise.race([value, this.#lost]);
    }
  }
}
