/** What the tests of the risk example compute a second way. */
import assert from 'node:assert/strict';
import { normalCdf } from '../../examples/risk/black-scholes.ts';
import type { Contract } from '../../examples/risk/book.ts';

export function assertClose(actual: number, expected: number, relative: number): void {
  const message = `expected ${String(expected)} to within ${String(relative)}, got ${String(actual)}`;
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), message);
}

/** The kernel's Monte Carlo over again: Philox4x32-10 in BigInt, the normal by Newton's method on the reference. */
export function simulate(contract: Contract, seed: number, paths: number): { price: number; standardError: number } {
  assert.deepEqual(philox([0, 0, 0, 0], [0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  const { spot, strike, years, rate, volatility, kind } = contract;
  const drift = (rate - 0.5 * volatility ** 2) * years;
  const payoffs: number[] = [];
  for (let block = 0; block < paths / 2; block++) {
    const [x0, x1, x2, x3] = philox([block, 0, contract.id, 0], [seed, 0]);
    for (const [low, high] of [
      [x0, x1],
      [x2, x3],
    ] as const) {
      const bits = (BigInt(high) << 32n) | BigInt(low);
      const uniform = (Number(bits >> 12n) + 0.5) * 2 ** -52;
      const end = spot * Math.exp(drift + volatility * Math.sqrt(years) * normalQuantile(uniform));
      payoffs.push(Math.max(kind === 'call' ? end - strike : strike - end, 0) * Math.exp(-rate * years));
    }
  }
  const price = payoffs.reduce((sum, x) => sum + x, 0) / paths;
  const variance = payoffs.reduce((sum, x) => sum + (x - price) ** 2, 0) / (paths - 1);
  return { price, standardError: Math.sqrt(variance / paths) };
}

type Four = readonly [number, number, number, number];

function philox(counter: Four, key: readonly [number, number]): Four {
  let [x0, x1, x2, x3] = counter;
  let [key0, key1] = key;
  for (let round = 0; round < 10; round++) {
    const product0 = BigInt(x0) * 0xd2511f53n;
    const product1 = BigInt(x2) * 0xcd9e8d57n;
    const upper0 = Number(product0 >> 32n);
    const upper1 = Number(product1 >> 32n);
    [x0, x1, x2, x3] = [
      (upper1 ^ x1 ^ key0) >>> 0,
      Number(product1 & 0xffff_ffffn),
      (upper0 ^ x3 ^ key1) >>> 0,
      Number(product0 & 0xffff_ffffn),
    ];
    key0 = (key0 + 0x9e3779b9) >>> 0;
    key1 = (key1 + 0xbb67ae85) >>> 0;
  }
  return [x0, x1, x2, x3];
}

function normalQuantile(probability: number): number {
  let x = 0;
  for (let step = 0; step < 60; step++) {
    const slope = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    const error = (normalCdf(x) - probability) / slope;
    x -= error / (1 + 0.5 * x * error);
  }
  return x;
}
