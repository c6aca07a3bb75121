/**
 * Stress: hot loops over single structures, called from several threads at once, so that races happen inside the module
 * and not between two calls of JavaScript. An entry of the checked build only. tests/stress/ draws up the scenarios.
 *
 * Every value that passes through a structure is tallied; one that comes twice, out of order, or not at all within the
 * patience is a violation. The caller provides a zeroed control block:
 *
 *   +0 gate   +128 values still to come   +256 violations   +384 last value of each sender (64)   +640 exchange (64)
 *   +1024 tally, an i32 a value or slot
 */
import { ARMED_ALL, EMPTY, META_SUBMITTER_SHIFT } from '../src/abi/codes';
import { FRAME_VALUE, SLOT_META, SUBMITTER_ARMED } from '../src/abi/layout';
import { submit } from './abi';
import { allocBlock, blockBytes, flushBlocks, freeBlock } from './memory/pool';
import { ringMask, runMask, self, submitterBlock, worker, workers } from './memory/region';
import { allocSlot, flushSlots, freeSlot, linkAt, slotAt } from './memory/slab';
import { ringPublish, ringSpace, ringStage } from './queue/ring';
import { runQueue, stealHalf, takeOwn } from './queue/run-queue';
import {
  moveSubmissions,
  publishSubmissions,
  stageSubmission,
  submissionQueue,
  takeSubmission,
} from './queue/submission';
import { add32, cas32, exchange32, load32, loadOwned32, loadOwnedF64, storeOwned32, wait32 } from './sync/atomics';
import { now } from './sync/clock';
import { drainCompletions } from './worker/drain';
import { arm, put, takeInbox, tell } from './worker/inbox';

const REMAINING: usize = 128;
const VIOLATIONS: usize = 256;
const LASTS: usize = 384;
const EXCHANGE: usize = 640;
const EXCHANGE_MASK: u32 = 63;
const TALLY: usize = 1024;
const PATIENCE_US: f64 = 10_000_000;
const LEVEL: i32 = 2;

let control: usize = 0;
let random: u32 = 1;
let deadline: f64 = 0;
let checks: i32 = 0;

/** First call of a round, on every thread: waits until all have come. */
export function stressMeet(block: usize, parties: i32, seed: u32): void {
  control = block;
  random = seed == 0 ? 1 : seed;
  deadline = now() + PATIENCE_US;
  add32(control, 1);
  while (load32(control) < parties && !isLate()) continue;
}

export function nextRandom(): u32 {
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  return random;
}

function violate(): void {
  add32(control + VIOLATIONS, 1);
}

// Something was lost: better a failure than a hang.
export function isLate(): bool {
  checks += 1;
  if ((checks & 4095) != 0 || now() < deadline) return false;
  violate();
  return true;
}

export function isOver(): bool {
  return load32(control + REMAINING) <= 0 || isLate();
}

function tallyOf(value: i32): usize {
  return control + TALLY + ((value as usize) << 2);
}

export function see(value: i32): void {
  if (add32(tallyOf(value), 1) != 0) violate();
  add32(control + REMAINING, -1);
}

/** As `see`, for who must see values in order. @returns the value */
function seeAfter(last: i32, value: i32): i32 {
  if (value <= last) violate();
  see(value);
  return value;
}

// Submission queue

/** Owner: values first … first + count − 1, in batches of any length that fits. */
export function stressSubmit(first: i32, count: i32): void {
  const queue = submissionQueue(self, LEVEL);
  const end = first + count;
  let next = first;
  while (next < end && !isLate()) {
    const n = min(min(1 + ((nextRandom() & 7) as i32), end - next), ringSpace(queue, ringMask));
    for (let i = 0; i < n; ++i) stageSubmission(LEVEL, i, next + i);
    if (n > 0) publishSubmissions(LEVEL, n);
    next += n;
  }
}

/** Anyone: one at a time; of one producer's values each taker sees a rising sequence. @returns how many */
export function stressTake(submitter: i32): i32 {
  let taken = 0;
  let last = -1;
  while (!isOver()) {
    const value = takeSubmission(submitter, LEVEL);
    if (value < 0) continue;
    last = seeAfter(last, value);
    taken += 1;
  }
  return taken;
}

