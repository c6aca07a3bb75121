import { BUCKETS, BUCKETS_PER_OCTAVE } from '../abi/layout.ts';
import type { SharedViews } from '../wasm/memory.ts';
import type { Percentiles } from './stats.ts';

/** What a histogram holds, as plain data: its buckets from the first that is not empty to the last. */
export interface HistogramData {
  readonly first: number;
  readonly counts: Uint32Array;
  readonly maxUs: number;
}

/** Sum of log-linear histograms of assembly/worker/stats.ts; a percentile is the upper end of its bucket, ≤ 6.25 % above. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #maxUs = 0;

  /** @param address of the first bucket */
  add(views: SharedViews, address: number): void {
    for (let bucket = 0; bucket < BUCKETS; ++bucket) this.#addTo(bucket, views.u32[(address >>> 2) + bucket] ?? 0);
    this.#maxUs = Math.max(this.#maxUs, views.f64[(address + BUCKETS * 4) / 8] ?? 0);
  }

  /** Adds what another one holds. */
  addData({ first, counts, maxUs }: HistogramData): void {
    for (const [i, count] of counts.entries()) this.#addTo(first + i, count);
    this.#maxUs = Math.max(this.#maxUs, maxUs);
  }

  data(): HistogramData {
    const first = Math.max(
      0,
      this.#counts.findIndex((count) => count > 0),
    );
    const last = this.#counts.findLastIndex((count) => count > 0);
    return { first, counts: Uint32Array.from(this.#counts.subarray(first, last + 1)), maxUs: this.#maxUs };
  }

  percentiles(): Percentiles {
    const at = (share: number): number => this.#at(share);
    return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: this.#total === 0 ? NaN : this.#maxUs };
  }

  #addTo(bucket: number, count: number): void {
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#total += count;
  }

  #at(share: number): number {
    if (this.#total === 0) return NaN;
    const rank = Math.ceil(this.#total * share);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; ++bucket) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return Math.min(this.#maxUs, lowerNs(bucket + 1) / 1000);
    }
    return this.#maxUs;
  }
}

/** Index of the bucket of a duration, as in assembly/worker/stats.ts. */
export function bucketOf(ns: number): number {
  if (!(ns >= BUCKETS_PER_OCTAVE)) return Math.max(0, Math.floor(ns));
  const bounded = Math.min(ns, 2 ** 41); // beyond the last bucket
  const octave = bounded < 2 ** 32 ? 31 - Math.clz32(bounded) : 63 - Math.clz32(bounded / 2 ** 32);
  const bucket = (octave - 3) * BUCKETS_PER_OCTAVE + (Math.floor(bounded / 2 ** (octave - 4)) % BUCKETS_PER_OCTAVE);
  return Math.min(bucket, BUCKETS - 1);
}

/** Lower end of a bucket in nanoseconds, which is the upper end of the one before it. */
export function lowerNs(bucket: number): number {
  if (bucket < BUCKETS_PER_OCTAVE) return bucket;
  const octave = Math.floor(bucket / BUCKETS_PER_OCTAVE) + 3;
  const step = 2 ** (octave - 4);
  return (BUCKETS_PER_OCTAVE + (bucket % BUCKETS_PER_OCTAVE)) * step;
}
