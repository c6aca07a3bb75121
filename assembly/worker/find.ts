/**
 * Find: the most urgent task that exists anywhere in the scheduler. Within a level local ▸ global ▸ steal ▸ spawned kernels; a level is left
 * only when all its queues are empty. Every `starvationInterval`-th pick begins at a lower level. docs/protocols/find.md
 */
import { EMPTY, FRAME, HIGH, LEVELS, LOST_RACE } from '../../src/abi/codes';
import {
  SLOT_TYPE,
  SUBMITTERS_IN_USE,
  TYPE_BYTES,
  TYPE_KERNEL,
  WORKER_BATCHES,
  WORKER_PICKS,
  WORKER_STEALS_LOST,
  WORKER_STOLEN,
} from '../../src/abi/layout';
import { stealAny } from './join';
import { ringMask, runMask, seed, starvationInterval, types, worker, workerBlock, workers } from '../memory/region';
import { slotAt } from '../memory/slab';
import { ringPeek, ringTakePeeked } from '../queue/ring';
import { runQueue, runQueueLength, stealHalf, takeOwn } from '../queue/run-queue';
import {
  moveSubmissions,
  peekSubmission,
  submissionLength,
  submissionQueue,
  takeSubmission,
} from '../queue/submission';
import { load32, loadOwned32, loadRacy32, storeOwned32 } from '../sync/atomics';
import { wakeOne } from './idle';
import { announceLevel, clearLevel, levels } from './level';
import { levelHasWork } from './scan';
import { count, meanOf } from './stats';

/** A batch of kernels is at most this much work by the running mean; `uneven` and `critical-latency` guard it. */
const BATCH_US: f32 = 100;
const BATCH_MOST: i32 = 32;

/** What FRAME is about. */
export let stolenFrame: usize = 0;
export let stolenLevel: i32 = 0;

let nextSubmitter: i32 = 0;
let random: u32 = 0;

/** Table index of a type's kernel, −1 for a handler. Written before this thread attached: plain read. */
export function kernelOf(type: i32): i32 {
  return loadOwned32(types + (type as usize) * TYPE_BYTES + TYPE_KERNEL);
}

// How many tasks to take at once when the oldest is `entry`: 1 for handlers and for kernels never timed.
function batchFor(entry: i32): i32 {
  const type = loadRacy32(slotAt(entry) + SLOT_TYPE);
  if (kernelOf(type) < 0) return 1;
  const mean = meanOf(type);
  if (mean <= 0 || mean >= BATCH_US) return 1;
  const most = (BATCH_US / mean) as i32;
  return most < 1 ? 1 : most < BATCH_MOST ? most : BATCH_MOST;
}

function takeFrom(submitter: i32, level: i32): i32 {
  const oldest = peekSubmission(submitter, level);
  if (oldest < 0) return oldest;
  let most = batchFor(oldest);
  if (most > 1) {
    const share = submissionLength(submitter, level) / workers + 1; // leave the others theirs
    if (most > share) most = share;
  }
  if (most == 1) return takeSubmission(submitter, level);
  const entry = moveSubmissions(submitter, level, runQueue(worker, level), runMask, most);
  if (entry >= 0) {
    announceLevel(level); // the rest is published again, in our run queue
    wakeOne(); // who scanned all queues while the batch was in hand sleeps now
    count(WORKER_BATCHES, 1);
  }
  return entry;
}

// Submitters in turn: the next pick begins behind the one that gave.
function takeGlobal(level: i32): i32 {
  const submitters = load32(SUBMITTERS_IN_USE);
  let result = EMPTY;
  for (let i = 0; i < submitters; ++i) {
    let submitter = nextSubmitter + i;
    if (submitter >= submitters) submitter -= submitters;
    const entry = takeFrom(submitter, level);
    if (entry >= 0) {
      nextSubmitter = submitter + 1 < submitters ? submitter + 1 : 0;
      return entry;
    }
    if (entry == LOST_RACE) result = LOST_RACE;
  }
  return result;
}

/** Where a worker's random numbers begin: never at 0, where xorshift would stay. */
export function firstRandom(index: i32, mixedIn: u32): u32 {
  const first = (((index + 1) as u32) * 0x9e37_79b9) ^ mixedIn;
  return first == 0 ? 1 : first;
}

// xorshift32 (Marsaglia 2003): thieves begin at random victims.
function nextRandom(): u32 {
  if (random == 0) random = firstRandom(worker, seed);
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  return random;
}

function steal(level: i32): i32 {
  if (workers == 1) return EMPTY;
  let victim = (nextRandom() % (workers as u32)) as i32;
  let result = EMPTY;
  for (let i = 0; i < workers; ++i) {
    if (victim != worker && runQueueLength(victim, level) > 0) {
      const entry = stealHalf(victim, level);
      if (entry >= 0) {
        announceLevel(level); // a steal publishes the rest in our queue
        wakeOne(); // as for a batch
        count(WORKER_STOLEN, 1);
        return entry;
      }
      count(WORKER_STEALS_LOST, 1);
      if (entry == LOST_RACE) result = LOST_RACE;
    }
    victim = victim + 1 < workers ? victim + 1 : 0;
  }
  return result;
}

