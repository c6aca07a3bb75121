/**
 * The ABI: functions only, numbers in and out, negative codes of src/abi/codes.ts. engine.ts exports them, their only
 * caller on the host is src/wasm/engine.ts. Every instance calls `attach` first.
 */
import { CANCELLED, CLOSED_YES, FREE, META_KEPT, META_MAILED, QUEUED, RUNNING, TAG_NUMBER } from '../src/abi/codes';
import { CLOSED, HOST_RINGS, SLOT_STARTED_AT, SLOT_STATE, SUBMITTERS_IN_USE, SUBMITTER_TAKEN } from '../src/abi/layout';
import { setError } from './memory/frame';
import * as lost from './worker/lost-frames';
import * as pool from './memory/pool';
import { attachRegion, submitterBlockOf, submitters, workers } from './memory/region';
import * as slab from './memory/slab';
import { statusOf, workerOf } from './memory/state';
import { cas32, load32, load64, loadOwnedF64, store32 } from './sync/atomics';
import { now } from './sync/clock';
import * as completions from './worker/drain';
import * as doom from './worker/doom';
import { kernelOf } from './worker/find';
import * as idle from './worker/idle';
import * as inbox from './worker/inbox';
import * as join from './worker/join';
import * as limits from './worker/limits';
import * as loop from './worker/loop';
import { mailTo } from './worker/mailbox';
import * as recalls from './worker/recall';
import * as recovery from './worker/recovery';
import * as stops from './worker/stop';
import * as submission from './worker/submit';
import * as task from './worker/task';

// Every thread

/** @returns 0 or BAD_LAYOUT */
export function attach(submitter: i32, worker: i32): i32 {
  const code = attachRegion(submitter, worker);
  if (code == 0) join.resetForks();
  return code;
}

/** Takes a submitter block for an attaching thread. @param owner its thread id + 1 @returns its index, or −1 when all are taken */
export function takeSubmitter(owner: i32): i32 {
  for (let submitter = workers + 1; submitter < submitters; ++submitter) {
    if (!cas32(submitterBlockOf(submitter) + SUBMITTER_TAKEN, 0, owner)) continue;
    let inUse = load32(SUBMITTERS_IN_USE);
    while (inUse <= submitter && !cas32(SUBMITTERS_IN_USE, inUse, submitter + 1)) inUse = load32(SUBMITTERS_IN_USE);
    return submitter;
  }
  return -1;
}

/** Gives it back; the thread has nothing pending. */
export function leaveSubmitter(submitter: i32): void {
  flush();
  store32(submitterBlockOf(submitter) + SUBMITTER_TAKEN, 0);
}

/** Gives cached slots and blocks back before a long sleep. */
export function flush(): void {
  slab.flushSlots();
  pool.flushBlocks();
}

export function allocBlock(bytes: u32): usize {
  return pool.allocBlock(bytes);
}

export function freeBlock(block: usize, bytes: u32): void {
  pool.freeBlock(block, bytes);
}

/** After `allocBlock` found no room: asks workers for the free blocks that they keep. @returns 1: try again when they have answered */
export function recall(bytes: u32): i32 {
  return recalls.recall(bytes) ? 1 : 0;
}

/** @returns 1 while a worker that runs no task has yet to answer; read it before the next try */
export function isRecalling(): i32 {
  return recalls.isRecalling() ? 1 : 0;
}

// Submitters

/** @returns the slot index or SLOTS_EXHAUSTED */
export function submit(type: i32, level: i32, flags: i32, tag: i32, value: f64, payload: usize, length: u32): i32 {
  const index = submission.prepareTask(type, level, flags, tag, value, payload, length);
  if (index < 0) return index;
  submission.publishTask(level, index);
  return index;
}

/** The task that is submitted next may be queued again so often after its worker was lost. */
export function setRetries(most: i32): void {
  submission.setRetries(most);
}

/** As `submit`, of a number whose slot is kept. @returns the task's id, or SLOTS_EXHAUSTED */
export function submitKept(type: i32, level: i32, value: f64): f64 {
  const index = submission.prepareTask(type, level, META_KEPT, TAG_NUMBER, value, 0, 0);
  if (index < 0) return index as f64;
  const id = slab.idOf(index); // before the slot's line is a worker's
  submission.publishTask(level, index);
  return id;
}

/** As `submit`, but nobody sees it before `publish`: the n-th since the last one. */
export function stage(
  n: i32,
  type: i32,
  level: i32,
  flags: i32,
  tag: i32,
  value: f64,
  payload: usize,
  length: u32,
): i32 {
  const index = submission.prepareTask(type, level, flags, tag, value, payload, length);
  if (index >= 0) submission.stageTask(level, n, index);
  return index;
}

