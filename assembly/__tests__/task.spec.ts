import {
  CONDEMNED,
  DONE,
  FAILED,
  LOST_RACE,
  META_SPARE,
  META_STAMPED,
  META_TIMED,
  NORMAL,
  SLOTS_EXHAUSTED,
  TAG_KERNEL_BYTES,
  TAG_KERNEL_CODE,
  TAG_NUMBER,
  TAG_WORKER_LOST,
} from '../../src/abi/codes';
import {
  BUCKETS,
  HEADER_TIMING,
  MAX_WORKERS,
  RECORD_LENGTH,
  RECORD_META,
  RECORD_PAYLOAD,
  RECORD_STATUS_SHIFT,
  RECORD_VALUE,
  SLOT_META,
  SLOT_STATE,
  SUBMITTER_ALLOCATED,
  SUBMITTER_FREED,
  SUBMITTER_RECORDS,
  WORKER_CURRENT,
  WORKER_IN_HAND,
  WORKER_HISTOGRAMS,
} from '../../src/abi/layout';
import * as engine from '../abi';
import * as sdk from '../index';
import { allocBlock, freeBlock } from '../memory/pool';
import { submitterBlock, submitterBlockOf, workerBlock } from '../memory/region';
import { allocSlot, cancelSlot, claimSlot, freeSlot, slotAt, statusAt } from '../memory/slab';
import { withStatus } from '../memory/state';
import { now } from '../sync/clock';
import { drainCompletions } from '../worker/drain';
import { find } from '../worker/find';
import { prepareTask } from '../worker/submit';
import { claimEntry, finishTask, runKernel } from '../worker/task';
import { arrange, asHost, asWorker, configure, setKernel } from './arrange';

const KERNEL: i32 = 1;
const WORKERS: i32 = 2;

function square(task: usize): void {
  sdk.setResult(task, sdk.argument(task) * sdk.argument(task));
}

function failing(task: usize): void {
  sdk.fail(task, 42);
}

function failingFirst(task: usize): void {
  sdk.fail(task, 42);
  sdk.setResult(task, 1);
  sdk.setResultBytes(task, 100);
}

function failingLast(task: usize): void {
  sdk.setResultBytes(task, 100);
  sdk.fail(task, 42);
}

function reversed(task: usize): void {
  const length = sdk.payloadLength(task);
  const result = sdk.setResultBytes(task, length);
  for (let i = 0; i < length; ++i) store<u8>(result + i, load<u8>(sdk.payload(task) + (length - 1 - i)));
}

function twice(task: usize): void {
  sdk.setResultBytes(task, 10_000);
  sdk.setResultBytes(task, 10);
}

function greedy(task: usize): void {
  if (sdk.setResultBytes(task, i32.MAX_VALUE) == 0) sdk.fail(task, 1);
}

function silent(task: usize): void {
  assert(task != 0); // and leaves no result
}

function inUse(): f64 {
  let sum: f64 = 0;
  for (let submitter = 0; submitter <= WORKERS; ++submitter) {
    const block = submitterBlockOf(submitter);
    sum += load<f64>(block + SUBMITTER_ALLOCATED) - load<f64>(block + SUBMITTER_FREED);
  }
  return sum;
}

/** Worker 0 runs a kernel of the host's, the host drains it: its record is the first. @returns its status */
function run(kernel: i32, value: f64 = 0, payload: usize = 0, length: u32 = 0): i32 {
  asHost();
  const index = prepareTask(KERNEL, NORMAL, 0, TAG_NUMBER, value, payload, length);
  asWorker(0);
  claimEntry(index);
  runKernel(index, kernel, 1);
  asHost();
  expect(drainCompletions(1)).toBe(1);
  return load<i32>(record() + RECORD_META) >>> RECORD_STATUS_SHIFT;
}

function record(): usize {
  return submitterBlock + SUBMITTER_RECORDS;
}

function recordTag(): i32 {
  return load<i32>(record() + RECORD_META) & 255;
}

