import { BUCKETS } from '../abi/layout.ts';
import { lowerNs } from './histogram.ts';
import { Target, type TargetEvent } from './target.ts';

/** A percentile of the time that tasks of a priority are queued, in microseconds. */
export class WaitTarget extends Target {
  /** One wait of so many may be longer; of fewer waits the percentile says nothing. */
  readonly #oneOf: number;
  /** Where the window began. */
  readonly #before = new Uint32Array(BUCKETS);

  /** @param oneOf 100 for p99, 1,000 for p99.9 */
  constructor(metric: string, thresholdUs: number, oneOf: number) {
    super(metric, thresholdUs);
    this.#oneOf = oneOf;
  }

  /**
   * A window is over, if what it shows is enough to judge it: else it goes on.
   *
   * @param waits a histogram of all waits ever, modulo 2³²
   * @param ageUs how long the oldest task that is still queued waits at least
   * @param isQuiet nothing is queued, and nothing was since the last look
   */
  look(waits: Readonly<Uint32Array>, ageUs: number, isQuiet: boolean): TargetEvent | undefined {
    const count = this.#count(waits);
    // Those that are missing could all be short ones.
    const value = Math.max(ageUs, this.#percentileUs(waits, Math.max(count, this.#oneOf)));
    const isBeyond = value > this.threshold;
    const isEnough = isBeyond || count >= this.#oneOf || (this.isMissed && isQuiet);
    if (!isEnough) return undefined;
    this.#before.set(waits);
    return this.judge(isBeyond, value);
  }

  #count(waits: Readonly<Uint32Array>): number {
    let count = 0;
    for (let bucket = 0; bucket < BUCKETS; ++bucket) count += this.#countAt(waits, bucket);
    return count;
  }

  #countAt(waits: Readonly<Uint32Array>, bucket: number): number {
    return ((waits[bucket] ?? 0) - (this.#before[bucket] ?? 0)) >>> 0;
  }

  // Of so many waits; those that were not recorded count as 0. The lower end of the bucket: the percentile is that at least.
  #percentileUs(waits: Readonly<Uint32Array>, count: number): number {
    const longer = Math.floor(count / this.#oneOf);
    let seen = 0;
    for (let bucket = BUCKETS - 1; bucket >= 0; --bucket) {
      seen += this.#countAt(waits, bucket);
      if (seen > longer) return lowerNs(bucket) / 1000;
    }
    return 0;
  }
}