// @returns FRAME, EMPTY or LOST_RACE
function takeFrame(level: i32): i32 {
  if (workers == 1) return EMPTY;
  const frame = stealAny(level);
  if (frame == EMPTY || frame == LOST_RACE) return frame;
  stolenFrame = frame as usize;
  stolenLevel = level;
  return FRAME;
}

function scanLevel(level: i32): i32 {
  const own = takeOwn(level);
  if (own >= 0) return own;
  const global = takeGlobal(level);
  if (global >= 0) return global;
  const stolen = steal(level);
  if (stolen >= 0) return stolen;
  // Last: more tasks at once are worth more than one task sooner.
  const frame = takeFrame(level);
  if (frame == FRAME) return FRAME;
  return own == EMPTY && global == EMPTY && stolen == EMPTY ? frame : LOST_RACE;
}

function findAt(level: i32, lazily: bool): i32 {
  if ((levels() & (1 << level)) == 0) return EMPTY;
  const entry = scanLevel(level);
  if (entry != EMPTY || (lazily && level > HIGH)) return entry;
  clearLevel(level);
  if (!levelHasWork(level)) return EMPTY;
  announceLevel(level); // before the take: a publisher that saw the bit set relies on it
  return scanLevel(level);
}

/**
 * Worker.
 *
 * @param lazily leaves the bits of Normal and Low set over empty queues: this worker looks again in a moment
 * @returns an entry (a slot index, popped but not claimed), FRAME (a stolen one, `stolenFrame`), EMPTY, or LOST_RACE: call again
 */
export function find(lazily: bool): i32 {
  const pick = (loadOwned32(workerBlock + WORKER_PICKS) + 1) & 0x7fff_ffff;
  storeOwned32(workerBlock + WORKER_PICKS, pick); // our own counter
  if (starvationInterval > 0 && pick % starvationInterval == 0) {
    const begin = LEVELS - 1 - ((pick / starvationInterval) % (LEVELS - 1));
    const entry = findAt(begin, lazily);
    if (entry != EMPTY) return entry;
  }
  for (let level = 0; level < LEVELS; ++level) {
    const entry = findAt(level, lazily);
    if (entry != EMPTY) return entry; // a lost race leaves the level no more than an entry does: it may have others
  }
  return EMPTY;
}

// What was peeked at is a kernel for certain if the take succeeds: nobody has popped it since.
function takeKernel(ring: usize, mask: i32): i32 {
  const entry = ringPeek(ring, mask);
  if (entry < 0) return EMPTY;
  if (kernelOf(loadRacy32(slotAt(entry) + SLOT_TYPE)) < 0) return EMPTY;
  return ringTakePeeked(ring, entry);
}

function kernelAt(level: i32): i32 {
  let result = EMPTY;
  for (let i = 0; i < workers; ++i) {
    const owner = worker + i < workers ? worker + i : worker + i - workers; // our own first
    const entry = takeKernel(runQueue(owner, level), runMask);
    if (entry >= 0) return entry;
    if (entry == LOST_RACE) result = LOST_RACE;
  }
  const submitters = load32(SUBMITTERS_IN_USE);
  for (let submitter = 0; submitter < submitters; ++submitter) {
    const entry = takeKernel(submissionQueue(submitter, level), ringMask);
    if (entry >= 0) return entry;
    if (entry == LOST_RACE) result = LOST_RACE;
  }
  const frame = takeFrame(level);
  return frame == EMPTY ? result : frame;
}

/**
 * Worker, inside of a kernel: the most urgent kernel above a level, if it is the oldest of its queue.
 *
 * @returns an entry, FRAME, EMPTY, or LOST_RACE: call again
 */
export function findUrgent(below: i32): i32 {
  const busy = levels();
  for (let level = 0; level < below; ++level) {
    if ((busy & (1 << level)) == 0) continue;
    const entry = kernelAt(level);
    if (entry != EMPTY) return entry;
  }
  return EMPTY;
}

/** Worker whose places are taken but lent: the oldest nested task, from workers' submission queues only. */
export function findNested(): i32 {
  let result = EMPTY;
  for (let level = 0; level < LEVELS; ++level) {
    for (let i = 0; i < workers; ++i) {
      let submitter = worker + i; // our own first
      if (submitter >= workers) submitter -= workers;
      const entry = takeSubmission(submitter + 1, level);
      if (entry >= 0) return entry;
      if (entry == LOST_RACE) result = LOST_RACE;
    }
  }
  return result;
}
