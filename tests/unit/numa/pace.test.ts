import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Pace } from '../../../src/numa/pace.ts';

const OPTIONS = { periodMs: 1000, share: 0.01, longestMs: 15_000 };

function delaysOf(costsMs: readonly number[]): number[] {
  const pace = new Pace(OPTIONS);
  return costsMs.map((costMs) => {
    pace.note(costMs);
    return pace.delayMs;
  });
}

describe('the pace of readings', () => {
  it('keeps to its share of the time by the cheapest of three, and does not count the first', () => {
    assert.deepEqual(delaysOf([900, 20, 30, 40, 50, 60]), [1000, 2000, 2000, 2000, 3000, 4000]);
  });

  it('puts nothing off for longer than the longest, whatever readings cost', () => {
    assert.deepEqual(delaysOf([1, 500, 500, 500, 5]), [1000, 15_000, 15_000, 15_000, 1000]);
  });

  it('is never faster than the period, nor than its share unless that takes too long', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })), (costsMs) => {
        for (const [n, delayMs] of delaysOf(costsMs).entries()) {
          const cheapestMs = Math.min(...costsMs.slice(Math.max(1, n - 2), n + 1));
          assert.ok(delayMs >= OPTIONS.periodMs && delayMs <= OPTIONS.longestMs);
          if (n > 0 && delayMs < OPTIONS.longestMs) assert.ok(delayMs >= cheapestMs / OPTIONS.share);
        }
      }),
    );
  });
});
