/**
 * Task: from a popped entry to its completion. Claim, run a kernel, finish, deliver. The worker holds the slot between the
 * claim and the finish, so its fields are read and written plainly. docs/protocols/slab.md
 */
import {
  ATTENTION_DOOM,
  DONE,
  FAILED,
  LOST_RACE,
  META_STAMPED,
  META_TAG_MASK,
  META_TIMED,
  NORMAL,
} from '../../src/abi/codes';
import {
  FRAME_BLOCK,
  FRAME_BLOCK_LENGTH,
  FRAME_RESULT,
  FRAME_TAG,
  SLOT_LENGTH,
  SLOT_META,
  SLOT_PAYLOAD,
  SLOT_STARTED_AT,
  SLOT_STATE,
  SLOT_SUBMITTED_AT,
  SLOT_TYPE,
  SLOT_VALUE,
  WORKER_ATTENTION,
  WORKER_CURRENT,
} from '../../src/abi/layout';
import { hasFailed } from '../memory/frame';
import { beginRoot, endRoot, root, runContained, runFrame } from './join';
import { level } from './frame-stack';
import {
  COUNTED_ALLOCATED,
  holdBlock,
  holdFinished,
  holdSlot,
  letGoBlock,
  letGoEntry,
  letGoFinished,
} from '../memory/hand';
import { levelOf, submitterOf } from '../memory/meta';
import { freeBlock, freeNamedBlock } from '../memory/pool';
import { capacity, worker, workerBlock } from '../memory/region';
import { claimSlot, enterQueued, finishSlot, freeSlot, nodeOf, slotAt } from '../memory/slab';
import { withStatus } from '../memory/state';
import { now } from '../sync/clock';
import {
  loadOwned32,
  loadOwned64,
  loadOwnedF64,
  mayEnd,
  or32,
  storeOwned32,
  storeOwned64,
  storeOwnedF64,
} from '../sync/atomics';
import { callHost } from './host-call';
import { put, tell } from './inbox';
import { correctTaken, countExecuted, countInHand, isSample, recordRun, recordWait, updateMean } from './stats';

/** @returns whether the entry is now this worker's task; a cancelled one is freed here, by whoever popped it */
export function claimEntry(index: i32): bool {
  const slot = slotAt(index);
  if (!claimSlot(slot, worker)) {
    holdSlot(nodeOf(index));
    letGoEntry();
    correctTaken(levelOf(loadOwned32(slot + SLOT_META)), 1); // ours: nobody else has the entry
    freeSlot(index);
    return false;
  }
  letGoEntry();
  storeOwned32(workerBlock + WORKER_CURRENT, index);
  countInHand(1);
  const meta = loadOwned32(slot + SLOT_META);
  if (meta & (META_STAMPED | META_TIMED)) {
    const started = now();
    storeOwnedF64(slot + SLOT_STARTED_AT, started);
    if (meta & META_STAMPED) {
      recordWait(levelOf(meta), started - loadOwnedF64(slot + SLOT_SUBMITTED_AT));
    }
  }
  return true;
}

/**
 * Ends a task of this worker and delivers it. The input's block is freed here; the result's belongs to the drainer.
 *
 * @returns 0, or LOST_RACE when the task was condemned meanwhile: then the result's block is freed, the slot is the host's, and
 * this worker takes nothing new
 */
export function finishTask(index: i32, endStatus: i32, endTag: i32, result: f64, payload: usize, length: u32): i32 {
  const slot = slotAt(index);
  const meta = loadOwned32(slot + SLOT_META);
  const input = loadOwned32(slot + SLOT_PAYLOAD) as usize;
  const inputLength = loadOwned32(slot + SLOT_LENGTH) as u32;
  const level = levelOf(meta);
  if (meta & META_STAMPED) recordRun(level, now() - loadOwnedF64(slot + SLOT_STARTED_AT));
  countInHand(-1);
  if (!finishSlot(slot, endStatus)) {
    if (length != 0) freeBlock(payload, length);
    or32(workerBlock + WORKER_ATTENTION, ATTENTION_DOOM);
    callHost(); // who took the task may have died before it did
    return LOST_RACE;
  }
  // Ended, and in no inbox: still ours. The result's block changes places with the input's.
  holdFinished(index);
  storeOwned32(slot + SLOT_META, (meta & ~META_TAG_MASK) | endTag);
  storeOwnedF64(slot + SLOT_VALUE, result);
  storeOwned32(slot + SLOT_PAYLOAD, payload as i32);
  storeOwned32(slot + SLOT_LENGTH, length as i32);
  if (inputLength != 0) holdBlock(input, inputLength, COUNTED_ALLOCATED);
  else letGoBlock();
  countExecuted(level, endStatus == FAILED);
  storeOwned32(workerBlock + WORKER_CURRENT, -1);
  mayEnd(workerBlock + WORKER_CURRENT); // the call
  if (inputLength != 0) freeBlock(input, inputLength);
  const submitter = submitterOf(meta);
  put(index, submitter);
  letGoFinished();
  tell(submitter, meta);
  return 0;
}

