/**
 * Probe: the operations of single structures, for the model checker and the engine tests. A second entry of the model and
 * checked builds, never of the release build. Exports functions only; nothing in the engine imports it.
 */
import { EMPTY, PARK_PARKED } from '../src/abi/codes';
import { DEPOTS, LINK_COUNT, PAGE_BYTES, SLOT_LINKS, SLOT_META, SUBMITTER_ARMED, WORKER_PARK } from '../src/abi/layout';
import { setResultBytes } from './memory/frame';
import { depotPop, depotPush } from './memory/depot';
import { submitterOf } from './memory/meta';
import { givePages, takePages } from './memory/pages';
import { runMask, submitterBlock, worker, workerBlock } from './memory/region';
import * as slab from './memory/slab';
import { ringPublish, ringSpace, ringStage } from './queue/ring';
import { runQueue, stealHalf, takeOwn } from './queue/run-queue';
import { moveSubmissions, publishSubmissions, stageSubmission, takeSubmission } from './queue/submission';
import { load32, loadOwned32, storeOwned32, wait32 } from './sync/atomics';
import * as finder from './worker/find';
import * as idle from './worker/idle';
import { put, tell } from './worker/inbox';
import * as level from './worker/level';
import { doze } from './worker/loop';
import { takeMail } from './worker/mailbox';
import * as scan from './worker/scan';
import { claimEntry } from './worker/task';

export * from './probe-script';

// Submission queues

/** Owner: stages one entry and publishes it; no level bit, nobody woken. */
export function submissionPut(atLevel: i32, entry: i32): void {
  stageSubmission(atLevel, 0, entry);
  publishSubmissions(atLevel, 1);
}

export function submissionTake(submitter: i32, atLevel: i32): i32 {
  return takeSubmission(submitter, atLevel);
}

/** Moves a batch into the caller's run queue. */
export function submissionMove(submitter: i32, atLevel: i32, most: i32): i32 {
  return moveSubmissions(submitter, atLevel, runQueue(worker, atLevel), runMask, most);
}

// Run queues

/** Owner. @returns false when the ring is full */
export function runPut(atLevel: i32, entry: i32): bool {
  const ring = runQueue(worker, atLevel);
  if (ringSpace(ring, runMask) <= 0) return false;
  ringStage(ring, runMask, 0, entry);
  ringPublish(ring, 1);
  return true;
}

export function runTake(atLevel: i32): i32 {
  return takeOwn(atLevel);
}

export function runSteal(victim: i32, atLevel: i32): i32 {
  return stealHalf(victim, atLevel);
}

// Slab and depot

export function slotAlloc(): i32 {
  return slab.allocSlot();
}

export function slotQueue(index: i32): void {
  slab.enterQueued(slab.slotAt(index));
}

export function slotFree(index: i32): void {
  slab.freeSlot(index);
}

export function slotClaim(index: i32): bool {
  return slab.claimSlot(slab.slotAt(index), worker);
}

export function slotCancel(index: i32): bool {
  return slab.cancelSlot(index);
}

export function slotFinish(index: i32, status: i32): bool {
  return slab.finishSlot(slab.slotAt(index), status);
}

/** Pushes one slot as a magazine of its own. */
export function magazinePush(index: i32): void {
  const node = slab.slotAt(index) + SLOT_LINKS;
  storeOwned32(node, 0);
  storeOwned32(node + LINK_COUNT, 1);
  depotPush(DEPOTS, node);
}

/** @returns the first slot of a magazine, or EMPTY */
export function magazinePop(): i32 {
  const node = depotPop(DEPOTS);
  return node == 0 ? EMPTY : (((node - SLOT_LINKS - slab.slotAt(0)) >> 6) as i32);
}

/** What the holder of a popped magazine may write over its links. */
export function magazineScribble(index: i32, value: i32): void {
  const node = slab.slotAt(index) + SLOT_LINKS;
  for (let word = 0; word < 4; ++word) storeOwned32(node + ((word as usize) << 2), value);
}

// Pages

/** @returns the address of so many pages in a row, or 0 */
export function pagesTake(count: i32): usize {
  return takePages(count);
}

export function pagesGive(address: usize, count: i32): void {
  givePages(address, count);
}

/** What the holder of a block may write over its links. */
export function blockScribble(block: usize): void {
  for (let word = 0; word < 3; ++word) storeOwned32(block + ((word as usize) << 2), 0x7fff_fff0);
}

// Level word, find

export function levels(): i32 {
  return level.levels();
}

export function levelAnnounce(atLevel: i32): void {
  level.announceLevel(atLevel);
}

export function hasWork(): bool {
  return scan.hasWork();
}

export function findTask(): i32 {
  return finder.find(false);
}

export function findTaskLazily(): i32 {
  return finder.find(true);
}

export function findNestedTask(): i32 {
  return finder.findNested();
}

export function claimTask(entry: i32): bool {
  return claimEntry(entry);
}

export function mailTake(): i32 {
  return takeMail();
}

// Idle

export function searchBegin(): bool {
  return idle.beginSearch();
}

export function searchEnd(): void {
  idle.endSearch();
}

export function wakeOne(): void {
  idle.wakeOne();
}

export function park(): void {
  idle.park();
}

/** Dozes until an alert, as a worker whose places are all taken. @returns how often `doze` would not sleep before */
export function dozeWait(most: i32): i32 {
  for (let tries = 0; tries < most; ++tries) {
    if (doze() != 0) continue;
    const park = workerBlock + WORKER_PARK;
    while (load32(park) == PARK_PARKED) wait32(park, PARK_PARKED);
    idle.endDoze();
    return tries;
  }
  return most;
}

// Inbox

export function deliver(index: i32): void {
  const meta = loadOwned32(slab.slotAt(index) + SLOT_META);
  put(index, submitterOf(meta));
  tell(submitterOf(meta), meta);
}

/** The submitter's sleep, as Atomics.wait on the host. */
export function bellWait(bell: i32): void {
  wait32(submitterBlock + SUBMITTER_ARMED, bell);
}

// Kernels

/** A kernel whose result is half a page. */
export function halfPage(task: usize): void {
  setResultBytes(task, PAGE_BYTES / 2);
}
