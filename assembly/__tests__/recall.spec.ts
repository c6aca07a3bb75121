import { ATTENTION_RECALL, ATTENTION_STOP, AWAKE, IDLE, PARK_NOTIFIED, PARK_PARKED, STOP } from '../../src/abi/codes';
import { PAGE_BYTES, WORKER_ATTENTION, WORKER_CURRENT, WORKER_PARK } from '../../src/abi/layout';
import { allocBlock, freeBlock, keepsBlocks } from '../memory/pool';
import { workerBlockOf } from '../memory/region';
import { alert, announce, resume } from '../worker/idle';
import { doze, work } from '../worker/loop';
import { isRecalling, recall } from '../worker/recall';
import { arrange, asHost, asWorker } from './arrange';

const HALF: u32 = PAGE_BYTES / 2;

function isAsked(worker: i32): bool {
  return (load<i32>(workerBlockOf(worker) + WORKER_ATTENTION) & ATTENTION_RECALL) != 0;
}

/** The host needs the only page; worker 0 keeps a block of it. */
function lack(): void {
  arrange(2, 32, 1);
  const first = allocBlock(HALF);
  const second = allocBlock(HALF);
  freeBlock(first, HALF);
  asWorker(0);
  freeBlock(second, HALF);
  asHost();
  expect(allocBlock(PAGE_BYTES) as i32).toBe(0);
}

describe('recall', () => {
  beforeEach(() => {
    lack();
  });

  test('asks whoever keeps blocks, and nobody else', () => {
    expect(recall(PAGE_BYTES)).toBe(true);
    expect(isAsked(0)).toBe(true);
    expect(isAsked(1)).toBe(false);
    expect(isRecalling()).toBe(true);
  });

  test('asks nobody when there is not enough anyhow', () => {
    expect(recall(2 * PAGE_BYTES)).toBe(false);
    expect(isAsked(0)).toBe(false);
    expect(isRecalling()).toBe(false);
  });

  test('is worth another try though nobody keeps blocks any more', () => {
    asWorker(0);
    expect(work(1000, false)).toBe(IDLE);
    asHost();
    expect(recall(PAGE_BYTES)).toBe(true);
    asWorker(0);
    work(1000, false);
    asHost();
    expect(recall(PAGE_BYTES)).toBe(true);
    expect(isRecalling()).toBe(false);
  });

  test('a worker answers when it next looks for work', () => {
    recall(PAGE_BYTES);
    asWorker(0);
    expect(work(1000, false)).toBe(IDLE);
    expect(isAsked(0)).toBe(false);
    expect(keepsBlocks(1)).toBe(false);
    asHost();
    expect(isRecalling()).toBe(false);
    expect(allocBlock(PAGE_BYTES) as i32).not.toBe(0);
  });

  test('a worker that may run nested tasks only answers, too', () => {
    recall(PAGE_BYTES);
    asWorker(0);
    expect(work(1000, true)).toBe(IDLE);
    expect(isAsked(0)).toBe(false);
  });

  test('a worker that parks is woken; one that is about to does not', () => {
    asWorker(0);
    expect(announce()).toBe(0);
    asHost();
    recall(PAGE_BYTES);
    expect(load<i32>(workerBlockOf(0) + WORKER_PARK)).toBe(PARK_NOTIFIED);
    asWorker(0);
    resume();
    expect(announce()).toBe(AWAKE);
    work(1000, false);
    expect(announce()).toBe(0);
    resume();
    expect(keepsBlocks(1)).toBe(false);
  });

  test('a worker whose places are all taken answers before it dozes, or wakes up for it', () => {
    recall(PAGE_BYTES);
    asWorker(0);
    store<i32>(workerBlockOf(0) + WORKER_PARK, 0); // the notification came first
    expect(doze()).toBe(0);
    expect(load<i32>(workerBlockOf(0) + WORKER_PARK)).toBe(PARK_PARKED);
    expect(isAsked(0)).toBe(false);
    lack();
    asWorker(0);
    expect(doze()).toBe(0);
    asHost();
    recall(PAGE_BYTES);
    expect(load<i32>(workerBlockOf(0) + WORKER_PARK)).toBe(PARK_NOTIFIED);
  });

  test('nobody waits for the answer of a worker that runs a task', () => {
    recall(PAGE_BYTES);
    store<i32>(workerBlockOf(0) + WORKER_CURRENT, 3);
    expect(isRecalling()).toBe(false);
    store<i32>(workerBlockOf(0) + WORKER_CURRENT, -1);
    expect(isRecalling()).toBe(true);
  });

  test('a stop goes before it', () => {
    recall(PAGE_BYTES);
    alert(0, ATTENTION_STOP);
    asWorker(0);
    expect(work(1000, false)).toBe(STOP);
  });
});
