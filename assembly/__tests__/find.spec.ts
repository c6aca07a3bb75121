import { CRITICAL, EMPTY, HIGH, LEVELS, LOW, NORMAL } from '../../src/abi/codes';
import {
  HEADER_SEED,
  HEADER_STARVATION,
  SUBMITTERS_IN_USE,
  WORKER_BATCHES,
  WORKER_PICKS,
  WORKER_STOLEN,
} from '../../src/abi/layout';
import { runMask, seed, workerBlock } from '../memory/region';
import { ringPublish, ringStage } from '../queue/ring';
import { runQueue, runQueueLength, takeOwn } from '../queue/run-queue';
import { find, findNested, firstRandom } from '../worker/find';
import { announceLevel, levels } from '../worker/level';
import { prepareTask, publishTasks, stageTask } from '../worker/submit';
import { MAGAZINE, arrange, asAttached, asHost, asWorker, configure, setKernel, setMean } from './arrange';

const WORKERS: i32 = 2;
const CAPACITY: i32 = 4096;
const HANDLER: i32 = 0;
const KERNEL: i32 = 1;

/** Whoever we are submits a task. @returns its entry */
function submit(level: i32, type: i32 = HANDLER): i32 {
  const index = prepareTask(type, level, 0, 0, 0, 0, 0);
  stageTask(level, 0, index);
  publishTasks(level, 1);
  return index;
}

/** A task in a worker's run queue. @returns its entry */
function enqueue(worker: i32, level: i32): i32 {
  const index = prepareTask(HANDLER, level, 0, 0, 0, 0, 0);
  ringStage(runQueue(worker, level), runMask, 0, index);
  ringPublish(runQueue(worker, level), 1);
  announceLevel(level);
  return index;
}

function strict(interval: i32 = 0): void {
  arrange(WORKERS, CAPACITY, 0);
  configure(HEADER_STARVATION, interval);
  setKernel(KERNEL, 1);
  asHost();
}

/** Picks until `wanted` comes, at most `most` times. @returns the number of picks, −1 if it did not come */
function picksUntil(wanted: i32, most: i32): i32 {
  for (let picks = 1; picks <= most; ++picks) if (find(false) == wanted) return picks;
  return -1;
}

describe('find: order', () => {
  beforeEach(() => {
    strict();
  });

  test('nothing anywhere is EMPTY', () => {
    asWorker(0);
    expect(find(false)).toBe(EMPTY);
    expect(findNested()).toBe(EMPTY);
  });

  test('most urgent first, first in first out within a priority', () => {
    for (let round = 0; round < 3; ++round) for (let level = LOW; level >= CRITICAL; --level) submit(level);
    asWorker(0);
    for (let level = CRITICAL; level <= LOW; ++level) {
      for (let round = 0; round < 3; ++round) expect(find(false)).toBe(4 * round + 3 - level);
    }
    expect(find(false)).toBe(EMPTY);
  });

  test('within a priority own before global before others’', () => {
    const others = enqueue(1, NORMAL);
    const global = submit(NORMAL);
    const own = enqueue(0, NORMAL);
    asWorker(0);
    expect(find(false)).toBe(own);
    expect(find(false)).toBe(global);
    expect(find(false)).toBe(others);
    expect(find(false)).toBe(EMPTY);
    expect(load<f64>(workerBlock + WORKER_STOLEN)).toBe(1);
  });

  test('the most urgent task anywhere, even another worker’s, before the own less urgent', () => {
    const low = enqueue(0, LOW);
    const normal = submit(NORMAL);
    const critical = enqueue(1, CRITICAL);
    asAttached(1);
    const high = submit(HIGH);
    configureAttached();
    asWorker(0);
    expect(find(false)).toBe(critical);
    expect(find(false)).toBe(high);
    expect(find(false)).toBe(normal);
    expect(find(false)).toBe(low);
  });

  test('submitters in turn', () => {
    for (let n = 0; n < 3; ++n) {
      asHost();
      submit(NORMAL);
      asWorker(1);
      submit(NORMAL);
    }
    asWorker(0);
    let wrong = 0;
    let last = find(false) < MAGAZINE; // the host's slots are of the first magazine, the worker's of the second
    for (let n = 1; n < 6; ++n) {
      const next = find(false) < MAGAZINE;
      if (next == last) wrong += 1;
      last = next;
    }
    expect(wrong).toBe(0);
  });

  test('work conservation: a stale level bit goes, a live one stays', () => {
    for (let level = 0; level < LEVELS; ++level) announceLevel(level);
    const low = submit(LOW);
    submit(LOW);
    asWorker(0);
    expect(find(false)).toBe(low);
    expect(levels()).toBe(1 << LOW);
    find(false);
    expect(find(false)).toBe(EMPTY);
    expect(levels()).toBe(0);
  });

  test('one worker finds the tasks of one submitter in their order, through any number of batches', () => {
    setMean(KERNEL, 1);
    const submitted = new Array<i32>();
    for (let n = 0; n < 500; ++n) submitted.push(submit(NORMAL, KERNEL));
    asWorker(0);
    let wrong = 0;
    for (let n = 0; n < 500; ++n) if (find(false) != submitted[n]) wrong += 1;
    expect(wrong).toBe(0);
    expect(load<f64>(workerBlock + WORKER_BATCHES)).toBeGreaterThan(10);
    expect(find(false)).toBe(EMPTY);
  });

  test('nested only: what workers submitted, our own first, most urgent first', () => {
    submit(CRITICAL);
    asWorker(1);
    const others = submit(NORMAL);
    const urgent = submit(HIGH);
    asWorker(0);
    const own = submit(NORMAL);
    expect(findNested()).toBe(urgent);
    expect(findNested()).toBe(own);
    expect(findNested()).toBe(others);
    expect(findNested()).toBe(EMPTY);
  });
});

