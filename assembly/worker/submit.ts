/**
 * Submit: from a call to a published task. The submitter holds the slot until the queue's store publishes it.
 * docs/protocols/submission-queue.md
 */
import {
  META_PRIORITY_SHIFT,
  META_SPARE,
  META_STAMPED,
  META_SUBMITTER_SHIFT,
  META_TAG_MASK,
  META_TIMED,
  SLOTS_EXHAUSTED,
  TAG_NUMBER,
} from '../../src/abi/codes';
import {
  NUMBER_BYTES,
  RECORD_BYTES,
  RECORD_INDEX,
  RECORD_LENGTH,
  RECORD_META,
  RECORD_TYPE,
  RECORD_VALUE,
  SLOT_GRACE,
  SLOT_LENGTH,
  SLOT_META,
  SLOT_PAYLOAD,
  SLOT_RETRIES,
  SLOT_STARTED_AT,
  SLOT_SUBMITTED_AT,
  SLOT_TIMEOUT,
  SLOT_TYPE,
  SLOT_VALUE,
  SUBMITTER_DRAINED,
  SUBMITTER_NUMBERS,
  SUBMITTER_RECORDS,
  SUBMITTER_SUBMITTED,
} from '../../src/abi/layout';
import { allocBlock, freeBlock } from '../memory/pool';
import { defaultRetries, self, submitterBlock } from '../memory/region';
import { allocSlot, allocSpareSlot, enterQueued, slotAt } from '../memory/slab';
import { publishSubmissions, putSubmission, stageSubmission } from '../queue/submission';
import { now } from '../sync/clock';
import { loadOwned32, loadOwnedF64, storeOwned32, storeOwnedF64 } from '../sync/atomics';
import { wakeOne } from './idle';
import { announceLevel } from './level';
import { isSample } from './stats';

/** Instead of a slot: the pool has no block for the payload. */
const NO_ROOM: i32 = -1;

/** Retries of the next task: the default, unless it was told otherwise. */
let retries: i32 = -1;

/** The next task may be queued again so often after its worker was lost. */
export function setRetries(most: i32): void {
  retries = most;
}

/** Limits of the next task, if it is timed. */
let timeoutMs: i32 = 0;
let graceMs: i32 = 0;

/** The next task, if it is timed, is to be kept to these by the host. */
export function setLimits(timeout: i32, grace: i32): void {
  timeoutMs = timeout;
  graceMs = grace;
}

function writeLimits(slot: usize): void {
  storeOwnedF64(slot + SLOT_STARTED_AT, 0); // else a reader could take the last task's start for ours
  storeOwned32(slot + SLOT_TIMEOUT, timeoutMs);
  storeOwned32(slot + SLOT_GRACE, graceMs);
}

function takeRetries(): i32 {
  if (retries < 0) return defaultRetries;
  const most = retries;
  retries = -1;
  return most;
}

/**
 * Fills a slot, Queued but in no queue yet.
 *
 * @param flags META_… bits beside tag, priority and submitter
 * @returns the slot index, or SLOTS_EXHAUSTED
 */
export function prepareTask(type: i32, level: i32, flags: i32, tag: i32, value: f64, payload: usize, length: u32): i32 {
  const most = takeRetries(); // whether there is a slot or not: else the next task would have them
  let index = allocSlot();
  if (index < 0 && (flags & META_SPARE) != 0) index = allocSpareSlot();
  if (index < 0) return SLOTS_EXHAUSTED;
  const slot = slotAt(index);
  let meta = flags | tag | (level << META_PRIORITY_SHIFT) | (self << META_SUBMITTER_SHIFT);
  if (isSample()) {
    meta |= META_STAMPED;
    storeOwnedF64(slot + SLOT_SUBMITTED_AT, now());
  }
  // The slot is ours until the queue publishes it.
  if (flags & META_TIMED) writeLimits(slot);
  storeOwnedF64(slot + SLOT_VALUE, value);
  storeOwned32(slot + SLOT_PAYLOAD, payload as i32);
  storeOwned32(slot + SLOT_LENGTH, length as i32);
  storeOwned32(slot + SLOT_TYPE, type);
  storeOwned32(slot + SLOT_META, meta);
  storeOwned32(slot + SLOT_RETRIES, most);
  enterQueued(slot);
  const counter = submitterBlock + SUBMITTER_SUBMITTED + ((level as usize) << 3);
  storeOwnedF64(counter, loadOwnedF64(counter) + 1); // our own counter
  return index;
}

/** Writes a prepared task as the n-th behind the published ones; nobody sees it yet. */
export function stageTask(level: i32, n: i32, index: i32): void {
  stageSubmission(level, n, index);
}

// A record of this submitter, its payload behind it. @returns the slot index, SLOTS_EXHAUSTED or NO_ROOM
function prepareRecord(record: usize, level: i32): i32 {
  const length = loadOwned32(record + RECORD_LENGTH) as u32;
  let payload: usize = 0;
  if (length != 0) {
    payload = allocBlock(length);
    if (payload == 0) return NO_ROOM;
    memory.copy(payload, record + RECORD_BYTES, length as usize);
  }
  setRetries(0);
  const tag = loadOwned32(record + RECORD_META) & META_TAG_MASK;
  const value = loadOwnedF64(record + RECORD_VALUE);
  const index = prepareTask(loadOwned32(record + RECORD_TYPE), level, 0, tag, value, payload, length);
  if (index < 0 && length != 0) freeBlock(payload, length);
  return index;
}

/** Prepares and stages the tasks that stand in this submitter's records, each with its payload behind it. @returns how many */
export function stageRecords(n: i32, count: i32, level: i32): i32 {
  storeOwned32(submitterBlock + SUBMITTER_DRAINED, 0); // what was drained there has been read
  let record = submitterBlock + SUBMITTER_RECORDS;
  for (let i = 0; i < count; ++i) {
    const index = prepareRecord(record, level);
    if (index < 0) return i;
    storeOwned32(record + RECORD_INDEX, index);
    stageTask(level, n + i, index);
    record += RECORD_BYTES + ((loadOwned32(record + RECORD_LENGTH) + 7) & ~7);
  }
  return count;
}

/** Prepares and stages tasks of one type for the numbers that stand in this submitter's block. @returns how many */
export function stageNumbers(n: i32, count: i32, type: i32, level: i32): i32 {
  for (let i = 0; i < count; ++i) {
    const number = submitterBlock + SUBMITTER_NUMBERS + (i as usize) * NUMBER_BYTES; // our own
    const index = prepareTask(type, level, 0, TAG_NUMBER, loadOwnedF64(number), 0, 0);
    if (index < 0) return i;
    storeOwned32(number, index);
    stageTask(level, n + i, index);
  }
  return count;
}

let woke: bool = false;

function announce(level: i32): void {
  announceLevel(level);
  woke = wakeOne();
}

/** Publishes a prepared task, and wakes one worker if all sleep. */
export function publishTask(level: i32, index: i32): void {
  putSubmission(level, index);
  announce(level);
}

/** Publishes n staged tasks and wakes one worker if all sleep. */
export function publishTasks(level: i32, n: i32): void {
  publishSubmissions(level, n);
  announce(level);
}

/** Whether this thread's last publication woke a worker. */
export function wokeWorker(): bool {
  return woke;
}
