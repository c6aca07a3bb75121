import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { BUCKETS } from '../../../src/abi/layout.ts';
import { lowerNs } from '../../../src/scheduler/histogram.ts';
import { WaitTarget } from '../../../src/scheduler/wait-target.ts';

/** The bucket of a wait, by search. */
function bucketOf(us: number): number {
  let bucket = 0;
  while (bucket + 1 < BUCKETS && lowerNs(bucket + 1) <= us * 1000) ++bucket;
  return bucket;
}

describe('WaitTarget', () => {
  let target: WaitTarget;
  let waits: Uint32Array;

  beforeEach(() => {
    target = new WaitTarget('normal.p99Us', 5000, 100);
    waits = new Uint32Array(BUCKETS);
  });

  function record(us: number, count: number): void {
    const bucket = bucketOf(us);
    waits[bucket] = (waits[bucket] ?? 0) + count;
  }

  /** A window with so many waits of 10 µs, and so many of 8 ms. */
  function window(short: number, long: number, ageUs = 0, isQuiet = false): string | undefined {
    record(10, short);
    record(8000, long);
    const event = target.look(waits, ageUs, isQuiet);
    return event && `${event} ${String(target.degradation.value)}`;
  }

  it('one of a hundred may be longer', () => {
    assert.deepEqual([window(99, 1), window(99, 1), window(990, 10)], [undefined, undefined, undefined]);
    assert.deepEqual([window(980, 11), window(98, 2)], [undefined, 'degraded 7864.32']);
    assert.deepEqual([window(990, 10), window(98, 2), window(990, 10)], [undefined, undefined, undefined]);
    assert.deepEqual([window(100, 0)], ['recovered 9.728']);
  });

  it('each window is judged by itself', () => {
    window(0, 1000);
    for (let n = 0; n < 3; ++n) assert.equal(window(100, 0), undefined);
    window(0, 1000);
    assert.equal(window(0, 1000), 'degraded 7864.32');
  });

  it('fewer than a hundred extend the window, unless two are longer', () => {
    assert.deepEqual([window(50, 1), window(48, 0)], [undefined, undefined]);
    assert.equal(window(0, 1), undefined, 'the first window beyond: a hundred, two of them long');
    assert.equal(window(1, 1), undefined);
    assert.equal(window(0, 1), 'degraded 7864.32', 'two long ones, whatever comes');
  });

  it('a wait in the bucket of the threshold is not beyond it', () => {
    const inBucket = lowerNs(bucketOf(5000)) / 1000;
    assert.ok(inBucket <= 5000);
    for (let n = 0; n < 3; ++n) {
      record(5001, 1000);
      assert.equal(target.look(waits, 0, false), undefined);
    }
  });

  it('a queue that stands still is beyond, though no wait is recorded', () => {
    assert.deepEqual([window(0, 0, 1e6), window(0, 0, 2e6)], [undefined, 'degraded 2000000']);
    assert.deepEqual([window(0, 0, 4999), window(0, 0, 0)], [undefined, undefined]);
    assert.ok(target.isMissed, 'nothing tells that it is over');
    assert.deepEqual([window(0, 0, 0, true), window(0, 0, 0, true)], [undefined, 'recovered 0']);
  });

  it('counts that have run over 2³² make no difference', () => {
    waits.fill(2 ** 32 - 50);
    const another = new WaitTarget('normal.p99Us', 5000, 100);
    another.look(waits, 0, false); // they are new to it, and long
    assert.equal(another.isMissed, false);
    record(10, 200);
    assert.equal(waits[bucketOf(10)], 150);
    assert.equal(another.look(waits, 0, false), undefined);
    record(8000, 200);
    another.look(waits, 0, false);
    record(8000, 200);
    assert.equal(another.look(waits, 0, false), 'degraded');
    assert.equal(another.degradation.value, 7864.32);
  });

  it('property: the value is the lower end of the bucket of the percentile', () => {
    const someWaits = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 100, maxLength: 300 });
    const property = fc.property(someWaits, fc.constantFrom(100, 50), (all, oneOf) => {
      const each = new WaitTarget('p', 0, oneOf); // everything is beyond, so that the value shows
      const counts = new Uint32Array(BUCKETS);
      for (const us of all) counts[bucketOf(us)] = (counts[bucketOf(us)] ?? 0) + 1;
      each.look(counts, 0, false);
      const sorted = all.toSorted((a, b) => a - b);
      const percentile = sorted[Math.ceil(all.length * (1 - 1 / oneOf) - 1e-9) - 1] ?? NaN;
      const { value } = each.degradation;
      const expected = lowerNs(bucketOf(percentile)) / 1000;
      if (expected > 0) assert.equal(value, expected);
      assert.ok(value <= percentile && value * 1.0625 + 0.001 >= percentile);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