/**
 * Stages the `count` tasks whose tag, number and type stand in the records of this submitter, the payload of each behind it, padded
 * to 8 bytes; none is to be queued again by the engine. The slot of each is written to its record.
 * @param n how many are staged already
 * @returns how many were staged: less than `count` when the slots are exhausted, or the pool
 */
export function stageRecords(n: i32, count: i32, level: i32): i32 {
  return submission.stageRecords(n, count, level);
}

/**
 * As `stageRecords`, of tasks of one type whose inputs are the first `count` numbers of this submitter, at most NUMBERS; they may be
 * queued again as usual. The slot of each is written over its number.
 */
export function stageNumbers(n: i32, count: i32, type: i32, level: i32): i32 {
  return submission.stageNumbers(n, count, type, level);
}

export function publish(level: i32, n: i32): void {
  submission.publishTasks(level, n);
}

/** @returns 1 when this thread's last publication woke a worker */
export function wokeWorker(): i32 {
  return submission.wokeWorker() ? 1 : 0;
}

/** For one certain worker. @returns the slot index or SLOTS_EXHAUSTED */
export function mail(
  worker: i32,
  type: i32,
  level: i32,
  flags: i32,
  tag: i32,
  value: f64,
  payload: usize,
  length: u32,
): i32 {
  const index = submission.prepareTask(type, level, flags | META_MAILED, tag, value, payload, length);
  if (index >= 0) mailTo(worker, index);
  return index;
}

export function idOf(index: i32): f64 {
  return slab.idOf(index);
}

/** @returns a status, or STALE */
export function statusOfId(index: i32, generation: u32): i32 {
  return slab.statusOfId(index, generation);
}

/**
 * Cancels a queued task and frees its input. Only its submitter calls this.
 *
 * @returns 1, or 0 when it runs or has ended
 */
export function cancel(index: i32): i32 {
  return stops.cancel(index) ? 1 : 0;
}

/**
 * Asks a running task to stop. Only its submitter calls this.
 *
 * @param endMs when it is ended with its worker if it goes on, 0 = never; the host ends its own tasks by `condemn`
 */
export function requestCancel(index: i32, endMs: i32): void {
  slab.requestCancel(index, endMs);
}

/** The task that is submitted next, with META_TIMED, has these limits, in ms; 0 = none. The host does without. */
export function setLimits(timeoutMs: i32, graceMs: i32): void {
  submission.setLimits(timeoutMs, graceMs);
}

/** After a limit was set, or a task was asked to stop: the host looks at limits by `atMs`. */
export function expectLimit(atMs: i32): void {
  limits.expectLimit(atMs);
}

/** Host, when a look is due. @returns 1 when the next one is planned */
export function keepLimits(nowMs: i32): i32 {
  return limits.keepLimits(nowMs) ? 1 : 0;
}

/**
 * Takes a running task from its worker, which is doomed from here on: it takes nothing new, and the host is to end it. The slot
 * comes back as failed when the worker has ended. Only its submitter calls this.
 *
 * @returns the worker, −1 when the task does not run any more
 */
export function condemn(index: i32): i32 {
  return stops.condemn(index);
}

/** Worker with ATTENTION_DOOM. @returns 1 when it is doomed; else the bit was meant for the one before it, and is off now */
export function seesDoom(): i32 {
  return doom.seesDoom() ? 1 : 0;
}

/** How many tasks were taken from a worker that has not ended. */
export function condemnedOn(worker: i32): i32 {
  return slab.condemnedOn(worker);
}

/**
 * Of a task submitted with META_TIMED, by its submitter.
 * @returns when it started, in µs; now if it was claimed a moment ago or has ended meanwhile; −1 while it waits
 */
export function startedAt(index: i32): f64 {
  const slot = slab.slotAt(index);
  const status = statusOf(load64(slot + SLOT_STATE));
  if (status == FREE || status == QUEUED || status == CANCELLED) return -1;
  const started = status == RUNNING ? loadOwnedF64(slot + SLOT_STARTED_AT) : 0; // 0 until the worker stamps it
  return started > 0 ? started : now();
}

/** @returns the worker that runs the task, −1 when none does */
export function runnerOf(index: i32): i32 {
  const state = load64(slab.slotAt(index) + SLOT_STATE);
  return statusOf(state) == RUNNING ? workerOf(state) : -1;
}

export function drain(most: i32): i32 {
  return completions.drainCompletions(most);
}

