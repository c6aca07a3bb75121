import { DEPOTS, LINE, LINK_COUNT } from '../../src/abi/layout';
import { flushCache, giveNode, takeNode } from '../memory/cache';
import { depotPop, depotPush } from '../memory/depot';
import { arrange, asHost, asWorker, end } from './arrange';

const CLASS: i32 = 23; // used by nothing else
const DEPOT: usize = (DEPOTS as usize) + (CLASS as usize) * (LINE as usize);
const NODES: i32 = 100;
const MAGAZINE: i32 = 4;

/** The n-th of some nodes that lie behind everything else. */
function node(n: i32): usize {
  return end + ((n as usize) << 6);
}

function give(first: i32, count: i32): void {
  for (let n = first; n < first + count; ++n) giveNode(CLASS, node(n), MAGAZINE);
}

/** Takes everything this thread can get. @returns how many nodes, −1 when one came twice */
function takeAll(): i32 {
  for (let n = 0; n < NODES; ++n) store<i32>(node(n) + 32, 0);
  let count = 0;
  while (true) {
    const taken = takeNode(CLASS);
    if (taken == 0) return count;
    if (load<i32>(taken + 32) != 0) return -1;
    store<i32>(taken + 32, 1);
    count += 1;
  }
}

describe('depot', () => {
  beforeEach(() => {
    arrange(2, 32, 0);
  });

  test('smoke: last in, first out; empty is 0', () => {
    expect(depotPop(DEPOT) as i32).toBe(0);
    for (let n = 0; n < 3; ++n) depotPush(DEPOT, node(n));
    for (let n = 2; n >= 0; --n) expect(depotPop(DEPOT) == node(n)).toBe(true);
    expect(depotPop(DEPOT) as i32).toBe(0);
  });

  test('every change raises the tag, so that a head never comes back', () => {
    let last = load<i64>(DEPOT);
    for (let round = 0; round < 10; ++round) {
      depotPush(DEPOT, node(1));
      expect(load<i64>(DEPOT) >>> 32).toBeGreaterThan(last >>> 32);
      last = load<i64>(DEPOT);
      depotPop(DEPOT);
      expect(load<i64>(DEPOT) >>> 32).toBeGreaterThan(last >>> 32);
      last = load<i64>(DEPOT);
    }
  });

  test('the tag wraps without touching the address', () => {
    store<i64>(DEPOT, -1 << 32);
    depotPush(DEPOT, node(5));
    expect(load<i64>(DEPOT)).toBe(node(5) as i64);
    expect(depotPop(DEPOT) == node(5)).toBe(true);
  });
});

describe('cache', () => {
  beforeEach(() => {
    arrange(2, 32, 0);
  });

  test('the thread that freed gets its nodes back, youngest first', () => {
    give(0, MAGAZINE);
    for (let n = MAGAZINE - 1; n >= 0; --n) expect(takeNode(CLASS) == node(n)).toBe(true);
    expect(takeNode(CLASS) as i32).toBe(0);
  });

  test('leak: nothing gets lost or doubled, whatever the number', () => {
    for (let count = 0; count <= NODES; ++count) {
      give(0, count);
      expect(takeAll()).toBe(count);
    }
  });

  test('two magazines stay with the thread, the rest goes to the depot', () => {
    give(0, 2 * MAGAZINE);
    expect(load<i64>(DEPOT) & 0xffff_ffff).toBe(0);
    give(2 * MAGAZINE, 1);
    const magazine = (load<i64>(DEPOT) & 0xffff_ffff) as usize;
    expect(load<i32>(magazine + LINK_COUNT)).toBe(MAGAZINE);
    asWorker(1);
    expect(takeAll()).toBe(MAGAZINE);
  });

  test('flush leaves nothing behind, empty or not', () => {
    for (let count = 0; count <= 3 * MAGAZINE; ++count) {
      asHost();
      give(0, count);
      flushCache(CLASS);
      flushCache(CLASS);
      asWorker(0);
      expect(takeAll()).toBe(count);
    }
  });

  test('a thread works on with magazines of any length that others left', () => {
    for (let count = 1; count <= 9; ++count) {
      asHost();
      for (let n = 0; n < count; ++n) giveNode(CLASS, node(n), 9);
      flushCache(CLASS);
      asWorker(1);
      const first = takeNode(CLASS);
      giveNode(CLASS, first, MAGAZINE);
      give(count, 3);
      expect(takeAll()).toBe(count + 3);
    }
  });
});