function dropRecord(): void {
  const length = load<i32>(record() + RECORD_LENGTH);
  if (length != 0) freeBlock(load<usize>(record() + RECORD_PAYLOAD), length);
}

describe('kernels', () => {
  beforeEach(() => {
    arrange(WORKERS, 32, 16);
  });

  test('number to number', () => {
    expect(run(square.index, 12)).toBe(DONE);
    expect(recordTag()).toBe(TAG_NUMBER);
    expect(load<f64>(record() + RECORD_VALUE)).toBe(144);
  });

  test('a kernel without a result gives 0, whatever ran before', () => {
    run(square.index, 12);
    expect(run(silent.index, 12)).toBe(DONE);
    expect(load<f64>(record() + RECORD_VALUE)).toBe(0);
    expect(load<i32>(record() + RECORD_LENGTH)).toBe(0);
  });

  test('bytes to bytes; the input is freed, the result is the reader’s', () => {
    const input = allocBlock(3);
    for (let i = 0; i < 3; ++i) store<u8>(input + i, i + 1);
    expect(run(reversed.index, 0, input, 3)).toBe(DONE);
    expect(recordTag()).toBe(TAG_KERNEL_BYTES);
    expect(load<i32>(record() + RECORD_LENGTH)).toBe(3);
    const result = load<usize>(record() + RECORD_PAYLOAD);
    for (let i = 0; i < 3; ++i) expect(load<u8>(result + i)).toBe((3 - i) as u8);
    expect(inUse()).toBe(64);
    dropRecord();
    expect(inUse()).toBe(0);
  });

  test('no bytes to no bytes: a result without a block', () => {
    expect(run(reversed.index)).toBe(DONE);
    expect(recordTag()).toBe(TAG_KERNEL_BYTES);
    expect(load<i32>(record() + RECORD_LENGTH)).toBe(0);
    expect(inUse()).toBe(0);
  });

  test('the last of several results stands, the others are freed', () => {
    expect(run(twice.index)).toBe(DONE);
    expect(load<i32>(record() + RECORD_LENGTH)).toBe(10);
    dropRecord();
    expect(inUse()).toBe(0);
  });

  test('an exhausted pool is an answer, not a trap', () => {
    expect(run(greedy.index)).toBe(FAILED);
    expect(load<f64>(record() + RECORD_VALUE)).toBe(1);
    expect(inUse()).toBe(0);
  });

  test('fail gives the code, and the next task is not affected', () => {
    expect(run(failing.index)).toBe(FAILED);
    expect(recordTag()).toBe(TAG_KERNEL_CODE);
    expect(load<f64>(record() + RECORD_VALUE)).toBe(42);
    expect(run(square.index, 2)).toBe(DONE);
  });

  test('fail stands, whatever the kernel had set before or sets afterwards', () => {
    expect(run(failingLast.index)).toBe(FAILED);
    expect(recordTag()).toBe(TAG_KERNEL_CODE);
    expect(load<f64>(record() + RECORD_VALUE)).toBe(42);
    dropRecord();
    expect(run(failingFirst.index)).toBe(FAILED);
    expect(recordTag()).toBe(TAG_KERNEL_CODE);
    expect(load<f64>(record() + RECORD_VALUE)).toBe(42);
    dropRecord();
    expect(inUse()).toBe(0);
  });

  test('inline: a kernel beyond capacity leaves its result in the first record', () => {
    arrange(WORKERS, 2, 16);
    setKernel(KERNEL, square.index);
    asWorker(1);
    while (allocSlot() >= 0) continue;
    for (let n = 1; n < 4; ++n) {
      expect(engine.runInline(KERNEL, TAG_NUMBER, n as f64, 0, 0)).toBe(DONE);
      expect(load<f64>(record() + RECORD_VALUE)).toBe((n * n) as f64);
    }
    setKernel(KERNEL, failing.index);
    expect(engine.runInline(KERNEL, TAG_NUMBER, 0, 0, 0)).toBe(FAILED);
    expect(recordTag()).toBe(TAG_KERNEL_CODE);
  });
});

