/**
 * Statistics: counters and log-linear histograms in the worker's own block; plain stores by the owner, read by anyone at
 * any time, so a reader may see a sum a few tasks old. Buckets as in HdrHistogram: 16 an octave of nanoseconds.
 */
import { TIMING_ALL, TIMING_SAMPLED } from '../../src/abi/codes';
import {
  BUCKETS,
  HISTOGRAM_BYTES,
  SUBMITTER_QUEUED_CORRECTION,
  TYPE_BYTES,
  TYPE_MEAN_US,
  WORKER_BUSY_US,
  WORKER_EXECUTED,
  WORKER_FAILED,
  WORKER_HISTOGRAMS,
  WORKER_IN_HAND,
  WORKER_LEVELS,
  WORKER_QUEUED_CORRECTION,
  WORKER_STATE,
} from '../../src/abi/layout';
import { submitterBlock, timing, types, workerBlock } from '../memory/region';
import { loadHintF32, loadOwned32, loadOwnedF64, storeHintF32, storeOwned32, storeOwnedF64 } from '../sync/atomics';

const SAMPLE_MASK: i32 = 15;
/** Weight of a new run in the running mean. Guess. */
const MEAN_WEIGHT: f32 = 0.125;

let samples: i32 = 0;

/** Whether the next event is to be timed: every 16th when sampling. */
export function isSample(): bool {
  if (timing == TIMING_ALL) return true;
  samples += 1;
  return timing == TIMING_SAMPLED && (samples & SAMPLE_MASK) == 0;
}

function add(counter: usize, amount: f64): void {
  storeOwnedF64(workerBlock + counter, loadOwnedF64(workerBlock + counter) + amount);
}

export function countExecuted(level: i32, failed: bool): void {
  add(WORKER_EXECUTED, 1);
  add((WORKER_LEVELS as usize) + ((level as usize) << 3), 1);
  if (failed) add(WORKER_FAILED, 1);
}

export function count(counter: usize, amount: i32): void {
  add(counter, amount as f64);
}

// The tasks that are queued are the entries of all queues, but for cancelled ones and those in mailboxes.
function correct(corrections: usize, level: i32, by: i32): void {
  const correction = corrections + ((level as usize) << 2);
  storeOwned32(correction, loadOwned32(correction) + by); // wraps: only the sum over all blocks means anything
}

/** Submitter: +1 for a task it mailed, −1 for one it cancelled. */
export function correctQueued(level: i32, by: i32): void {
  correct(submitterBlock + SUBMITTER_QUEUED_CORRECTION, level, by);
}

/** Worker: −1 for a task it took out of its mailbox, +1 for a cancelled one it freed. */
export function correctTaken(level: i32, by: i32): void {
  correct(workerBlock + WORKER_QUEUED_CORRECTION, level, by);
}

/** +1 for a task it claimed, −1 for one it finished or lost. */
export function countInHand(by: i32): void {
  storeOwned32(workerBlock + WORKER_IN_HAND, loadOwned32(workerBlock + WORKER_IN_HAND) + by);
}

export function addBusy(us: f64): void {
  add(WORKER_BUSY_US, us);
}

export function setWorkerState(state: i32): void {
  storeOwned32(workerBlock + WORKER_STATE, state);
}

/** Index of the bucket of a duration: exact below 16 ns, then 16 buckets an octave, the last one is open. */
export function bucketOf(ns: u64): i32 {
  if (ns < 16) return ns as i32;
  const octave = 63 - (clz<u64>(ns) as i32);
  const bucket = ((octave - 3) << 4) + (((ns >>> ((octave - 4) as u64)) & 15) as i32);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

function record(histogram: i32, us: f64): void {
  const base = workerBlock + WORKER_HISTOGRAMS + (histogram as usize) * HISTOGRAM_BYTES;
  const bounded = us > 0 ? (us < 4e9 ? us : 4e9) : 0; // NaN and clock steps count as 0
  const bucket = base + ((bucketOf((bounded * 1000) as u64) as usize) << 2);
  storeOwned32(bucket, loadOwned32(bucket) + 1);
  const most = base + (BUCKETS << 2);
  if (bounded > loadOwnedF64(most)) storeOwnedF64(most, bounded);
}

export function recordWait(level: i32, us: f64): void {
  record(level << 1, us);
}

export function recordRun(level: i32, us: f64): void {
  record((level << 1) + 1, us);
}

/** Running mean of a kernel's time, shared by all workers; 0 when it never ran. */
export function meanOf(type: i32): f32 {
  return loadHintF32(types + (type as usize) * TYPE_BYTES + TYPE_MEAN_US);
}

export function updateMean(type: i32, us: f64): void {
  const mean = meanOf(type);
  const next = mean == 0 ? (us as f32) : mean + MEAN_WEIGHT * ((us as f32) - mean);
  storeHintF32(types + (type as usize) * TYPE_BYTES + TYPE_MEAN_US, next > 0.001 ? next : 0.001);
}
