import { ATTENTION_STOP, CRITICAL, EMPTY, HIGH, IDLE, LOW, NORMAL, STOP } from '../../src/abi/codes';
import { HEADER_SPIN, WORKER_ATTENTION } from '../../src/abi/layout';
import * as engine from '../abi';
import { workerBlock } from '../memory/region';
import { backOff, backsOffNext, bitsToIgnore, countFound, endsEarly } from '../worker/backoff';
import { find } from '../worker/find';
import { endSearch } from '../worker/idle';
import { announceLevel, clearLevel, levels } from '../worker/level';
import { anySearcher } from '../worker/roster';
import { arrange, asHost, asWorker, configure, setKernel, setMean } from './arrange';

const KERNEL: i32 = 1;

function nothing(task: usize): void {
  assert(task != 0);
}

describe('back-off', () => {
  beforeEach(() => {
    arrange(2, 64, 0);
    setKernel(KERNEL, nothing.index);
    setMean(KERNEL, 1);
    configure(HEADER_SPIN, 1);
    asWorker(0);
    countFound();
    endSearch();
  });

  test('one for each dry stretch, then the worker gives up', () => {
    expect(backsOffNext()).toBe(true);
    expect(backOff()).toBe(true);
    expect(backsOffNext()).toBe(false);
    expect(backOff()).toBe(false);
    expect(backsOffNext()).toBe(true);
  });

  test('a task that was found ends the dry stretch', () => {
    expect(backOff()).toBe(true);
    countFound();
    expect(backOff()).toBe(true);
    expect(backOff()).toBe(false);
  });

  test('none where workers do not spin', () => {
    configure(HEADER_SPIN, 0);
    asWorker(0);
    expect(backsOffNext()).toBe(false);
    expect(backOff()).toBe(false);
  });

  test('publishers see a searcher meanwhile', () => {
    expect(backOff()).toBe(true);
    expect(anySearcher()).toBe(true);
  });

  test('the bits of Normal and Low stand over empty queues until the look behind it', () => {
    for (let level = CRITICAL; level <= LOW; ++level) announceLevel(level);
    expect(engine.work(1000, 0)).toBe(IDLE);
    expect(levels()).toBe(0);
    for (let level = CRITICAL; level <= LOW; ++level) {
      asHost();
      engine.submit(KERNEL, level, 0, 0, 0, 0, 0);
      asWorker(0);
      expect(engine.work(1000, 0)).toBe(IDLE);
      expect(levels()).toBe(0);
    }
  });

  test('Normal and Low end it early if they were empty before', () => {
    announceLevel(NORMAL);
    const ignored = bitsToIgnore();
    expect(endsEarly(ignored)).toBe(false);
    announceLevel(NORMAL);
    expect(endsEarly(ignored)).toBe(false);
    announceLevel(LOW);
    expect(endsEarly(ignored)).toBe(true);
  });

  test('Critical and High end it early, also if they came right after the empty look', () => {
    for (let level = CRITICAL; level <= HIGH; ++level) {
      announceLevel(level);
      expect(endsEarly(bitsToIgnore())).toBe(true);
      clearLevel(level);
      const ignored = bitsToIgnore();
      expect(endsEarly(ignored)).toBe(false);
      announceLevel(level);
      expect(endsEarly(ignored)).toBe(true);
      clearLevel(level);
    }
  });

  test('an alert ends it early, and is seen', () => {
    expect(endsEarly(0)).toBe(false);
    store<i32>(workerBlock + WORKER_ATTENTION, ATTENTION_STOP);
    expect(endsEarly(0)).toBe(true);
    expect(engine.work(1000, 0)).toBe(STOP);
  });
});

describe('a lazy look', () => {
  test('clears Critical and High, leaves Normal and Low', () => {
    arrange(2, 64, 0);
    asWorker(0);
    for (let level = CRITICAL; level <= LOW; ++level) announceLevel(level);
    expect(find(true)).toBe(EMPTY);
    expect(levels()).toBe((1 << NORMAL) | (1 << LOW));
  });
});
