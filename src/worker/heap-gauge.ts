import { GCProfiler, getHeapStatistics } from 'node:v8';
import { resourceLimits } from 'node:worker_threads';

/** The profiler's name for a collection of the whole heap. */
const MAJOR = 'MarkSweepCompact';
/** V8 marks while the program runs, and lets live what was made meanwhile; but not over and over again. */
const COLLECTIONS = 3;

/** Told what a heap keeps, and from where on that is too much; bytes. */
export type HeapListener = (usage: number, limit: number) => void;

/**
 * Finds out when this thread's heap keeps too much. By the time that one hears of a collection, a task may have made garbage
 * again; so a heap that looks too large is only suspected. From then on the profiler notes what collections leave, some 20 µs for
 * each, and the least that several in a row leave is what counts.
 */
export class HeapGauge {
  readonly #limit: number;
  readonly #onFull: HeapListener;
  #profiler: GCProfiler | undefined;
  /** What collections left since it is suspected, bytes. */
  #left: number[] = [];
  #rests: boolean;

  /** @param share of the limit of the old generation, where V8 has what lives on. A heap that is larger to begin with is let be: another one would be, too */
  constructor(share: number, onFull: HeapListener) {
    this.#limit = share * oldGenerationLimit();
    this.#onFull = onFull;
    this.#rests = getHeapStatistics().used_heap_size >= this.#limit;
  }

  /** After a collection of the whole heap. */
  look(): void {
    if (this.#rests) return;
    if (this.#profiler !== undefined) this.#left.push(...leftBy(this.#profiler));
    this.#profiler = undefined;
    const kept = Math.min(...this.#left);
    if (kept < this.#limit) this.#left = [];
    if (this.#left.length >= COLLECTIONS) {
      this.#rests = true;
      this.#left = [];
      this.#onFull(kept, this.#limit);
    } else if (getHeapStatistics().used_heap_size >= this.#limit) {
      this.#profiler = new GCProfiler();
      this.#profiler.start();
    } else this.#left = [];
  }

  /** Looks again; it rests once it has told. */
  resume(): void {
    this.#rests = false;
  }
}

// The limit of the whole heap counts a young generation that what lives on may not fill. Flags of the process go before the
// limits that a worker was given, so those do not tell it.
function oldGenerationLimit(): number {
  const { maxYoungGenerationSizeMb = 0 } = resourceLimits;
  return getHeapStatistics().heap_size_limit - maxYoungGenerationSizeMb * 2 ** 20;
}

// Bytes that each collection of the whole heap left.
function leftBy(profiler: GCProfiler): number[] {
  return profiler
    .stop()
    .statistics.filter(({ gcType }) => gcType === MAJOR)
    .map(({ afterGC }) => afterGC.heapStatistics.usedHeapSize);
}
