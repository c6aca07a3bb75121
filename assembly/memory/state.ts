/**
 * The state word of a slot: generation (32) | worker (24) | status (8), one i64. Every transition that races is one CAS
 * of the whole word; nobody else shifts its bits. docs/protocols/slab.md
 */
import { CANCELLED, FREE, QUEUED, RUNNING } from '../../src/abi/codes';

const STATUS_MASK: i64 = 0xff;
const WORKER_SHIFT: i64 = 8;
const WORKER_MASK: i64 = 0xff_ffff;
const GENERATION_SHIFT: i64 = 32;
const LOW_HALF: i64 = 0xffff_ffff;
const ONE_GENERATION: i64 = 0x1_0000_0000;

export function statusOf(state: i64): i32 {
  return (state & STATUS_MASK) as i32;
}

export function workerOf(state: i64): i32 {
  return ((state >> WORKER_SHIFT) & WORKER_MASK) as i32;
}

export function generationOf(state: i64): u32 {
  return ((state >>> GENERATION_SHIFT) & LOW_HALF) as u32;
}

export function withStatus(state: i64, status: i32): i64 {
  return (state & ~STATUS_MASK) | (status as i64);
}

/** Free → Queued. */
export function queued(state: i64): i64 {
  return (state & ~LOW_HALF) | (QUEUED as i64);
}

/** Queued → Running on `worker`. */
export function running(state: i64, worker: i32): i64 {
  return (state & ~LOW_HALF) | ((worker as i64) << WORKER_SHIFT) | (RUNNING as i64);
}

/** Queued → Cancelled. */
export function cancelled(state: i64): i64 {
  return withStatus(state, CANCELLED);
}

/** Any end → Free, in the next generation: ids of this one are stale from here on. */
export function freed(state: i64): i64 {
  return ((state & ~LOW_HALF) + ONE_GENERATION) | (FREE as i64);
}
