/**
 * Run queues: one per worker and priority. The owner fills its own from submission queues and from other run queues and
 * takes FIFO; thieves take half of one with one CAS. Nothing overflows: an owner never takes a larger batch than fits.
 * docs/protocols/run-queue.md
 */
import { LEVELS } from '../../src/abi/codes';
import { QUEUE_RING } from '../../src/abi/layout';
import { runMask, runQueues, worker } from '../memory/region';
import { ringLength, ringMove, ringTake } from './ring';

export function runQueue(index: i32, level: i32): usize {
  const bytes = (QUEUE_RING as usize) + (((runMask + 1) as usize) << 2);
  return runQueues + ((index * LEVELS + level) as usize) * bytes;
}

/** Owner: the oldest entry, by the same CAS as a thief. @returns an entry, EMPTY or LOST_RACE */
export function takeOwn(level: i32): i32 {
  return ringTake(runQueue(worker, level), runMask);
}

/** Thief: moves half of the victim's entries to its own queue, returns the oldest. @returns an entry, EMPTY or LOST_RACE */
export function stealHalf(victim: i32, level: i32): i32 {
  return ringMove(runQueue(victim, level), runMask, runQueue(worker, level), runMask, level, runMask + 1, true);
}

export function runQueueLength(index: i32, level: i32): i32 {
  return ringLength(runQueue(index, level));
}
