/**
 * Slab: 64-byte slots, the only source of truth about a task. A free slot belongs to the thread whose cache holds it;
 * a slot being filled to its submitter; a Queued one to nobody (claim and cancel race by CAS); a Running one to its
 * worker; a finished one to the thread that drains it. docs/protocols/slab.md
 */
import {
  ASKED_BY_HOST,
  ASKED_BY_SUBMITTER,
  ASKED_SHIFT,
  CONDEMNED,
  FAILED,
  FREE,
  NOBODY_ASKED,
  QUEUED,
  RUNNING,
  STALE,
} from '../../src/abi/codes';
import {
  LINK_BYTES,
  SLAB_FRESH,
  SLOT_BYTES,
  SLOT_CANCEL,
  SLOT_GRACE,
  SLOT_LINKS,
  SLOT_STATE,
  SUBMITTER_CUT,
  SUBMITTER_CUT_CLASS,
  SUBMITTER_CUT_NODES,
} from '../../src/abi/layout';
import { add32, cas32, cas64, load32, load64, loadOwned64, store32, storeOwned32, storeOwned64 } from '../sync/atomics';
import { SLAB_CLASS, flushCache, giveNode, takeNode } from './cache';
import { holdSlot } from './hand';
import { capacity, links, magazineSlots, self, slab, submitterBlock, submitters, workers } from './region';
import { cancelled, freed, generationOf, queued, running, statusOf, withStatus, workerOf } from './state';

const ID_INDEX_BITS: f64 = 1048576; // 2^20

export function slotAt(index: i32): usize {
  return slab + (index as usize) * SLOT_BYTES;
}

/** What lists of free slots are made of. */
export function nodeOf(index: i32): usize {
  return slotAt(index) + SLOT_LINKS;
}

export function slotOfNode(node: usize): i32 {
  return ((node - SLOT_LINKS - slab) / SLOT_BYTES) as i32;
}

/** Where the chain goes on that the slot is in: an inbox or a mailbox. */
export function linkAt(index: i32): usize {
  return links + (index as usize) * LINK_BYTES;
}

/** @returns the index of a slot that is now in the caller's hand, or −1 */
export function allocSlot(): i32 {
  const node = takeNode(SLAB_CLASS);
  if (node != 0) return slotOfNode(node);
  return takeFreshSlots();
}

/** A submitter with nothing in flight finds at least this one. @returns its index, or −1 while it is in use */
export function allocSpareSlot(): i32 {
  const index = capacity + workers + self;
  if (statusAt(index) != FREE) return -1;
  holdSlot(nodeOf(index));
  return index;
}

// Slots that were never used: a magazine of them at a time, so that small loads touch little memory.
function takeFreshSlots(): i32 {
  if (load32(SLAB_FRESH) >= capacity) return -1;
  const first = add32(SLAB_FRESH, magazineSlots);
  if (first >= capacity) {
    add32(SLAB_FRESH, -magazineSlots); // keeps the word from creeping towards a wrap
    return -1;
  }
  let end = first + magazineSlots;
  if (end > capacity) end = capacity;
  let rest = end - first - 1;
  storeOwned32(submitterBlock + SUBMITTER_CUT, nodeOf(first + 1) as i32);
  storeOwned32(submitterBlock + SUBMITTER_CUT_CLASS, SLAB_CLASS);
  storeOwned32(submitterBlock + SUBMITTER_CUT_NODES, rest);
  holdSlot(nodeOf(first));
  for (; rest > 0; storeOwned32(submitterBlock + SUBMITTER_CUT_NODES, --rest)) {
    giveNode(SLAB_CLASS, nodeOf(first + rest), magazineSlots);
  }
  return first;
}

/** The caller holds the slot: it finished, was cancelled, or never got published. */
export function freeSlot(index: i32): void {
  const slot = slotAt(index);
  holdSlot(nodeOf(index));
  // Nobody else writes: no transition starts from Done, Failed or Cancelled but this one. A racing reader of a stale id
  // sees either generation and refuses both.
  storeOwned64(slot + SLOT_STATE, freed(loadOwned64(slot + SLOT_STATE)));
  if (index < capacity) giveNode(SLAB_CLASS, nodeOf(index), magazineSlots);
  else holdSlot(0);
}

/** A thread that goes to sleep strands no slot. */
export function flushSlots(): void {
  flushCache(SLAB_CLASS);
}

/** Free → Queued; the slot is the caller's and is published by the queue's store. */
export function enterQueued(slot: usize): void {
  storeOwned32(slot + SLOT_CANCEL, 0);
  storeOwned64(slot + SLOT_STATE, queued(loadOwned64(slot + SLOT_STATE)));
}

