/**
 * Recovery: what the host does after a thread has ended, wherever it stood. It finishes what the hand of the dead thread tells
 * of, gives its running tasks to others or fails them, and wakes whoever may have waited for it. Nobody is stopped meanwhile.
 * docs/protocols/recovery.md
 */
import {
  ASKED_BY_HOST,
  ATTENTION_DOOM,
  ATTENTION_MAIL,
  CANCELLED,
  CONDEMNED,
  DONE,
  FAILED,
  FREE,
  LEVELS,
  META_DRAINED,
  META_KEPT,
  META_MAILED,
  META_TAG_MASK,
  META_TIMED,
  PARK_NOTIFIED,
  RUNNING,
  TAG_OVERDUE,
  TAG_WORKER_LOST,
} from '../../src/abi/codes';
import {
  MAX_WORKERS,
  RECORD_BYTES,
  RECORD_META,
  SLOT_META,
  SLOT_PAYLOAD,
  SLOT_RETRIES,
  SLOT_STARTED_AT,
  SLOT_STATE,
  SLOT_TIMEOUT,
  SLOT_VALUE,
  SUBMITTERS_IN_USE,
  SUBMITTER_ARMED,
  SUBMITTER_BUSY,
  SUBMITTER_CHAIN,
  SUBMITTER_CHAIN_REST,
  SUBMITTER_DRAINED,
  SUBMITTER_FOREIGN,
  SUBMITTER_INBOX,
  SUBMITTER_RECORDS,
  SUBMITTER_STAGED,
  SUBMITTER_STAGED_LEVEL,
  WORKER_ATTENTION,
  WORKER_BATCH,
  WORKER_BATCH_LEVEL,
  WORKER_FINISHING,
  WORKER_HAND_ENTRY,
  WORKER_IN_HAND,
  WORKER_MAILBOX,
  WORKER_PARK,
} from '../../src/abi/layout';
import { takeOver } from '../memory/hand';
import { levelOf, submitterOf } from '../memory/meta';
import { freeNamedBlock } from '../memory/pool';
import { capacity, ringMask, submitterBlockOf, submitters, workerBlockOf, workers } from '../memory/region';
import { salvage } from '../memory/salvage';
import { asker, failSlot, freeSlot, isCancelRequested, linkAt, requeueSlot, slotAt, statusAt } from '../memory/slab';
import { statusOf, workerOf } from '../memory/state';
import { ringPublish, ringStage } from '../queue/ring';
import { runQueue } from '../queue/run-queue';
import { submissionQueue } from '../queue/submission';
import {
  exchange32,
  load32,
  load64,
  loadOwned32,
  loadOwned64,
  loadRacy32,
  notify32,
  or32,
  store32,
  storeOwned32,
  storeOwnedF64,
} from '../sync/atomics';
import { freeRecord } from './drain';
import { put, tellOfForeign } from './inbox';
import { alert } from './idle';
import { announceLevel } from './level';
import { orderMail, returnMail } from './mailbox';
import { leaveIdle, leaveSearching } from './roster';
import { correctQueued } from './stats';
import { publishTask } from './submit';

/** `SLOT_RETRIES`: how often it may be queued again (16) below how often it was lost (16). */
const RETRIES_MASK: i32 = 0xffff;
const LOSSES_SHIFT: i32 = 16;
const ONE_LOSS: i32 = 1 << LOSSES_SHIFT;

// What the owner of a dead thread's block has left there is the caller's now: plain accesses.
function metaOf(index: i32): i32 {
  return loadOwned32(slotAt(index) + SLOT_META);
}

function isNested(meta: i32): bool {
  const submitter = submitterOf(meta);
  return submitter >= 1 && submitter <= workers;
}

// A Queued slot without an entry, or a Cancelled one: whoever pops it frees it. A nested one goes where lent places look: into
// a queue of the dead thread, which nobody else writes to until its successor starts.
function requeue(lost: i32, index: i32): void {
  const meta = metaOf(index);
  if (meta & META_MAILED) {
    correctQueued(levelOf(meta), 1);
    returnMail(workerBlockOf(lost), index);
  } else if (isNested(meta)) {
    const queue = submissionQueue(lost + 1, levelOf(meta));
    ringStage(queue, ringMask, 0, index);
    ringPublish(queue, 1);
  } else publishTask(levelOf(meta), index);
}