describe('task', () => {
  beforeEach(() => {
    arrange(WORKERS, 32, 16);
  });

  test('claim and finish tell the worker’s current slot', () => {
    const index = prepareTask(0, NORMAL, 0, 0, 0, 0, 0);
    asWorker(1);
    expect(claimEntry(index)).toBe(true);
    expect(load<i32>(workerBlock + WORKER_CURRENT)).toBe(index);
    expect(load<i32>(workerBlock + WORKER_IN_HAND)).toBe(1);
    expect(engine.runnerOf(index)).toBe(1);
    finishTask(index, DONE, 0, 0, 0, 0);
    expect(load<i32>(workerBlock + WORKER_CURRENT)).toBe(-1);
    expect(load<i32>(workerBlock + WORKER_IN_HAND)).toBe(0);
    expect(engine.runnerOf(index)).toBe(-1);
  });

  test('a cancelled entry is freed by whoever pops it', () => {
    const index = prepareTask(0, NORMAL, 0, 0, 0, 0, 0);
    expect(cancelSlot(index)).toBe(true);
    asWorker(0);
    expect(claimEntry(index)).toBe(false);
    expect(statusAt(index)).toBe(0);
    expect(allocSlot()).toBe(index);
  });

  test('cancelling frees the input once; a running task keeps it', () => {
    const first = engine.submit(0, NORMAL, 0, 0, 0, allocBlock(10), 10);
    expect(engine.cancel(first)).toBe(1);
    expect(inUse()).toBe(0);
    expect(engine.cancel(first)).toBe(0);
    const second = engine.submit(0, NORMAL, 0, 0, 0, allocBlock(10), 10);
    asWorker(0);
    expect(claimEntry(second)).toBe(true);
    asHost();
    expect(engine.cancel(second)).toBe(0);
    expect(inUse()).toBe(64);
    asWorker(0);
    finishTask(second, DONE, 0, 0, 0, 0);
    expect(inUse()).toBe(0);
  });

  test('condemned meanwhile: nothing is delivered and the result’s block is freed', () => {
    const index = prepareTask(0, NORMAL, 0, 0, 0, 0, 0);
    asWorker(0);
    claimEntry(index);
    const slot = slotAt(index);
    store<i64>(slot + SLOT_STATE, withStatus(load<i64>(slot + SLOT_STATE), CONDEMNED));
    expect(finishTask(index, DONE, 0, 0, allocBlock(10), 10)).toBe(LOST_RACE);
    expect(inUse()).toBe(0);
    asHost();
    expect(drainCompletions(1)).toBe(0);
  });

  test('all running tasks of a lost worker fail, no others', () => {
    const lost = prepareTask(0, NORMAL, 0, 0, 0, allocBlock(10), 10);
    const other = prepareTask(0, NORMAL, 0, 0, 0, 0, 0);
    const queued = prepareTask(0, NORMAL, 0, 0, 0, 0, 0);
    claimSlot(slotAt(lost), 1);
    claimSlot(slotAt(other), 0);
    expect(engine.recoverWorker(1)).toBe(1);
    expect(engine.recoverWorker(1)).toBe(0);
    expect(engine.runnerOf(other)).toBe(0);
    expect(engine.cancel(queued)).toBe(1);
    expect(drainCompletions(10)).toBe(1);
    expect(recordTag()).toBe(TAG_WORKER_LOST);
    expect(load<i32>(record() + RECORD_LENGTH)).toBe(0);
    expect(load<f64>(record() + RECORD_VALUE)).toBe((1 + MAX_WORKERS) as f64); // the worker, and the first loss
  });
});

