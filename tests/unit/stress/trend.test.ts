import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { growthOfLastHalf, hasRisen } from '../../stress/soak/trend.ts';

const samples = (values: readonly number[]): { atMs: number; value: number }[] =>
  values.map((value, index) => ({ atMs: index * 1000, value }));

describe('trends of a soak', () => {
  it('the growth of the last half, whatever came before', () => {
    assert.equal(growthOfLastHalf(samples([0, 50, 90, 100, 100, 100, 100])), 0);
    assert.equal(growthOfLastHalf(samples([0, 0, 0, 0, 10, 20, 30])), 30);
    assert.ok(Math.abs(growthOfLastHalf(samples([9, 9, 9, 9, 1, 9, 1, 9, 1]))) < 5);
    assert.equal(growthOfLastHalf([]), 0);
  });

  it('a new ground is not a high tide', () => {
    assert.ok(hasRisen([5, 6, 6, 7, 8, 8, 9, 9]));
    assert.ok(!hasRisen([5, 9, 5, 9, 5, 9, 5, 9]));
    assert.ok(!hasRisen([5, 6, 9, 9, 9, 9, 6, 9]));
    assert.ok(!hasRisen([1, 2]));
  });
});
