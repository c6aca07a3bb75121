/** A small seeded generator (mulberry32), so that both sides and every run get the same sizes. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pareto sizes of the given mean: most are small, a few are very large; `cap` times the mean at most. */
export function paretoSizes(count: number, mean: number, seed: number, shape = 1.5, cap = 1_000): Float64Array {
  const random = seededRandom(seed);
  const sizes = Float64Array.from({ length: count }, () => Math.min(cap, (1 - random()) ** (-1 / shape)));
  const scale = (mean * count) / sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => size * scale);
}

/** Fills with numbers from 0 to 1, the same ones each time. */
export function fillRandom(numbers: Float64Array): void {
  const random = seededRandom(1);
  for (let i = 0; i < numbers.length; i++) numbers[i] = random();
}
