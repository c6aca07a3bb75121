import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BUCKETS } from '../../../src/abi/layout.ts';
import { bucketOf, lowerNs } from '../../../src/scheduler/histogram.ts';

test('a duration lies between the ends of its bucket', () => {
  const exponent = fc.integer({ min: 0, max: 40 });
  const duration = fc.oneof(
    fc.double({ min: 0, max: 2 ** 40, noNaN: true }),
    exponent.map((power) => 2 ** power),
    exponent.map((power) => 2 ** power - 1),
    fc.nat(300),
  );
  const property = fc.property(duration, (ns) => {
    const bucket = bucketOf(ns);
    assert.ok(lowerNs(bucket) <= ns, `${String(ns)} below bucket ${String(bucket)}`);
    if (bucket < BUCKETS - 1) assert.ok(ns < lowerNs(bucket + 1), `${String(ns)} beyond bucket ${String(bucket)}`);
  });
  fc.assert(property, { numRuns: 2000 });
});

test('ends of buckets are their own; what is below or beyond all counts in the first or last one', () => {
  for (let bucket = 0; bucket < BUCKETS; ++bucket) assert.equal(bucketOf(lowerNs(bucket)), bucket);
  assert.deepEqual([bucketOf(-5), bucketOf(2 ** 52), bucketOf(Infinity)], [0, BUCKETS - 1, BUCKETS - 1]);
});