function configureAttached(): void {
  configure(SUBMITTERS_IN_USE, WORKERS + 3);
}

/** A task of each lower level, submitted into a Critical flood at different phases of the starvation picks. */
function expectBound(interval: i32): void {
  for (let level = HIGH; level <= LOW; ++level) {
    for (let phase = 0; phase < 3; ++phase) {
      strict(interval);
      for (let n = 0; n < 1000; ++n) submit(CRITICAL);
      asWorker(0);
      for (let n = 0; n < phase * interval; ++n) find(false);
      asHost();
      const waiting = submit(level);
      asWorker(0);
      const picks = picksUntil(waiting, 3 * interval);
      expect(picks).toBeGreaterThan(0);
    }
  }
}

describe('find: starvation', () => {
  test('0 is strict: under a flood nothing less urgent runs', () => {
    strict(0);
    submit(LOW);
    for (let n = 0; n < 1000; ++n) submit(CRITICAL);
    asWorker(0);
    expect(picksUntil(0, 1000)).toBe(-1);
    expect(find(false)).toBe(0);
  });

  test('the k-th starvation pick begins at level 3 − (k mod 3)', () => {
    strict(4);
    for (let n = 0; n < 40; ++n) for (let level = 0; level < LEVELS; ++level) submit(level);
    asWorker(0);
    for (let k = 1; k <= 9; ++k) {
      for (let n = 0; n < 3; ++n) expect(find(false) & 3).toBe(CRITICAL);
      expect(find(false) & 3).toBe(LOW - (k % 3));
    }
  });

  test('bound: the head of a non-empty level waits at most 3 × interval picks', () => {
    expectBound(1);
    expectBound(2);
    expectBound(7);
    expectBound(64);
  });

  test('picks that begin again at 2^31 put a level off by two intervals at most', () => {
    const interval = 7;
    for (let level = HIGH; level <= LOW; ++level) {
      for (let before = 0; before < 4 * interval; ++before) {
        strict(interval);
        for (let n = 0; n < 100; ++n) submit(CRITICAL);
        const waiting = submit(level);
        asWorker(0);
        store<i32>(workerBlock + WORKER_PICKS, 0x7fff_ffff - before);
        expect(picksUntil(waiting, 5 * interval)).toBeGreaterThan(0);
        expect(load<i32>(workerBlock + WORKER_PICKS)).toBeGreaterThan(-1);
      }
    }
  });

  test('a starvation pick at an empty level takes the most urgent instead', () => {
    strict(1);
    for (let n = 0; n < 10; ++n) submit(CRITICAL);
    asWorker(0);
    for (let n = 0; n < 10; ++n) expect(find(false)).toBe(n);
  });
});

/** Submits `count` kernels with this mean, picks once. @returns how many tasks the pick took */
function batchOf(mean: f32, count: i32): i32 {
  strict();
  setMean(KERNEL, mean);
  for (let n = 0; n < count; ++n) submit(LOW, KERNEL);
  asWorker(0);
  expect(find(false)).toBe(0);
  return 1 + runQueueLength(0, LOW);
}

describe('find: batches', () => {
  test('about 100 µs of kernels, at most 32', () => {
    expect(batchOf(100, 1000)).toBe(1);
    expect(batchOf(60, 1000)).toBe(1);
    expect(batchOf(50, 1000)).toBe(2);
    expect(batchOf(10, 1000)).toBe(10);
    expect(batchOf(0.001, 1000)).toBe(32);
  });

  test('one of a kernel that never ran', () => {
    expect(batchOf(0, 1000)).toBe(1);
  });

  test('the other workers keep their share', () => {
    expect(batchOf(1, 10)).toBe(6);
    expect(batchOf(1, 1)).toBe(1);
    expect(batchOf(1, 2)).toBe(2);
  });

  test('one of handlers, whatever their mean', () => {
    strict();
    setMean(HANDLER, 1);
    for (let n = 0; n < 100; ++n) submit(LOW);
    asWorker(0);
    find(false);
    expect(runQueueLength(0, LOW)).toBe(0);
    expect(load<f64>(workerBlock + WORKER_BATCHES)).toBe(0);
  });

  test('the order stays', () => {
    batchOf(10, 100);
    expect(load<f64>(workerBlock + WORKER_BATCHES)).toBe(1);
    for (let n = 1; n < 10; ++n) expect(takeOwn(LOW)).toBe(n);
  });
});

describe('find: random victims', () => {
  test('begin elsewhere for each worker and each seed, and never at 0', () => {
    for (let worker = 0; worker < 4; ++worker) {
      const unseeded = firstRandom(worker, 0);
      expect(unseeded).not.toBe(0);
      expect(firstRandom(worker, unseeded)).toBe(1); // the one seed that would give 0
      expect(firstRandom(worker, 7)).not.toBe(unseeded);
      expect(firstRandom(worker + 1, 7)).not.toBe(firstRandom(worker, 7));
    }
  });

  test('the seed comes from the header', () => {
    arrange(WORKERS, CAPACITY, 0);
    configure(HEADER_SEED, 12345);
    asWorker(0);
    expect(seed).toBe(12345);
  });
});
