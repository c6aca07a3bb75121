import type { Worker } from 'node:worker_threads';
import { loadFunctionOn } from './burn.ts';
import { startThreads, stopThreads } from './threads.ts';

/** Words of the control block that host and workers share. */
export const NEXT = 0;
export const ARRIVED = 1;
/** Phases that were done, ever. */
export const DONE = 2;
/** Phases that may be done, ever. */
export const ASKED = 3;
/** Workers that have started. */
export const STARTED = 4;

/** A function of kernels/split.ts and what it is called with. */
export interface Split {
  readonly name: 'sumPart' | 'matrixPart' | 'sortPart';
  readonly phases: number;
  readonly parts: number;
  readonly count: number;
}

export interface SplitData {
  readonly control: Int32Array;
  /** What a worker's parts gave, a number per worker. */
  readonly results: Float64Array;
  readonly memory: WebAssembly.Memory;
  readonly kernels: string;
  readonly split: Split;
}

/** Of memory, which the module asks for. */
const LEAST_PAGES = 16;
/** Where the data begins: above what the engine keeps for itself. */
const DATA = 2 ** 17;

/** The function with all but phase and part filled in. */
export function bindSplit(
  memory: WebAssembly.Memory,
  kernels: URL,
  { name, parts, count }: Split,
): (phase: number, part: number) => number {
  const work = loadFunctionOn(memory, kernels, name);
  return (phase, part) => work(phase, part, parts, DATA, count);
}

/** Bare workers that take the next part by one atomic add, and wait for each other after each phase. */
export class SplitThreads {
  readonly data: Float64Array;
  readonly #threads: readonly Worker[];
  readonly #shared: SplitData;

  private constructor(threads: readonly Worker[], shared: SplitData, length: number) {
    this.#threads = threads;
    this.#shared = shared;
    this.data = new Float64Array(shared.memory.buffer, DATA, length);
  }

  /** @param numbers length of `data` */
  static async start(workers: number, kernels: URL, split: Split, numbers: number): Promise<SplitThreads> {
    const pages = LEAST_PAGES + Math.ceil((numbers * Float64Array.BYTES_PER_ELEMENT) / 2 ** 16);
    const shared: SplitData = {
      control: new Int32Array(new SharedArrayBuffer(64)),
      results: new Float64Array(new SharedArrayBuffer(workers * Float64Array.BYTES_PER_ELEMENT)),
      memory: new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }),
      kernels: kernels.href,
      split,
    };
    const module = new URL('./split-worker.js', import.meta.url);
    return new SplitThreads(await startThreads(workers, module, { workerData: shared }), shared, numbers);
  }

  /** Does all phases once. @returns the sum of what the parts gave */
  async run(): Promise<number> {
    const { control, results, split } = this.#shared;
    const asked = Atomics.add(control, ASKED, split.phases) + split.phases;
    Atomics.notify(control, ASKED);
    for (let done = Atomics.load(control, DONE); done !== asked; done = Atomics.load(control, DONE)) {
      await Atomics.waitAsync(control, DONE, done).value;
    }
    return results.reduce((sum, result) => sum + result, 0);
  }

  close(): Promise<void> {
    return stopThreads(this.#threads);
  }
}
