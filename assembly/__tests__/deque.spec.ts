import { EMPTY, FULL, LEVELS, NORMAL } from '../../src/abi/codes';
import { QUEUE_BOTTOM, QUEUE_TOP } from '../../src/abi/layout';
import { dequeOf, popBottom, pushBottom, stealTop } from '../queue/deque';
import { DEQUE_ENTRIES, arrange } from './arrange';

const WORKERS: i32 = 2;
let deque: usize = 0;

describe('deque', () => {
  beforeEach(() => {
    arrange(WORKERS, 32, 0);
    deque = dequeOf(1, NORMAL);
  });

  test('smoke: the owner pops the youngest, a thief takes the oldest', () => {
    for (let i = 1; i <= 4; ++i) expect(pushBottom(deque, i)).toBe(0);
    expect(popBottom(deque)).toBe(4);
    expect(stealTop(deque)).toBe(1);
    expect(stealTop(deque)).toBe(2);
    expect(popBottom(deque)).toBe(3);
    expect(popBottom(deque)).toBe(EMPTY);
    expect(stealTop(deque)).toBe(EMPTY);
  });

  test('empty: stays empty however often it is asked, and works afterwards', () => {
    for (let i = 0; i < 10; ++i) {
      expect(popBottom(deque)).toBe(EMPTY);
      expect(stealTop(deque)).toBe(EMPTY);
      expect(pushBottom(deque, i)).toBe(0);
      expect(i & 1 ? popBottom(deque) : stealTop(deque)).toBe(i);
    }
  });

  test('full: refuses, changes nothing, and has room again after a pop or a theft', () => {
    for (let i = 0; i < DEQUE_ENTRIES; ++i) expect(pushBottom(deque, i)).toBe(0);
    expect(pushBottom(deque, 99)).toBe(FULL);
    expect(stealTop(deque)).toBe(0);
    expect(pushBottom(deque, 100)).toBe(0);
    expect(pushBottom(deque, 99)).toBe(FULL);
    expect(popBottom(deque)).toBe(100);
    for (let i = DEQUE_ENTRIES - 1; i > 0; --i) expect(popBottom(deque)).toBe(i);
    expect(popBottom(deque)).toBe(EMPTY);
  });

  test('wrap: positions around 2^31 and 2^32 are positions like others', () => {
    for (let bits: i64 = 31; bits <= 32; ++bits) {
      store<i64>(deque + QUEUE_TOP, ((1 as i64) << bits) - 5);
      store<i64>(deque + QUEUE_BOTTOM, ((1 as i64) << bits) - 5);
      for (let i = 0; i < DEQUE_ENTRIES; ++i) expect(pushBottom(deque, i)).toBe(0);
      for (let i = 0; i < 10; ++i) expect(stealTop(deque)).toBe(i);
      for (let i = DEQUE_ENTRIES - 1; i >= 10; --i) expect(popBottom(deque)).toBe(i);
      expect(popBottom(deque)).toBe(EMPTY);
    }
  });

  test('one per worker and priority: none overlaps another', () => {
    for (let worker = 0; worker < WORKERS; ++worker) {
      for (let level = 0; level < LEVELS; ++level) {
        const own = dequeOf(worker, level);
        for (let i = 0; i < DEQUE_ENTRIES; ++i) expect(pushBottom(own, 1000 * worker + 100 * level + i)).toBe(0);
      }
    }
    let wrong = 0;
    for (let worker = 0; worker < WORKERS; ++worker) {
      for (let level = 0; level < LEVELS; ++level) {
        const own = dequeOf(worker, level);
        for (let i = 0; i < DEQUE_ENTRIES; ++i) if (stealTop(own) != 1000 * worker + 100 * level + i) wrong += 1;
      }
    }
    expect(wrong).toBe(0);
  });

  test('exactly once: 100,000 entries pushed, popped and stolen', () => {
    let sum: i64 = 0;
    let count = 0;
    let next = 0;
    let state: u32 = 7;
    while (count < 100_000) {
      state = state * 1664525 + 1013904223;
      const choice = state >>> 30;
      if (choice < 2 && next < 100_000) {
        if (pushBottom(deque, next) == 0) next += 1;
      } else {
        const entry = choice == 2 ? popBottom(deque) : stealTop(deque);
        if (entry != EMPTY) {
          sum += entry as i64;
          count += 1;
        }
      }
    }
    expect(sum).toBe(4_999_950_000);
    expect(popBottom(deque)).toBe(EMPTY);
  });
});