/** Queued → Running. @returns false when the task was cancelled: then the slot is the caller's, to free */
export function claimSlot(slot: usize, worker: i32): bool {
  const state = load64(slot + SLOT_STATE);
  if (statusOf(state) != QUEUED) return false;
  return cas64(slot + SLOT_STATE, state, running(state, worker));
}

/** Running → Done or Failed. @returns false when the task was condemned meanwhile: the slot is no longer the caller's */
export function finishSlot(slot: usize, status: i32): bool {
  const state = load64(slot + SLOT_STATE);
  if (statusOf(state) != RUNNING) return false;
  return cas64(slot + SLOT_STATE, state, withStatus(state, status));
}

/** Running → Condemned: its worker will be ended. @returns that worker; −1 when the task has ended */
export function condemnSlot(index: i32): i32 {
  const state = load64(slotAt(index) + SLOT_STATE);
  return statusOf(state) == RUNNING && condemnSlotIn(index, state) ? workerOf(state) : -1;
}

/** The same, of the task that has this state, Running. @returns false when it has ended */
export function condemnSlotIn(index: i32, state: i64): bool {
  return cas64(slotAt(index) + SLOT_STATE, state, withStatus(state, CONDEMNED));
}

/** How many Condemned slots name the worker. */
export function condemnedOn(worker: i32): i32 {
  let count = 0;
  for (let index = 0; index < capacity + workers + submitters; ++index) {
    const state = load64(slotAt(index) + SLOT_STATE);
    if (statusOf(state) == CONDEMNED && workerOf(state) == worker) count += 1;
  }
  return count;
}

/** Of a lost worker: Running → Queued, to be run again. @returns false when it was condemned meanwhile */
export function requeueSlot(slot: usize): bool {
  const state = load64(slot + SLOT_STATE);
  return statusOf(state) == RUNNING && cas64(slot + SLOT_STATE, state, queued(state));
}

/** Of a lost worker: Running or Condemned → Failed. */
export function failSlot(slot: usize): void {
  while (true) {
    const state = load64(slot + SLOT_STATE); // a condemnation may come between
    if (cas64(slot + SLOT_STATE, state, withStatus(state, FAILED))) return;
  }
}

/** Queued → Cancelled. @returns false when it was claimed or had ended before. Whoever pops its entry frees the slot. */
export function cancelSlot(index: i32): bool {
  const slot = slotAt(index);
  const state = load64(slot + SLOT_STATE);
  return statusOf(state) == QUEUED && cas64(slot + SLOT_STATE, state, cancelled(state));
}

function cancelWord(state: i64, by: i32): i32 {
  return ((generationOf(state) << ASKED_SHIFT) as i32) | by;
}

/**
 * Submitter: asks a running task of its own to stop; pairs with the task's own look at `isCancelRequested`.
 *
 * @param endMs by the clock of all threads: the host ends its worker then if it goes on; 0 = never. Of no effect for the host's own
 */
export function requestCancel(index: i32, endMs: i32): void {
  const slot = slotAt(index);
  storeOwned32(slot + SLOT_GRACE, endMs);
  store32(slot + SLOT_CANCEL, cancelWord(load64(slot + SLOT_STATE), ASKED_BY_SUBMITTER));
}

/** Host: asks a task that may end meanwhile, and whose slot may be another's then. @param state of the task @returns false when somebody else asked */
export function askAsHost(slot: usize, state: i64): bool {
  const word = load32(slot + SLOT_CANCEL);
  return askerIn(word, state) == NOBODY_ASKED && cas32(slot + SLOT_CANCEL, word, cancelWord(state, ASKED_BY_HOST));
}

function askerIn(word: i32, state: i64): i32 {
  const by = word ^ cancelWord(state, 0);
  return by == ASKED_BY_SUBMITTER || by == ASKED_BY_HOST ? by : NOBODY_ASKED;
}

/** @returns ASKED_… of the task that has this state */
export function asker(slot: usize, state: i64): i32 {
  return askerIn(load32(slot + SLOT_CANCEL), state);
}

export function isCancelRequested(slot: usize): bool {
  return asker(slot, load64(slot + SLOT_STATE)) != NOBODY_ASKED;
}

/** generation · 2²⁰ + index: a safe integer. */
export function idOf(index: i32): f64 {
  return (generationOf(loadOwned64(slotAt(index) + SLOT_STATE)) as f64) * ID_INDEX_BITS + (index as f64);
}

/** @returns the status of the task that the generation and index name, or STALE */
export function statusOfId(index: i32, generation: u32): i32 {
  if (index < 0 || index >= capacity) return STALE;
  const state = load64(slotAt(index) + SLOT_STATE);
  const status = statusOf(state);
  return generationOf(state) == generation && status != 0 ? status : STALE;
}

export function statusAt(index: i32): i32 {
  return statusOf(load64(slotAt(index) + SLOT_STATE));
}
