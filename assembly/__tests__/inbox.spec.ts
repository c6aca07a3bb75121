import { ARMED_ALL, DONE, FAILED, META_KEPT, NORMAL, STALE } from '../../src/abi/codes';
import {
  HOST_RINGS,
  RECORDS,
  RECORD_BYTES,
  RECORD_INDEX,
  RECORD_LENGTH,
  RECORD_META,
  RECORD_PAYLOAD,
  RECORD_STATUS_SHIFT,
  RECORD_TYPE,
  RECORD_VALUE,
  SUBMITTER_ARMED,
  SUBMITTER_RECORDS,
} from '../../src/abi/layout';
import * as engine from '../abi';
import { submitterBlock, submitterBlockOf } from '../memory/region';
import { allocSlot, claimSlot, freeSlot, linkAt, slotAt, statusAt, statusOfId } from '../memory/slab';
import { drainCompletions, hasChain, readKept } from '../worker/drain';
import { arm, disarm, put, takeInbox } from '../worker/inbox';
import { prepareTask } from '../worker/submit';
import { finishTask } from '../worker/task';
import { arrange, asAttached, asHost, asWorker } from './arrange';

const CAPACITY: i32 = 2000;

/** Whoever we are submits a task, which is claimed as if a worker had found it. @returns its slot */
function start(flags: i32 = 0): i32 {
  const index = prepareTask(0, NORMAL, flags, 0, 0, 0, 0);
  claimSlot(slotAt(index), 0);
  return index;
}

/** Worker 0 ends a task with a number. */
function finish(index: i32, status: i32, value: f64): void {
  asWorker(0);
  finishTask(index, status, 7, value, 0, 0);
}

function record(n: i32): usize {
  return submitterBlock + SUBMITTER_RECORDS + (n as usize) * RECORD_BYTES;
}

function next(position: i32): i32 {
  return load<i32>(linkAt(position - 1));
}

describe('inbox', () => {
  beforeEach(() => {
    arrange(2, CAPACITY, 0);
  });

  test('empty is 0', () => {
    expect(takeInbox()).toBe(0);
  });

  test('in order of completion, whatever the order of submission', () => {
    const first = start();
    const second = start();
    const third = start();
    finish(second, DONE, 0);
    finish(third, DONE, 0);
    finish(first, DONE, 0);
    asHost();
    const chain = takeInbox();
    expect(chain).toBe(second + 1);
    expect(next(chain)).toBe(third + 1);
    expect(next(next(chain))).toBe(first + 1);
    expect(next(next(next(chain)))).toBe(0);
    expect(takeInbox()).toBe(0);
  });

  test('a completion goes to its submitter and to no other', () => {
    asAttached(1);
    const attached = start();
    asWorker(1);
    const nested = start();
    asHost();
    const own = start();
    finish(attached, DONE, 0);
    finish(own, DONE, 0);
    finish(nested, DONE, 0);
    asHost();
    expect(takeInbox()).toBe(own + 1);
    asWorker(1);
    expect(takeInbox()).toBe(nested + 1);
    asAttached(1);
    expect(takeInbox()).toBe(attached + 1);
    asAttached(0);
    expect(takeInbox()).toBe(0);
  });

  test('who is about to sleep when the host rings looks once more', () => {
    asAttached(0);
    expect(engine.arm(ARMED_ALL)).toBe(1);
    disarm();
    store<i32>(HOST_RINGS, load<i32>(HOST_RINGS) + 1);
    expect(engine.arm(ARMED_ALL)).toBe(0);
    expect(engine.arm(ARMED_ALL)).toBe(1);
    disarm();
    asHost();
  });

  test('arming: only over an empty inbox; a delivery rings once', () => {
    const armed = submitterBlockOf(0) + SUBMITTER_ARMED;
    const first = start();
    const second = start();
    expect(arm(1)).toBe(true);
    expect(load<i32>(armed)).toBe(1);
    finish(first, DONE, 0);
    expect(load<i32>(armed)).toBe(0);
    finish(second, DONE, 0);
    asHost();
    expect(arm(1)).toBe(false);
    expect(load<i32>(armed)).toBe(0);
    takeInbox();
    expect(arm(1)).toBe(true);
    disarm();
    expect(load<i32>(armed)).toBe(0);
  });
});