// `wakeAll` tells.
function deliver(index: i32): void {
  put(index, submitterOf(metaOf(index)));
}

// Entries that were moved to its run queue, and an entry and a result on their way.
function finishMoves(lost: i32): void {
  const block = workerBlockOf(lost);
  const batch = takeOver(block, WORKER_BATCH);
  if (batch > 0) ringPublish(runQueue(lost, loadOwned32(block + WORKER_BATCH_LEVEL)), batch);
  const entry = takeOver(block, WORKER_HAND_ENTRY) - 1;
  if (entry >= 0) requeue(lost, entry);
  const finished = takeOver(block, WORKER_FINISHING) - 1;
  if (finished >= 0) deliver(finished);
  orderMail(block);
}

// Once more from the beginning. @returns false when it has no attempt left, or nobody wants its result any more
function retry(lost: i32, index: i32): bool {
  const slot = slotAt(index);
  const retries = loadOwned32(slot + SLOT_RETRIES);
  if ((retries & RETRIES_MASK) == 0 || isCancelRequested(slot)) return false;
  storeOwned32(slot + SLOT_RETRIES, retries - 1 + ONE_LOSS);
  if (metaOf(index) & META_TIMED) storeOwnedF64(slot + SLOT_STARTED_AT, 0); // its clock starts again
  if (!requeueSlot(slot)) {
    storeOwned32(slot + SLOT_RETRIES, retries);
    return false;
  }
  requeue(lost, index);
  return true;
}

function fail(lost: i32, index: i32): void {
  const slot = slotAt(index);
  const losses = (loadOwned32(slot + SLOT_RETRIES) >>> LOSSES_SHIFT) + 1;
  failSlot(slot);
  freeNamedBlock(slot + SLOT_PAYLOAD);
  const isOverdue = asker(slot, loadOwned64(slot + SLOT_STATE)) == ASKED_BY_HOST;
  storeOwned32(slot + SLOT_META, (metaOf(index) & ~META_TAG_MASK) | (isOverdue ? TAG_OVERDUE : TAG_WORKER_LOST));
  storeOwnedF64(slot + SLOT_VALUE, (isOverdue ? loadOwned32(slot + SLOT_TIMEOUT) : lost + losses * MAX_WORKERS) as f64);
  deliver(index);
}

// What it ran. @returns how many tasks failed with it
function endTasks(lost: i32): i32 {
  let failed = 0;
  const slots = capacity + workers + submitters; // the spare ones too: a nested task may run in one
  for (let index = 0; index < slots; ++index) {
    const state = load64(slotAt(index) + SLOT_STATE);
    const status = statusOf(state);
    if ((status != RUNNING && status != CONDEMNED) || workerOf(state) != lost) continue;
    if (retry(lost, index)) continue;
    fail(lost, index);
    failed += 1;
  }
  return failed;
}

function freeCompletions(first: i32): i32 {
  let freed = 0;
  for (let next = first; next != 0; ++freed) {
    const index = next - 1;
    next = loadOwned32(linkAt(index));
    freeNamedBlock(slotAt(index) + SLOT_PAYLOAD);
    freeSlot(index);
  }
  return freed;
}

function freeRecords(block: usize): void {
  for (let left = takeOver(block, SUBMITTER_DRAINED); left > 0; --left) {
    const record = block + SUBMITTER_RECORDS + ((left - 1) as usize) * RECORD_BYTES;
    if ((loadOwned32(record + RECORD_META) & META_KEPT) == 0) freeRecord(record);
  }
}

// Of a slot that others may use: what it says holds if the state is the same before and after.
function isOutstanding(index: i32, submitter: i32): bool {
  const slot = slotAt(index);
  const state = load64(slot + SLOT_STATE);
  const status = statusOf(state);
  if (status == FREE || status == CANCELLED) return false;
  const meta = loadRacy32(slot + SLOT_META);
  return load64(slot + SLOT_STATE) == state && submitterOf(meta) == submitter;
}

function hasEnded(index: i32): bool {
  const status = statusAt(index);
  return status == DONE || status == FAILED;
}

// A task that it had taken from its worker may not have been told of. The host looks at doomed workers after a recovery.
function tellIfDoomed(index: i32): void {
  const state = load64(slotAt(index) + SLOT_STATE);
  if (statusOf(state) == CONDEMNED) alert(workerOf(state), ATTENTION_DOOM);
}