/** Worker: in batches through its own run queue. @returns how many */
export function stressMove(submitter: i32): i32 {
  let taken = 0;
  let last = -1;
  while (!isOver()) {
    const most = 1 + ((nextRandom() & 31) as i32);
    let value = moveSubmissions(submitter, LEVEL, runQueue(worker, LEVEL), runMask, most);
    while (value >= 0) {
      last = seeAfter(last, value);
      taken += 1;
      value = takeOwn(LEVEL);
    }
  }
  return taken;
}

// Run queue

/** Owner: puts values into its own queue and takes some of them back. @returns how many it took */
export function stressOwn(first: i32, count: i32): i32 {
  const queue = runQueue(worker, LEVEL);
  const end = first + count;
  let next = first;
  let taken = 0;
  let last = -1;
  while (!isOver()) {
    const n = min(min((nextRandom() & 15) as i32, end - next), ringSpace(queue, runMask));
    for (let i = 0; i < n; ++i) ringStage(queue, runMask, i, next + i);
    if (n > 0) ringPublish(queue, n);
    next += n;
    const value = takeOwn(LEVEL);
    if (value < 0) continue;
    last = seeAfter(last, value);
    taken += 1;
  }
  return taken;
}

/** Thief: takes half of any other worker's, other thieves' included. @returns how many */
export function stressSteal(): i32 {
  let taken = 0;
  while (!isOver()) {
    const victim = (nextRandom() % (workers as u32)) as i32;
    if (victim == worker) continue;
    let value = stealHalf(victim, LEVEL);
    while (value != EMPTY) {
      if (value >= 0) {
        see(value);
        taken += 1;
      }
      value = takeOwn(LEVEL); // LOST_RACE: another thief was here
    }
  }
  return taken;
}

// Inbox

/**
 * Worker: completes slots first … first + count − 1 of a submitter. Of each `unseen` deliveries it leaves all but one
 * unseen; that one must have rung if the submitter sleeps.
 */
export function stressDeliver(first: i32, count: i32, submitter: i32, unseen: i32): void {
  for (let index = first; index < first + count; ++index) {
    const meta = submitter << META_SUBMITTER_SHIFT;
    storeOwned32(slotAt(index) + SLOT_META, meta);
    put(index, submitter);
    tell(submitter, meta);
    if (nextRandom() % (unseen as u32) != 0) continue;
    while (load32(tallyOf(index)) == 0 && !isLate()) continue;
    for (let pause = nextRandom() & 127; pause > 0; --pause) load32(control); // meets the submitter anywhere in its loop
  }
}

/** Submitter: takes completions, sleeping in between; those of a sender come in its order. */
export function stressReceive(slotsOfSender: i32): void {
  while (!isOver()) {
    let chain = takeInbox();
    if (chain == 0 && arm(ARMED_ALL)) wait32(submitterBlock + SUBMITTER_ARMED, 1);
    while (chain != 0) {
      const index = chain - 1;
      chain = loadOwned32(linkAt(index));
      const last = control + LASTS + (((index / slotsOfSender) as usize) << 2);
      if (loadOwned32(last) > index) violate();
      storeOwned32(last, index);
      see(index);
    }
  }
}

// Slab

function freeOwned(index: i32): void {
  if (!cas32(tallyOf(index), 1, 0)) violate();
  freeSlot(index);
}

/**
 * Allocates, frees, and swaps slots with other threads through the exchange.
 *
 * @param list room for `hold` i32
 * @returns how often there was no slot
 */
export function stressSlots(rounds: i32, list: usize, hold: i32): i32 {
  let held = 0;
  let exhausted = 0;
  for (let round = 0; round < rounds; ++round) {
    const choice = nextRandom();
    if ((choice & 3) == 0 && held > 0) {
      const place = list + (((held - 1) as usize) << 2);
      const swapped = exchange32(
        control + EXCHANGE + ((((choice >>> 8) & EXCHANGE_MASK) as usize) << 2),
        loadOwned32(place) + 1,
      );
      if (swapped == 0) held -= 1;
      else storeOwned32(place, swapped - 1);
    } else if (held < hold && (choice & 4) != 0) {
      const index = allocSlot();
      if (index < 0) exhausted += 1;
      else if (!cas32(tallyOf(index), 0, 1)) violate();
      else storeOwned32(list + ((held++ as usize) << 2), index);
    } else if (held > 0) {
      freeOwned(loadOwned32(list + ((--held as usize) << 2)));
    }
  }
  while (held > 0) freeOwned(loadOwned32(list + ((--held as usize) << 2)));
  return exhausted;
}

