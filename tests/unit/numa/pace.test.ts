import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pace } from '../../../src/numa/pace.ts';

function delaysOf(costsMs: readonly number[]): number[] {
  const pace = new Pace(1000, 0.01);
  return costsMs.map((costMs) => {
    pace.note(costMs);
    return pace.delayMs;
  });
}

describe('the pace of readings', () => {
  it('keeps to its share of the time by the cheapest of three, and does not count the first', () => {
    assert.deepEqual(delaysOf([900, 20, 30, 40, 50, 60]), [1000, 2000, 2000, 2000, 3000, 4000]);
  });

  it('a slow one or two do not put the next one off for long; three do', () => {
    assert.deepEqual(delaysOf([1, 500, 500, 500, 5]), [1000, 10_000, 10_000, 50_000, 1000]);
  });
});
