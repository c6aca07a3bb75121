import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatValue } from '../../bench/format.ts';
import { makeOrder } from '../../bench/orders.ts';
import { paretoSizes } from '../../bench/random.ts';
import { median, quantile, spreadOf } from '../../bench/spread.ts';

describe('spread', () => {
  it('takes the middle of an odd and of an even number of rounds', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
  });

  it('sorts by number, not by text', () => {
    assert.equal(median([10, 9, 100]), 10);
  });

  it('keeps the extremes and the middle distance', () => {
    const { median: middle, min, max, mad } = spreadOf([10, 12, 50]);
    assert.deepEqual({ middle, min, max, mad }, { middle: 12, min: 10, max: 50, mad: 2 });
  });

  it('finds quantiles of a sorted list', () => {
    const sorted = Array.from({ length: 1_000 }, (_, index) => index + 1);
    assert.equal(quantile(sorted, 0.5), 500);
    assert.equal(quantile(sorted, 0.999), 999);
    assert.equal(quantile([7], 0.999), 7);
  });
});

describe('formatValue', () => {
  it('chooses the unit a person would', () => {
    assert.equal(formatValue(310, 'ns'), '310 ns');
    assert.equal(formatValue(11_200, 'ns'), '11.2 µs');
    assert.equal(formatValue(8 * 2 ** 20, 'B'), '8.00 MiB');
    assert.equal(formatValue(0.0012, '%'), '0.0012 %');
    assert.equal(formatValue(123_745, '/s'), '123,745 /s');
  });
});

describe('inputs', () => {
  it('gives the same Pareto sizes for the same seed, of the mean asked for', () => {
    const sizes = paretoSizes(10_000, 25, 1);
    assert.deepEqual(sizes, paretoSizes(10_000, 25, 1));
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    assert.ok(Math.abs(mean - 25) < 1e-6, `mean ${String(mean)}`);
    assert.ok(sizes.every((size) => size > 0));
  });

  it('makes orders of about 200 bytes', () => {
    const bytes = JSON.stringify(makeOrder(123_456)).length;
    assert.ok(bytes >= 180 && bytes <= 260, `${String(bytes)} bytes`);
  });
});
