import { GCProfiler, getHeapStatistics } from 'node:v8';

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

  /** @param share of V8's limit of this heap. A heap that is larger to begin with is let be: another one would be, too */
  constructor(share: number, onFull: HeapListener) {
    const { heap_size_limit, used_heap_size } = getHeapStatistics();
    this.#limit = share * heap_size_limit;
    this.#onFull = onFull;
    this.#rests = used_heap_size >= this.#limit;
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

// Bytes that each collection of the whole heap left.
function leftBy(profiler: GCProfiler): number[] {
  return profiler
    .stop()
    .statistics.filter(({ gcType }) => gcType === MAJOR)
    .map(({ afterGC }) => afterGC.heapStatistics.usedHeapSize);
}
