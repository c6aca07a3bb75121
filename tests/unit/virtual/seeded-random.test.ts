import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '../../../src/virtual/seeded-random.ts';

function draws(seed: number, most: number, count: number): number[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => random.below(most));
}

describe('SeededRandom', () => {
  it('gives the same numbers for the same seed, on any machine', () => {
    assert.deepEqual(draws(2026, 1000, 4), [225, 126, 134, 772]);
  });

  it('gives other numbers for seeds that differ in any one bit', () => {
    const seen = new Set([draws(0, 1 << 30, 4).join()]);
    for (let bit = 0; bit < 53; ++bit) seen.add(draws(2 ** bit, 1 << 30, 4).join());
    assert.equal(seen.size, 54);
  });

  it('stays below its bound and hits every number about as often', () => {
    const counts = [0, 0, 0, 0, 0];
    for (const drawn of draws(7, 5, 10_000)) counts[drawn] = (counts[drawn] ?? NaN) + 1;
    assert.equal(counts.length, 5);
    for (const count of counts) assert.ok(Math.abs(count - 2000) < 200, counts.join());
  });
});
