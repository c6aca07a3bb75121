import { CANCELLED, DONE, FAILED, FREE, QUEUED, RUNNING, STALE } from '../../src/abi/codes';
import { SLAB_FRESH, SLOT_STATE } from '../../src/abi/layout';
import {
  allocSlot,
  cancelSlot,
  claimSlot,
  enterQueued,
  finishSlot,
  flushSlots,
  freeSlot,
  idOf,
  isCancelRequested,
  requestCancel,
  slotAt,
  statusAt,
  statusOfId,
} from '../memory/slab';
import { freed, generationOf, queued, running, statusOf, withStatus, workerOf } from '../memory/state';
import { MAGAZINE, arrange, asHost, asWorker } from './arrange';

const CAPACITY: i32 = 100;
const SEEN: usize = 0x8000; // a byte a slot, in the page of the kernels' constants, which no structure uses

function stateOf(index: i32): i64 {
  return load<i64>(slotAt(index) + SLOT_STATE);
}

/** Allocates until nothing is left. @returns how many different slots that gave, −1 for one twice or outside */
function allocAll(): i32 {
  memory.fill(SEEN, 0, CAPACITY);
  let count = 0;
  while (true) {
    const index = allocSlot();
    if (index == -1) return count;
    if (index < 0 || index >= CAPACITY || load<u8>(SEEN + index) != 0) return -1;
    store<u8>(SEEN + index, 1);
    count += 1;
  }
}

describe('state word', () => {
  test('keeps generation, worker and status apart at their extremes', () => {
    const state = running(freed(-1 << 32), 0xff_fffe);
    expect(generationOf(state)).toBe(0);
    expect(workerOf(state)).toBe(0xff_fffe);
    expect(statusOf(state)).toBe(RUNNING);
    const last: i64 = -1 << 32;
    expect(generationOf(queued(last))).toBe(0xffff_ffff);
    expect(workerOf(queued(running(last, 5)))).toBe(0);
  });

  test('an end keeps the worker that ran it; a new life forgets it and counts on', () => {
    const done = withStatus(running(queued(0), 77), DONE);
    expect(workerOf(done)).toBe(77);
    expect(statusOf(done)).toBe(DONE);
    const free = freed(done);
    expect(workerOf(free)).toBe(0);
    expect(statusOf(free)).toBe(FREE);
    expect(generationOf(free)).toBe(1);
  });
});