export function readKept(index: i32): void {
  completions.readKept(index);
}

/** Frees a kept slot that has ended. */
export function release(index: i32): void {
  slab.freeSlot(index);
}

/** The status of a slot that the caller submitted and did not release. */
export function statusAt(index: i32): i32 {
  return slab.statusAt(index);
}

/** Waits for a completion for so many sweeps. @returns 1 when there is one */
export function spinForCompletion(sweeps: i32): i32 {
  return completions.hasChain() || inbox.spinForCompletion(sweeps) ? 1 : 0;
}

/** What this thread has heard of them. */
let rings: i32 = 0;

/** @param bell ARMED_ALL or ARMED_URGENT. @returns 1 when the thread may sleep until its bell rings, 0 when completions are there */
export function arm(bell: i32): i32 {
  if (completions.hasChain() || !inbox.arm(bell)) return 0;
  // The host rings once when it closes, or when memory becomes short: whoever comes later looks for itself.
  const heard = load32(HOST_RINGS);
  if (heard == rings && load32(CLOSED) != CLOSED_YES) return 1;
  rings = heard;
  inbox.disarm();
  return 0;
}

export function disarm(): void {
  inbox.disarm();
}

// Workers

export function work(budgetUs: f32, nestedOnly: i32): i32 {
  return loop.work(budgetUs, nestedOnly != 0);
}

/** @returns 1 when work may be there */
export function spin(): i32 {
  return loop.spin() ? 1 : 0;
}

/** First step of parking in JavaScript. @returns 0: wait on the park word; AWAKE: do not */
export function announce(): i32 {
  return idle.announce();
}

export function resume(): i32 {
  return idle.resume();
}

/** Sleeps for alerts only. @returns 0: wait on the park word; AWAKE: do not */
export function doze(): i32 {
  return loop.doze();
}

export function endDoze(): void {
  idle.endDoze();
}

/** Worker that will take nothing new: a wake-up that was meant for it goes to another. */
export function endSearch(): void {
  idle.endSearch();
}

export function becomeIdle(state: i32): void {
  loop.becomeIdle(state);
}

export function runKernels(): void {
  loop.runKernels();
}

/** @returns 0 or LOST_RACE */
export function finish(index: i32, status: i32, tag: i32, value: f64, payload: usize, length: u32): i32 {
  return task.finishTask(index, status, tag, value, payload, length);
}

/** After a trap: what kernels of this worker had spawned and allocated as results is gone, what others have stolen has ended. */
export function abandon(): void {
  join.abandonAll();
}

/** Of `guard.run`: a spawned kernel, or a task on top of another. */
export function runFrame(frame: usize): void {
  join.runFrame(frame);
}

/** Of `guard.fail`: the kernel's error. @param block `length` bytes in this thread's hand */
export function failFrame(frame: usize, tag: i32, block: usize, length: u32): void {
  setError(frame, tag, block, length);
}

/** Whether a running task was asked to stop. */
export function isCancelRequested(index: i32): i32 {
  return slab.isCancelRequested(slab.slotAt(index)) ? 1 : 0;
}

/** Sets attention bits of a worker and wakes it. */
export function alert(worker: i32, bits: i32): void {
  idle.alert(worker, bits);
}

// The host, when other threads have ended

/** Before `recoverWorker`. @returns NOBODY; else to be called again: the worker that still runs a lost one's frame, or LOST_RACE */
export function forsake(worker: i32): i32 {
  return lost.forsake(worker);
}

/** @returns how many tasks failed with the worker */
export function recoverWorker(worker: i32): i32 {
  return recovery.recoverWorker(worker);
}

/** @returns how many tasks of the attached thread have not ended yet */
export function recoverAttached(submitter: i32): i32 {
  return recovery.recoverAttached(submitter);
}

/** Frees what has come for an attached thread that is gone. @returns how many of its tasks have not ended yet */
export function clearPlace(submitter: i32): i32 {
  return recovery.clearPlace(submitter);
}

/** After a trap in `runInline`: frees its input. */
export function dropInline(): void {
  task.dropInline();
}

/** Frees the payload of a record. @param record its address */
export function freeRecord(record: usize): void {
  completions.freeRecord(record);
}

/**
 * Runs a kernel on top of whatever this worker does, when no slot is free for a nested task. The result is record 0.
 *
 * @returns the record's status
 */
export function runInline(type: i32, tag: i32, value: f64, payload: usize, length: u32): i32 {
  const index = task.runInline(type, kernelOf(type), tag, value, payload, length);
  completions.readKept(index);
  return slab.statusAt(index);
}