// Tasks that it had submitted: what has ended is freed, what has not is counted.
function disown(lost: i32): void {
  const block = submitterBlockOf(lost);
  freeRecords(block);
  freeCompletions(takeOver(block, SUBMITTER_CHAIN));
  freeCompletions(takeOver(block, SUBMITTER_CHAIN_REST));
  freeCompletions(exchange32(block + SUBMITTER_INBOX, 0)); // pairs with the CAS of `put`
  let outstanding = 0;
  const slots = capacity + workers + submitters;
  for (let index = 0; index < slots; ++index) {
    if (!isOutstanding(index, lost)) continue;
    tellIfDoomed(index);
    // Kept, drained and never released: its owner alone could have done that. A slot that is being filled may show the meta of
    // its last task.
    if (hasEnded(index) && metaOf(index) & META_DRAINED) {
      freeNamedBlock(slotAt(index) + SLOT_PAYLOAD);
      freeSlot(index);
    } else outstanding += 1;
  }
  store32(block + SUBMITTER_FOREIGN, outstanding); // from here on whoever delivers tells; `wakeAll` tells of those before
}

// The dead thread may have been about to wake somebody, to ring, or to set a bit of the level word. It may have changed the
// word already that the other sleeps on, and not notified: then nobody else would, as the word says that it is done. So all
// sleepers look at the queues once more.
function wakeAll(): void {
  for (let level = 0; level < LEVELS; ++level) announceLevel(level);
  for (let index = 0; index < workers; ++index) {
    const block = workerBlockOf(index);
    store32(block + WORKER_PARK, PARK_NOTIFIED);
    notify32(block + WORKER_PARK);
  }
  const inUse = load32(SUBMITTERS_IN_USE);
  for (let submitter = 0; submitter < inUse; ++submitter) {
    const block = submitterBlockOf(submitter);
    if (load32(block + SUBMITTER_INBOX) == 0) continue;
    if (load32(block + SUBMITTER_FOREIGN) != 0) tellOfForeign(submitter);
    store32(block + SUBMITTER_ARMED, 0);
    notify32(block + SUBMITTER_ARMED);
  }
}

// Before anything else goes into its queues: they stand behind the published ones.
function publishStaged(lost: i32): void {
  const block = submitterBlockOf(lost);
  const staged = takeOver(block, SUBMITTER_STAGED);
  if (staged > 0) ringPublish(submissionQueue(lost, loadOwned32(block + SUBMITTER_STAGED_LEVEL)), staged);
}

function recoverSubmissions(lost: i32): void {
  const block = submitterBlockOf(lost);
  salvage(lost);
  disown(lost);
  store32(block + SUBMITTER_BUSY, 0);
  notify32(block + SUBMITTER_BUSY); // whoever waits for quiet goes on
}

/** Host, after a worker has ended. @returns how many tasks failed with it; those that are run again are not counted */
export function recoverWorker(lost: i32): i32 {
  const block = workerBlockOf(lost);
  publishStaged(lost + 1);
  finishMoves(lost);
  leaveIdle(lost);
  leaveSearching(lost);
  // It may have cleared the bit and not taken the mail.
  if (load32(block + WORKER_MAILBOX) != 0) or32(block + WORKER_ATTENTION, ATTENTION_MAIL);
  storeOwned32(block + WORKER_IN_HAND, 0);
  const failed = endTasks(lost);
  freeNamedBlock(slotAt(capacity + lost) + SLOT_PAYLOAD); // of the task that it ran on top of another
  recoverSubmissions(lost + 1);
  wakeAll();
  return failed;
}

/** Host, after an attached thread has ended. @returns how many of its tasks have not: `clearPlace` when they have */
export function recoverAttached(lost: i32): i32 {
  publishStaged(lost);
  recoverSubmissions(lost);
  wakeAll();
  return load32(submitterBlockOf(lost) + SUBMITTER_FOREIGN);
}

/** Host: frees the completions of a place whose owner is gone. @returns how many are still to come */
export function clearPlace(submitter: i32): i32 {
  const block = submitterBlockOf(submitter);
  const freed = freeCompletions(exchange32(block + SUBMITTER_INBOX, 0));
  const left = load32(block + SUBMITTER_FOREIGN) - freed;
  store32(block + SUBMITTER_FOREIGN, left);
  return left;
}