describe('spare slot', () => {
  beforeEach(() => {
    arrange(WORKERS, 32, 16);
    asWorker(1);
    while (allocSlot() >= 0) continue;
  });

  test('one more task of a submitter without a slot, until it has ended', () => {
    const index = prepareTask(0, NORMAL, META_SPARE, 0, 0, 0, 0);
    expect(index).toBeGreaterThan(31);
    expect(prepareTask(0, NORMAL, META_SPARE, 0, 0, 0, 0)).toBe(SLOTS_EXHAUSTED);
    claimSlot(slotAt(index), 0);
    finishTask(index, DONE, 0, 5, 0, 0);
    expect(drainCompletions(1)).toBe(1);
    expect(load<f64>(record() + RECORD_VALUE)).toBe(5);
    expect(prepareTask(0, NORMAL, META_SPARE, 0, 0, 0, 0)).toBe(index);
  });

  test('each submitter has its own', () => {
    const own = prepareTask(0, NORMAL, META_SPARE, 0, 0, 0, 0);
    asHost();
    const hosts = prepareTask(0, NORMAL, META_SPARE, 0, 0, 0, 0);
    expect(hosts).toBeGreaterThan(31);
    expect(hosts).not.toBe(own);
  });

  test('a task in it fails with the worker that ran it, like any other', () => {
    const index = prepareTask(0, NORMAL, META_SPARE, 0, 0, 0, 0);
    claimSlot(slotAt(index), 0);
    asHost();
    expect(engine.recoverWorker(0)).toBe(1);
    asWorker(1);
    expect(drainCompletions(1)).toBe(1);
  });

  test('a queue full of cancelled tasks has room for it', () => {
    arrange(WORKERS, 32, 16);
    for (let n = 0; n < 32; ++n) expect(engine.cancel(engine.submit(0, NORMAL, 0, 0, 0, 0, 0))).toBe(1);
    expect(engine.submit(0, NORMAL, META_SPARE, 0, 0, 0, 0)).toBeGreaterThan(31);
    asWorker(0);
    let popped = 0;
    while (find(false) >= 0) popped += 1;
    expect(popped).toBe(33);
  });
});

describe('times of a task', () => {
  beforeEach(() => {
    arrange(WORKERS, 32, 16);
    configure(HEADER_TIMING, 2);
    asHost();
  });

  test('a stamped task’s wait and run are recorded', () => {
    const index = prepareTask(0, NORMAL, 0, 0, 0, 0, 0);
    expect(load<i32>(slotAt(index) + SLOT_META) & META_STAMPED).toBe(META_STAMPED);
    asWorker(0);
    claimEntry(index);
    finishTask(index, DONE, 0, 0, 0, 0);
    let sum = 0;
    const histograms = workerBlock + WORKER_HISTOGRAMS + 4 * (BUCKETS * 4 + 8);
    for (let bucket = 0; bucket < 2 * BUCKETS + 2; ++bucket) {
      if (bucket < BUCKETS || bucket >= BUCKETS + 2) sum += load<i32>(histograms + ((bucket as usize) << 2));
    }
    expect(sum).toBe(2);
  });

  test('a timed task tells when it started, −1 while it waits', () => {
    configure(HEADER_TIMING, 0);
    asHost();
    const index = prepareTask(0, NORMAL, META_TIMED, 0, 0, 0, 0);
    expect(engine.startedAt(index)).toBe(-1);
    asWorker(0);
    claimEntry(index);
    const started = engine.startedAt(index);
    expect(started).toBeGreaterThan(0);
    finishTask(index, DONE, 0, 0, 0, 0);
    expect(engine.startedAt(index)).toBeGreaterThan(started - 1); // not −1: a deadline to start was met
    asHost();
    drainCompletions(1);
    expect(engine.startedAt(index)).toBe(-1);
  });

  test('between claim and stamp it does not tell the start of the slot’s last task', () => {
    const first = prepareTask(0, NORMAL, META_TIMED, 0, 0, 0, 0);
    asWorker(0);
    claimEntry(first);
    finishTask(first, DONE, 0, 0, 0, 0);
    asHost();
    drainCompletions(1);
    const second = prepareTask(0, NORMAL, META_TIMED, 0, 0, 0, 0);
    expect(second).toBe(first);
    const before = now();
    claimSlot(slotAt(second), 0); // the first half of `claimEntry`
    expect(engine.startedAt(second) >= before).toBe(true);
    freeSlot(second);
  });
});
