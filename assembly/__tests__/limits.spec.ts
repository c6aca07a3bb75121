import { ATTENTION_CANCEL, ATTENTION_DOOM, CONDEMNED, META_TIMED, NORMAL, RUNNING } from '../../src/abi/codes';
import { HOST_CALLS, LIMIT_LOOK, SLOT_GRACE, SLOT_STARTED_AT, WORKER_ATTENTION } from '../../src/abi/layout';
import { workerBlockOf } from '../memory/region';
import { claimSlot, isCancelRequested, requestCancel, slotAt, statusAt } from '../memory/slab';
import { expectLimit, keepLimits, lookBy } from '../worker/limits';
import { prepareTask, setLimits } from '../worker/submit';
import { arrange, asAttached, asHost } from './arrange';

const TIMEOUT_MS = 100;
const GRACE_MS = 50;
/** What the submitter has beyond that. */
const TURN_MS = 5;

function attention(worker: i32): i32 {
  return load<i32>(workerBlockOf(worker) + WORKER_ATTENTION);
}

function planned(): i32 {
  return load<i32>(LIMIT_LOOK);
}

/** A task of an attached thread, with these limits. */
function submit(timeoutMs: i32, graceMs: i32): i32 {
  asAttached(0);
  setLimits(timeoutMs, graceMs);
  const index = prepareTask(0, NORMAL, META_TIMED, 0, 0, 0, 0);
  asHost();
  return index;
}

function start(index: i32, atMs: i32): void {
  claimSlot(slotAt(index), 1);
  store<f64>(slotAt(index) + SLOT_STARTED_AT, (atMs as f64) * 1000);
}

describe('limits', () => {
  beforeEach(() => {
    arrange(2, 64, 0);
    setLimits(0, 0);
  });

  test('nothing to keep, nothing planned', () => {
    expect(keepLimits(1000)).toBe(false);
    expect(planned()).toBe(0);
  });

  test('the earliest look wins, and calls the host', () => {
    expectLimit(501);
    expectLimit(301);
    expectLimit(401);
    expect(planned()).toBe(301);
    expect(load<i32>(HOST_CALLS)).toBe(2);
  });

  test('a look at 0 ms is a look', () => {
    lookBy(0);
    expect(planned()).not.toBe(0);
  });

  test('milliseconds wrap', () => {
    lookBy(i32.MIN_VALUE + 1);
    lookBy(i32.MAX_VALUE);
    expect(planned()).toBe(i32.MAX_VALUE);
  });

  test('the time of a task begins when it starts', () => {
    const index = submit(TIMEOUT_MS, GRACE_MS);
    expect(keepLimits(1_001)).toBe(true);
    expect(planned()).toBe(1_001 + TIMEOUT_MS);
    start(index, 1_100);
    expect(keepLimits(1_101)).toBe(true);
    expect(planned()).toBe(1_100 + TIMEOUT_MS + TURN_MS);
    expect(isCancelRequested(slotAt(index))).toBe(false);
  });

  test('it is asked to stop, then it is taken from its worker', () => {
    const index = submit(TIMEOUT_MS, GRACE_MS);
    start(index, 1_000);
    const end = 1_000 + TIMEOUT_MS + TURN_MS;
    expect(keepLimits(end)).toBe(true);
    expect(isCancelRequested(slotAt(index))).toBe(true);
    expect(attention(1)).toBe(ATTENTION_CANCEL);
    expect(keepLimits(end + GRACE_MS - 1)).toBe(true);
    expect(statusAt(index)).toBe(RUNNING);
    expect(keepLimits(end + GRACE_MS)).toBe(false);
    expect(statusAt(index)).toBe(CONDEMNED);
    expect(attention(1)).toBe(ATTENTION_CANCEL | ATTENTION_DOOM);
  });

  test('where the look comes late its grace begins then', () => {
    const index = submit(TIMEOUT_MS, GRACE_MS);
    start(index, 1_000);
    expect(keepLimits(5_001)).toBe(true);
    expect(isCancelRequested(slotAt(index))).toBe(true);
    expect(keepLimits(5_001 + GRACE_MS - 1)).toBe(true);
    expect(statusAt(index)).toBe(RUNNING);
    expect(keepLimits(5_001 + GRACE_MS)).toBe(false);
    expect(statusAt(index)).toBe(CONDEMNED);
  });

  test('its submitter is about to ask as well: the time that it has written is no grace', () => {
    const index = submit(TIMEOUT_MS, GRACE_MS);
    start(index, 1_000);
    keepLimits(2_000);
    store<i32>(slotAt(index) + SLOT_GRACE, i32.MAX_VALUE - 1);
    expect(keepLimits(2_000 + GRACE_MS)).toBe(true);
    expect(statusAt(index)).toBe(RUNNING);
  });

  test('without a grace it may go on for ever', () => {
    const index = submit(TIMEOUT_MS, 0);
    start(index, 1_000);
    expect(keepLimits(100_000)).toBe(false);
    expect(isCancelRequested(slotAt(index))).toBe(true);
    expect(keepLimits(200_000)).toBe(false);
    expect(statusAt(index)).toBe(RUNNING);
  });

  test('what its submitter has asked to stop has its own time', () => {
    const index = submit(0, GRACE_MS);
    start(index, 1_000);
    requestCancel(index, 2_001);
    expect(keepLimits(2_000)).toBe(true);
    expect(planned()).toBe(2_001);
    expect(statusAt(index)).toBe(RUNNING);
    expect(keepLimits(2_001)).toBe(false);
    expect(statusAt(index)).toBe(CONDEMNED);
  });

  test('the own tasks of the host are none of its business', () => {
    setLimits(TIMEOUT_MS, GRACE_MS);
    const index = prepareTask(0, NORMAL, META_TIMED, 0, 0, 0, 0);
    start(index, 1_000);
    expect(keepLimits(100_000)).toBe(false);
    expect(isCancelRequested(slotAt(index))).toBe(false);
  });
});