describe('slab', () => {
  beforeEach(() => {
    arrange(2, CAPACITY, 0);
  });

  test('exhaustion: every slot once, then −1, and the count of fresh ones does not creep', () => {
    expect(allocAll()).toBe(CAPACITY);
    const fresh = load<i32>(SLAB_FRESH);
    for (let i = 0; i < 1000; ++i) if (allocSlot() != -1) break;
    expect(allocSlot()).toBe(-1);
    expect(load<i32>(SLAB_FRESH)).toBe(fresh);
  });

  test('reuse: freed in any order, all of them come back', () => {
    for (let step = 1; step < CAPACITY; step += 2) {
      if (step % 5 == 0) continue; // coprime to the capacity: each index once
      expect(allocAll()).toBe(CAPACITY);
      for (let i = 0; i < CAPACITY; ++i) freeSlot((i * step) % CAPACITY);
    }
    expect(allocAll()).toBe(CAPACITY);
  });

  test('leak: what one thread allocates and another frees comes back after a flush', () => {
    for (let round = 0; round < 20; ++round) {
      expect(allocAll()).toBe(CAPACITY);
      asWorker(1);
      for (let i = 0; i < CAPACITY; ++i) freeSlot(i);
      flushSlots();
      asHost();
    }
    expect(allocAll()).toBe(CAPACITY);
  });

  test('without a flush a thread holds back two magazines at most', () => {
    expect(allocAll()).toBe(CAPACITY);
    asWorker(0);
    for (let i = 0; i < CAPACITY; ++i) freeSlot(i);
    asHost();
    expect(allocAll()).toBeGreaterThan(CAPACITY - 2 * MAGAZINE - 1);
  });

  test('flush of an empty cache changes nothing', () => {
    flushSlots();
    flushSlots();
    expect(allocAll()).toBe(CAPACITY);
  });

  test('a small load touches little: fresh slots come by the magazine', () => {
    for (let i = 0; i < MAGAZINE; ++i) expect(allocSlot()).toBe(i);
    expect(load<i32>(SLAB_FRESH)).toBe(MAGAZINE);
  });

  test('life: free, queued, running, done, free in the next generation', () => {
    const index = allocSlot();
    const slot = slotAt(index);
    enterQueued(slot);
    expect(statusOf(stateOf(index))).toBe(QUEUED);
    expect(claimSlot(slot, 1)).toBe(true);
    expect(workerOf(stateOf(index))).toBe(1);
    expect(claimSlot(slot, 0)).toBe(false);
    expect(cancelSlot(index)).toBe(false);
    expect(finishSlot(slot, DONE)).toBe(true);
    expect(finishSlot(slot, FAILED)).toBe(false);
    expect(statusOf(stateOf(index))).toBe(DONE);
    freeSlot(index);
    expect(generationOf(stateOf(index))).toBe(1);
  });

  test('a cancelled task is nobody’s to run and is freed like any other', () => {
    const index = allocSlot();
    enterQueued(slotAt(index));
    expect(cancelSlot(index)).toBe(true);
    expect(cancelSlot(index)).toBe(false);
    expect(statusAt(index)).toBe(CANCELLED);
    expect(claimSlot(slotAt(index), 0)).toBe(false);
    freeSlot(index);
    expect(statusAt(index)).toBe(FREE);
  });

  test('ids: index and generation, stale after the end, never another task’s', () => {
    const index = allocSlot();
    enterQueued(slotAt(index));
    expect(idOf(index)).toBe(index as f64);
    expect(statusOfId(index, 0)).toBe(QUEUED);
    claimSlot(slotAt(index), 0);
    finishSlot(slotAt(index), DONE);
    expect(statusOfId(index, 0)).toBe(DONE);
    freeSlot(index);
    expect(statusOfId(index, 0)).toBe(STALE);
    expect(statusOfId(index, 1)).toBe(STALE); // nobody's task yet
    expect(allocSlot()).toBe(index);
    enterQueued(slotAt(index));
    expect(statusOfId(index, 0)).toBe(STALE);
    expect(statusOfId(index, 1)).toBe(QUEUED);
    expect(idOf(index)).toBe(1048576 + (index as f64));
    expect(statusOfId(-1, 0)).toBe(STALE);
    expect(statusOfId(CAPACITY, 0)).toBe(STALE);
  });

  test('ids stay safe integers in the last generation and start anew after it', () => {
    const index = allocSlot();
    store<i64>(slotAt(index) + SLOT_STATE, -1 << 32);
    enterQueued(slotAt(index));
    expect(idOf(index)).toBe(4294967295.0 * 1048576.0 + (index as f64));
    expect(idOf(index)).toBeLessThan(9007199254740992.0);
    expect(statusOfId(index, 0xffff_ffff)).toBe(QUEUED);
    claimSlot(slotAt(index), 0);
    finishSlot(slotAt(index), DONE);
    freeSlot(index);
    expect(generationOf(stateOf(index))).toBe(0);
  });

  test('the wish to stop ends with the task', () => {
    const index = allocSlot();
    const slot = slotAt(index);
    enterQueued(slot);
    claimSlot(slot, 0);
    expect(isCancelRequested(slot)).toBe(false);
    requestCancel(index, 0);
    expect(isCancelRequested(slot)).toBe(true);
    finishSlot(slot, DONE);
    freeSlot(index);
    expect(allocSlot()).toBe(index);
    enterQueued(slot);
    expect(isCancelRequested(slot)).toBe(false);
  });

  test('a capacity that magazines do not divide loses no slot', () => {
    for (let capacity = 1; capacity <= 3 * MAGAZINE; ++capacity) {
      arrange(1, capacity, 0);
      let count = 0;
      while (allocSlot() >= 0) count += 1;
      expect(count).toBe(capacity);
    }
  });
});