/** One thread, after the others: takes out of the exchange what they left, then counts the free slots. */
export function stressCountSlots(): i32 {
  for (let place: usize = 0; place <= (EXCHANGE_MASK as usize); ++place) {
    const left = exchange32(control + EXCHANGE + (place << 2), 0);
    if (left != 0) freeOwned(left - 1);
  }
  let count = 0;
  while (true) {
    const index = allocSlot();
    if (index < 0) return count;
    if (!cas32(tallyOf(index), 0, 1)) violate();
    count += 1;
  }
}

// Pool: the first word of a block holds the payload's length, the last one and the second one a cookie.

function sign(block: usize, bytes: u32): void {
  storeOwned32(block, bytes as i32);
  storeOwned32(block + 4, block as i32);
  storeOwned32(block + blockBytes(bytes) - 4, ~(block as i32));
}

function freeSigned(block: usize): void {
  const bytes = loadOwned32(block) as u32;
  const last = block + blockBytes(bytes) - 4;
  if (loadOwned32(block + 4) != (block as i32) || loadOwned32(last) != ~(block as i32)) return violate();
  storeOwned32(block + 4, 0);
  storeOwned32(last, 0);
  freeBlock(block, bytes);
}

/** As `stressSlots`, with blocks of all sizes up to four pages. @returns how often the pool was exhausted */
export function stressBlocks(rounds: i32, list: usize, hold: i32): i32 {
  let held = 0;
  let exhausted = 0;
  for (let round = 0; round < rounds; ++round) {
    const choice = nextRandom();
    if ((choice & 3) == 0 && held > 0) {
      const place = list + (((held - 1) as usize) << 2);
      const swapped = exchange32(
        control + EXCHANGE + ((((choice >>> 8) & EXCHANGE_MASK) as usize) << 2),
        loadOwned32(place),
      );
      if (swapped == 0) held -= 1;
      else storeOwned32(place, swapped);
    } else if (held < hold && (choice & 4) != 0) {
      const bytes = 1 + (nextRandom() & (((1 << (choice >>> 28)) << 3) - 1));
      const block = allocBlock(bytes);
      if (block == 0) {
        exhausted += 1;
      } else {
        sign(block, bytes);
        storeOwned32(list + ((held++ as usize) << 2), block as i32);
      }
    } else if (held > 0) {
      freeSigned(loadOwned32(list + ((--held as usize) << 2)) as usize);
    }
  }
  while (held > 0) freeSigned(loadOwned32(list + ((--held as usize) << 2)) as usize);
  return exhausted;
}

/** One thread, after the others: frees what they left in the exchange. */
export function stressEmptyExchange(): void {
  for (let place: usize = 0; place <= (EXCHANGE_MASK as usize); ++place) {
    const left = exchange32(control + EXCHANGE + (place << 2), 0);
    if (left != 0) freeSigned(left as usize);
  }
}

export function stressFlush(): void {
  flushSlots();
  flushBlocks();
}

// Waking

function tallied(task: usize): void {
  see(loadOwnedF64(task + FRAME_VALUE) as i32);
}

/** Table index of the kernel that `stressWake` submits. */
export function stressKernel(): i32 {
  return tallied.index;
}

/** Submits values first … first + count − 1 in bursts; each burst must have run before the next, however sleepy workers are. */
export function stressWake(type: i32, first: i32, count: i32, burst: i32): void {
  let next = first;
  while (next < first + count && !isLate()) {
    const target = load32(control + REMAINING) - burst;
    for (let n = 0; n < burst; ++n) {
      if (submit(type, LEVEL, 0, 0, (next + n) as f64, 0, 0) < 0) violate();
    }
    next += burst;
    while (load32(control + REMAINING) > target && !isLate()) continue;
    for (let pause = nextRandom() & 1023; pause > 0; --pause) load32(control);
    while (drainCompletions(1024) > 0) continue;
  }
  while (drainCompletions(1024) > 0) continue;
}