/**
 * Runs a kernel in the slot that this worker has for itself beyond the slab's capacity, queued nowhere: what happens to a
 * nested task when no slot is free.
 *
 * @returns the slot's index; its status and result stand in it
 */
export function runInline(type: i32, kernel: i32, argumentTag: i32, argument: f64, payload: usize, length: u32): i32 {
  const index = capacity + worker;
  const slot = slotAt(index);
  storeOwnedF64(slot + SLOT_VALUE, argument);
  storeOwned32(slot + SLOT_PAYLOAD, payload as i32);
  storeOwned32(slot + SLOT_LENGTH, length as i32);
  storeOwned32(slot + SLOT_TYPE, type);
  storeOwned32(slot + SLOT_META, argumentTag);
  enterQueued(slot);
  letGoBlock();
  const outer = root;
  const outerLevel = level;
  const frame = beginRoot(slot, kernel, NORMAL);
  runFrame(frame);
  endRoot(frame, outer, outerLevel);
  const resultLength = loadOwned32(frame + FRAME_BLOCK_LENGTH);
  storeOwned32(slot + SLOT_META, loadOwned32(frame + FRAME_TAG));
  storeOwnedF64(slot + SLOT_VALUE, loadOwnedF64(frame + FRAME_RESULT));
  storeOwned32(slot + SLOT_PAYLOAD, takeBlock(frame) as i32);
  storeOwned32(slot + SLOT_LENGTH, resultLength);
  if (length != 0) holdBlock(payload, length, COUNTED_ALLOCATED);
  else letGoBlock();
  mayEnd(workerBlock + WORKER_CURRENT); // the call
  if (length != 0) freeBlock(payload, length);
  storeOwned64(slot + SLOT_STATE, withStatus(loadOwned64(slot + SLOT_STATE), statusOfFrame(frame)));
  return index;
}

/** After a trap in `runInline`: frees the input. */
export function dropInline(): void {
  freeNamedBlock(slotAt(capacity + worker) + SLOT_PAYLOAD);
}

/** Runs a claimed kernel task. @returns the time it took in µs, as measured or by the running mean */
export function runKernel(index: i32, kernel: i32, mean: f32): f32 {
  const slot = slotAt(index);
  const timed = mean == 0 || isSample();
  const started = timed ? now() : 0;
  const frame = beginRoot(slot, kernel, levelOf(loadOwned32(slot + SLOT_META)));
  runFrame(frame);
  endRoot(frame, 0, -1);
  let us = mean;
  if (timed) {
    us = (now() - started) as f32;
    updateMean(loadOwned32(slot + SLOT_TYPE), us as f64);
  }
  finishFrame(index, frame);
  return us;
}

/** Runs a claimed kernel task on top of the kernel that runs. A trap ends it alone. */
export function runOnTop(index: i32, kernel: i32): void {
  const slot = slotAt(index);
  const outer = root;
  const outerLevel = level;
  const below = loadOwned32(workerBlock + WORKER_CURRENT);
  const frame = beginRoot(slot, kernel, levelOf(loadOwned32(slot + SLOT_META)));
  runContained(frame);
  endRoot(frame, outer, outerLevel);
  finishFrame(index, frame);
  storeOwned32(workerBlock + WORKER_CURRENT, below);
}

function statusOfFrame(frame: usize): i32 {
  return hasFailed(frame) ? FAILED : DONE;
}

// The result's block is in this thread's hand until the slot has it.
function takeBlock(frame: usize): usize {
  const length = loadOwned32(frame + FRAME_BLOCK_LENGTH) as u32;
  if (length == 0) return 0;
  const block = loadOwned32(frame + FRAME_BLOCK) as usize;
  holdBlock(block, length, COUNTED_ALLOCATED);
  storeOwned32(frame + FRAME_BLOCK_LENGTH, 0);
  return block;
}

function finishFrame(index: i32, frame: usize): void {
  const length = loadOwned32(frame + FRAME_BLOCK_LENGTH) as u32;
  const tag = loadOwned32(frame + FRAME_TAG);
  const result = loadOwnedF64(frame + FRAME_RESULT);
  finishTask(index, statusOfFrame(frame), tag, result, takeBlock(frame), length);
}
