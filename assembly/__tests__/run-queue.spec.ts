import { CRITICAL, EMPTY, LOW, NORMAL } from '../../src/abi/codes';
import { runMask } from '../memory/region';
import { ringPublish, ringStage } from '../queue/ring';
import { runQueue, runQueueLength, stealHalf, takeOwn } from '../queue/run-queue';
import { RUN_ENTRIES, arrange, asWorker } from './arrange';

const WORKERS: i32 = 3;

function fill(worker: i32, level: i32, first: i32, n: i32): void {
  for (let i = 0; i < n; ++i) ringStage(runQueue(worker, level), runMask, i, first + i);
  ringPublish(runQueue(worker, level), n);
}

function takesOwn(level: i32, first: i32, n: i32): bool {
  for (let i = 0; i < n; ++i) if (takeOwn(level) != first + i) return false;
  return takeOwn(level) == EMPTY;
}

describe('run queue', () => {
  beforeEach(() => {
    arrange(WORKERS, 128, 0);
  });

  test('one per worker and priority: nothing appears in another', () => {
    for (let worker = 0; worker < WORKERS; ++worker) {
      for (let level = CRITICAL; level <= LOW; ++level) fill(worker, level, 10 * worker + level, 1);
    }
    for (let worker = 0; worker < WORKERS; ++worker) {
      asWorker(worker);
      for (let level = CRITICAL; level <= LOW; ++level) expect(takesOwn(level, 10 * worker + level, 1)).toBe(true);
    }
  });

  test('the owner takes first in, first out, around the end of the ring', () => {
    asWorker(1);
    let wrong = 0;
    for (let round = 0; round < 7; ++round) {
      fill(1, NORMAL, 0, RUN_ENTRIES - 5);
      if (!takesOwn(NORMAL, 0, RUN_ENTRIES - 5)) wrong += 1;
    }
    expect(wrong).toBe(0);
  });

  test('a thief runs the oldest, gets half of them rounded up, the victim keeps the younger half', () => {
    for (let n = 1; n <= RUN_ENTRIES; ++n) {
      arrange(WORKERS, 128, 0);
      fill(2, LOW, 0, n);
      asWorker(0);
      const half = n - (n >> 1);
      expect(stealHalf(2, LOW)).toBe(0);
      expect(takesOwn(LOW, 1, half - 1)).toBe(true);
      expect(runQueueLength(2, LOW)).toBe(n - half);
    }
  });

  test('a chain of thefts loses nothing', () => {
    fill(0, LOW, 0, RUN_ENTRIES);
    let seen = 0;
    for (let round = 0; seen < RUN_ENTRIES; ++round) {
      asWorker((round % 2) + 1);
      let entry = stealHalf((round + 1) % 2 ? 0 : 1, LOW);
      if (entry == EMPTY) entry = takeOwn(LOW);
      if (entry != EMPTY) seen += 1;
      if (round > 1000) break;
    }
    expect(seen).toBe(RUN_ENTRIES);
    for (let worker = 0; worker < WORKERS; ++worker) expect(runQueueLength(worker, LOW)).toBe(0);
  });

  test('empty: taking and stealing say so', () => {
    asWorker(0);
    expect(takeOwn(CRITICAL)).toBe(EMPTY);
    expect(stealHalf(1, CRITICAL)).toBe(EMPTY);
  });
});
