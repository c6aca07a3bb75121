/** A measurement at a time. */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** By how much a straight line through the samples of the last half rises from its first to its last, by least squares. */
export function growthOfLastHalf(samples: readonly Sample[]): number {
  const first = samples[0]?.atMs ?? 0;
  const last = samples.at(-1)?.atMs ?? 0;
  const half = samples.filter(({ atMs }) => atMs >= (first + last) / 2);
  const n = half.length;
  if (n < 2) return 0;
  const meanAt = half.reduce((sum, { atMs }) => sum + atMs, 0) / n;
  const meanValue = half.reduce((sum, { value }) => sum + value, 0) / n;
  const covariance = half.reduce((sum, { atMs, value }) => sum + (atMs - meanAt) * (value - meanValue), 0);
  const variance = half.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0);
  return variance === 0 ? 0 : (covariance / variance) * (last - (half[0]?.atMs ?? 0));
}

/** Whether something that goes up and down has a new ground: the last quarter never comes down to where the first one was. */
export function hasRisen(values: readonly number[]): boolean {
  const quarter = Math.ceil(values.length / 4);
  if (values.length < 4) return false;
  return Math.min(...values.slice(-quarter)) > Math.max(...values.slice(0, quarter));
}
