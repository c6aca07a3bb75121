/** What several rounds of one figure say: the middle and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Median absolute deviation: the middle distance from the median. */
  readonly mad: number;
  readonly rounds: readonly number[];
}

/** The value below which `share` (0 … 1) of `sorted` lies; `sorted` ascends and is not empty. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const index = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  return sorted[Math.max(0, index)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function spreadOf(rounds: readonly number[]): Spread {
  const middle = median(rounds);
  return {
    median: middle,
    min: Math.min(...rounds),
    max: Math.max(...rounds),
    mad: median(rounds.map((value) => Math.abs(value - middle))),
    rounds,
  };
}
