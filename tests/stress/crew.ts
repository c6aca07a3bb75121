import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as layout from '../../src/abi/layout.ts';
import { type SharedViews, createMemory } from '../../src/wasm/memory.ts';
import { planMemory } from '../../src/wasm/sizing.ts';
import { projectRoot } from '../support/project.ts';
import { type CallExport, instantiateChecked } from './checked-engine.ts';
import { spread, type SystemThread } from './spread.ts';

export interface Call {
  readonly name: string;
  readonly args: readonly number[];
}

export interface Reply {
  readonly result: number;
}

/** What a crew works on. */
export interface CrewOptions {
  readonly threads: number;
  /** Slots of the slab. @default 1024 */
  readonly capacity?: number | undefined;
  /** @default 1 MiB */
  readonly poolBytes?: number | undefined;
  /** Entries of every submission queue and run queue, a power of two; as in production by default. */
  readonly entries?: number | undefined;
  /** Memory beyond the regions, for scripts and records. */
  readonly spareBytes?: number | undefined;
  /** A mutant in place of the checked build. */
  readonly module?: WebAssembly.Module | undefined;
}

export interface ThreadSetup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly submitter: number;
  readonly worker: number;
}

const CONTROL_BYTES = 1 << 20;
const LIST_BYTES = 1 << 16;
/** Words of the control block of assembly/stress.ts. */
const REMAINING = 128;
const VIOLATIONS = 256;
const TALLY = 1024;
/** Longer than the patience of the loops; only a thread that sleeps for ever outlasts it. */
const WATCHDOG_MS = 20_000;

const bytes = readFileSync(join(projectRoot, 'build/wasm/engine.checked.wasm'));

/** Threads over one memory. Thread i is worker i and submitter i + 1; whoever holds the crew is submitter 0. */
export class Crew {
  static readonly module = new WebAssembly.Module(bytes);
  readonly call: CallExport;
  readonly control: number;
  /** Memory for what else a scenario needs. */
  readonly spare: number;
  readonly #views: SharedViews;
  readonly #threads: readonly Worker[];
  readonly #started: Promise<unknown>;

  constructor(options: CrewOptions) {
    const { threads, capacity = 1024, poolBytes = 1 << 20, spareBytes = 0, module = Crew.module } = options;
    const map = planMemory({
      capacity,
      workers: threads,
      submitters: threads + 1,
      poolBytes,
      maximumBytes: 2 ** 28,
      starvationInterval: 64,
      retry: 0,
      timing: 'off',
    });
    this.control = Math.ceil(map.totalBytes / layout.LINE) * layout.LINE;
    this.spare = this.control + CONTROL_BYTES + threads * LIST_BYTES;
    this.#views = createMemory({ ...map, totalBytes: this.spare + spareBytes });
    this.write(layout.HEADER_SPIN, 0);
    if (options.entries !== undefined) this.#shortenQueues(options.entries);
    const { memory } = this.#views;
    this.call = instantiateChecked(module, memory);
    this.call('attach', [0, -1]);
    this.#threads = Array.from({ length: threads }, (_, worker) => {
      const setup: ThreadSetup = { module, memory, submitter: worker + 1, worker };
      return new Worker(new URL('./thread.js', import.meta.url), { workerData: setup });
    });
    const started = this.#threads.map(async (thread) => ((await once(thread, 'message')) as [SystemThread?])[0]);
    this.#started = Promise.all(started).then(spread);
    this.#started.catch(() => undefined); // a thread that cannot start says so when it is to run
  }

  get size(): number {
    return this.#threads.length;
  }

  /** Words of the memory from an address on, as they stand. */
  words(address: number, count: number): Int32Array {
    return this.#views.i32.subarray(address >>> 2, (address >>> 2) + count);
  }

  read(address: number): number {
    return Atomics.load(this.#views.i32, address >>> 2);
  }

  readF64(address: number): number {
    return this.#views.f64[address >>> 3] ?? NaN;
  }

  write(address: number, value: number): void {
    Atomics.store(this.#views.i32, address >>> 2, value);
  }

  writeI64(address: number, value: bigint): void {
    new DataView(this.#views.memory.buffer).setBigInt64(address, value, true);
  }

  /** Room for a thread's list of what it holds. */
  listOf(thread: number): number {
    return this.control + CONTROL_BYTES + thread * LIST_BYTES;
  }

  /** A zeroed control block that expects `values` to pass through. */
  reset(values: number): void {
    new Uint8Array(this.#views.memory.buffer, this.control, CONTROL_BYTES).fill(0);
    this.write(this.control + REMAINING, values);
  }

  get remaining(): number {
    return this.read(this.control + REMAINING);
  }

  get violations(): number {
    return this.read(this.control + VIOLATIONS);
  }

  /** Values of 0 … count − 1 that were not seen exactly once. */
  missing(count: number): number[] {
    return Array.from({ length: count }, (_, value) => value).filter(
      (value) => this.read(this.control + TALLY + value * 4) !== 1,
    );
  }

  /**
   * All threads meet, then each runs its calls.
   *
   * @param onResult told as each thread ends, while others may still run
   * @returns the result of each one's last call
   */
  async run(
    calls: readonly (readonly Call[])[],
    seed: number,
    onResult?: (thread: number, result: number) => void,
  ): Promise<number[]> {
    await this.#started;
    const watchdog = new AbortController();
    const late = setTimeout(() => {
      watchdog.abort(new Error('a thread sleeps for ever: a lost wake-up'));
    }, WATCHDOG_MS);
    try {
      return await Promise.all(
        calls.map(async (own, thread) => {
          const worker = this.#threads[thread];
          if (worker === undefined) throw new RangeError(`no thread ${String(thread)}`);
          const meet = { name: 'stressMeet', args: [this.control, calls.length, (seed * 31 + thread * 7 + 1) | 0] };
          worker.postMessage([meet, ...own]);
          const [reply] = (await once(worker, 'message', { signal: watchdog.signal })) as [Reply]; // rejects on 'error', too
          onResult?.(thread, reply.result);
          return reply.result;
        }),
      );
    } finally {
      clearTimeout(late);
    }
  }

  // Before anybody attaches: the addresses stay, the queues get shorter.
  #shortenQueues(entries: number): void {
    for (const mask of [layout.HEADER_RING_MASK, layout.HEADER_RUN_MASK]) {
      this.write(mask, entries - 1);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}