describe('drain', () => {
  beforeEach(() => {
    arrange(2, CAPACITY, 0);
  });

  test('a record holds index, tag, priority, status, number and bytes of its task', () => {
    const index = prepareTask(5, NORMAL, 0, 3, 0, 0, 0);
    claimSlot(slotAt(index), 0);
    asWorker(0);
    expect(finishTask(index, FAILED, 200, -0.5, 0x12340, 77)).toBe(0);
    asHost();
    expect(drainCompletions(10)).toBe(1);
    expect(load<i32>(record(0) + RECORD_INDEX)).toBe(index);
    expect(load<i32>(record(0) + RECORD_META) & 255).toBe(200);
    expect((load<i32>(record(0) + RECORD_META) >> 8) & 3).toBe(NORMAL);
    expect(load<i32>(record(0) + RECORD_META) >>> RECORD_STATUS_SHIFT).toBe(FAILED);
    expect(load<f64>(record(0) + RECORD_VALUE)).toBe(-0.5);
    expect(load<i32>(record(0) + RECORD_PAYLOAD)).toBe(0x12340);
    expect(load<i32>(record(0) + RECORD_LENGTH)).toBe(77);
    expect(load<i32>(record(0) + RECORD_TYPE)).toBe(5);
  });

  test('who spins sees what is in the inbox, and what was taken out of it before', () => {
    expect(engine.spinForCompletion(3)).toBe(0);
    for (let n = 0; n < 2; ++n) {
      finish(start(), DONE, n);
      asHost();
    }
    expect(engine.spinForCompletion(0)).toBe(0);
    expect(engine.spinForCompletion(1)).toBe(1);
    expect(drainCompletions(1)).toBe(1);
    expect(engine.spinForCompletion(0)).toBe(1);
    expect(drainCompletions(1)).toBe(1);
    expect(engine.spinForCompletion(3)).toBe(0);
  });

  test('drained slots are free again, their ids stale', () => {
    const index = start();
    finish(index, DONE, 1);
    asHost();
    expect(drainCompletions(1)).toBe(1);
    expect(statusOfId(index, 0)).toBe(STALE);
    expect(allocSlot()).toBe(index);
  });

  test('a kept task stays readable until it is released', () => {
    const index = start(META_KEPT);
    finish(index, DONE, 5);
    asHost();
    expect(drainCompletions(1)).toBe(1);
    expect(statusAt(index)).toBe(DONE);
    expect(statusOfId(index, 0)).toBe(DONE);
    store<f64>(record(0) + RECORD_VALUE, 0);
    readKept(index);
    expect(load<f64>(record(0) + RECORD_VALUE)).toBe(5);
    freeSlot(index);
    expect(statusOfId(index, 0)).toBe(STALE);
  });

  test('no more than asked for, no more than there are records; the rest waits in order', () => {
    for (let n = 0; n < CAPACITY; ++n) {
      asHost();
      finish(start(), DONE, n as f64);
    }
    asHost();
    expect(drainCompletions(0)).toBe(0);
    expect(drainCompletions(10)).toBe(10);
    expect(hasChain()).toBe(true);
    expect(drainCompletions(1 << 20)).toBe(RECORDS);
    expect(load<f64>(record(0) + RECORD_VALUE)).toBe(10);
    expect(drainCompletions(RECORDS)).toBe(CAPACITY - RECORDS - 10);
    expect(load<f64>(record(CAPACITY - RECORDS - 11) + RECORD_VALUE)).toBe((CAPACITY - 1) as f64);
    expect(hasChain()).toBe(false);
    expect(drainCompletions(RECORDS)).toBe(0);
  });

  test('a wait between two drains takes in what came meanwhile', () => {
    const first = start();
    const second = start();
    finish(first, DONE, 0);
    asHost();
    expect(drainCompletions(10)).toBe(1);
    finish(second, DONE, 0);
    asHost();
    expect(drainCompletions(10)).toBe(1);
    expect(load<i32>(record(0) + RECORD_INDEX)).toBe(second);
  });

  test('delivering does not depend on who the worker was', () => {
    const index = start();
    asWorker(1);
    put(index, 0);
    asHost();
    expect(drainCompletions(1)).toBe(1);
  });
});
