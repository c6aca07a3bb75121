import { NORMAL, TAG_KERNEL_BYTES, TAG_NUMBER, TAG_SHARED } from '../../src/abi/codes';
import {
  RECORD_LENGTH,
  RECORD_META,
  RECORD_PAYLOAD,
  RECORD_VALUE,
  SLOT_LENGTH,
  SLOT_PAYLOAD,
  SLOT_RETRIES,
  SUBMITTER_ALLOCATED,
  SUBMITTER_FREED,
  SUBMITTER_RECORDS,
} from '../../src/abi/layout';
import * as engine from '../abi';
import * as sdk from '../index';
import { allocBlock, freeBlock } from '../memory/pool';
import { submitterBlock, submitterBlockOf } from '../memory/region';
import { claimSlot, slotAt } from '../memory/slab';
import { drainCompletions } from '../worker/drain';
import { find } from '../worker/find';
import { prepareTask } from '../worker/submit';
import { claimEntry, runKernel } from '../worker/task';
import { arrange, asHost, asWorker } from './arrange';

const KERNEL: i32 = 1;
const WORKERS: i32 = 2;

function incremented(task: usize): void {
  const length = sdk.payloadLength(task);
  for (let i = 0; i < length; ++i) store<u8>(sdk.payload(task) + i, load<u8>(sdk.payload(task) + i) + 1);
  sdk.setResult(task, length as f64);
}

function reversed(task: usize): void {
  const length = sdk.payloadLength(task);
  const result = sdk.setResultBytes(task, length);
  for (let i = 0; i < length; ++i) store<u8>(result + i, load<u8>(sdk.payload(task) + (length - 1 - i)));
}

function failing(task: usize): void {
  sdk.fail(task, 42);
}

function inUse(): f64 {
  let sum: f64 = 0;
  for (let submitter = 0; submitter <= WORKERS; ++submitter) {
    const block = submitterBlockOf(submitter);
    sum += load<f64>(block + SUBMITTER_ALLOCATED) - load<f64>(block + SUBMITTER_FREED);
  }
  return sum;
}

function record(): usize {
  return submitterBlock + SUBMITTER_RECORDS;
}

/** Worker 0 runs it, the host drains it: its record is the first. */
function run(index: i32, kernel: i32): void {
  asWorker(0);
  claimEntry(index);
  runKernel(index, kernel, 1);
  asHost();
  expect(drainCompletions(2)).toBe(1);
}

let held: usize = 0;

/** A task of the host's that is queued and has `length` bytes of memory that is not its own. */
function borrow(address: usize, length: u32): i32 {
  asHost();
  return prepareTask(KERNEL, NORMAL, 0, TAG_SHARED, length as f64, address, 0);
}

describe('memory that a task borrows', () => {
  beforeEach(() => {
    arrange(WORKERS, 32, 16);
    held = allocBlock(100);
    memory.fill(held, 0, 100);
  });

  afterEach(() => {
    asHost();
    expect(inUse()).toBe(128); // it is still there, and there is no more
    freeBlock(held, 100);
    expect(inUse()).toBe(0);
  });

  test('a kernel reads and writes it, and a result of bytes takes its place in the slot', () => {
    run(borrow(held + 10, 50), incremented.index);
    expect(load<f64>(record() + RECORD_VALUE)).toBe(50);
    for (let i = 0; i < 100; ++i) expect(load<u8>(held + i)).toBe((i >= 10 && i < 60 ? 1 : 0) as u8);
    run(borrow(held, 100), reversed.index);
    expect(load<i32>(record() + RECORD_META) & 255).toBe(TAG_KERNEL_BYTES);
    expect(load<i32>(record() + RECORD_LENGTH)).toBe(100);
    freeBlock(load<usize>(record() + RECORD_PAYLOAD), 100);
  });

  test('a task that was given no bytes has none, whatever its number is', () => {
    run(prepareTask(KERNEL, NORMAL, 0, TAG_NUMBER, 7, 0, 0), incremented.index);
    expect(load<f64>(record() + RECORD_VALUE)).toBe(0);
  });

  test('cancelled, or failed: it is not freed', () => {
    expect(engine.cancel(borrow(held, 100))).toBe(1);
    asWorker(0);
    while (find(false) >= 0) continue;
    run(borrow(held, 100), failing.index);
    expect(load<i32>(record() + RECORD_LENGTH)).toBe(0);
  });

  test('its worker is lost: the task fails without it, or is queued again with it', () => {
    claimSlot(slotAt(borrow(held, 100)), 1);
    expect(engine.recoverWorker(1)).toBe(1);
    expect(drainCompletions(2)).toBe(1);
    expect(load<i32>(record() + RECORD_LENGTH)).toBe(0);
    const index = borrow(held, 100);
    const slot = slotAt(index);
    store<i32>(slot + SLOT_RETRIES, 1);
    claimSlot(slot, 1);
    expect(engine.recoverWorker(1)).toBe(0);
    expect(load<usize>(slot + SLOT_PAYLOAD)).toBe(held);
    expect(load<i32>(slot + SLOT_LENGTH)).toBe(0);
    run(index, incremented.index);
    expect(load<f64>(record() + RECORD_VALUE)).toBe(100);
  });
});
