/**
 * Submission queues: one per submitter and priority; together the "global queue". Owner: the submitting thread, which
 * never takes from it. Each is as long as the slab, and a Queued or Cancelled slot has exactly one entry in all queues,
 * so it is never full. docs/protocols/submission-queue.md
 */
import { LEVELS } from '../../src/abi/codes';
import { QUEUE_RING, SUBMITTER_STAGED, SUBMITTER_STAGED_LEVEL } from '../../src/abi/layout';
import { letGoTask } from '../memory/hand';
import { ringMask, self, submissionQueues, submitterBlock } from '../memory/region';
import { storeOwned32 } from '../sync/atomics';
import { ringLength, ringMove, ringPeek, ringPublish, ringStage, ringTake } from './ring';

export function submissionQueue(submitter: i32, level: i32): usize {
  const bytes = (QUEUE_RING as usize) + (((ringMask + 1) as usize) << 2);
  return submissionQueues + ((submitter * LEVELS + level) as usize) * bytes;
}

/** Owner: publishes the entry in its hand. */
export function putSubmission(level: i32, entry: i32): void {
  const queue = submissionQueue(self, level);
  ringStage(queue, ringMask, 0, entry);
  ringPublish(queue, 1);
  letGoTask();
}

/** Owner: writes the entry in its hand as the n-th beyond the published ones. */
export function stageSubmission(level: i32, n: i32, entry: i32): void {
  ringStage(submissionQueue(self, level), ringMask, n, entry);
  storeOwned32(submitterBlock + SUBMITTER_STAGED_LEVEL, level);
  storeOwned32(submitterBlock + SUBMITTER_STAGED, n + 1);
  letGoTask();
}

/** Owner: makes n staged entries visible. */
export function publishSubmissions(level: i32, n: i32): void {
  ringPublish(submissionQueue(self, level), n);
  storeOwned32(submitterBlock + SUBMITTER_STAGED, 0);
}

/** Worker: the oldest task, in its hand. @returns an entry, EMPTY or LOST_RACE */
export function takeSubmission(submitter: i32, level: i32): i32 {
  return ringTake(submissionQueue(submitter, level), ringMask);
}

/** Anyone: looks at the oldest task. @returns an entry or EMPTY */
export function peekSubmission(submitter: i32, level: i32): i32 {
  return ringPeek(submissionQueue(submitter, level), ringMask);
}

/** Worker: moves up to `most` tasks to its run queue, returns the oldest. @returns an entry, EMPTY or LOST_RACE */
export function moveSubmissions(submitter: i32, level: i32, into: usize, intoMask: i32, most: i32): i32 {
  return ringMove(submissionQueue(submitter, level), ringMask, into, intoMask, level, most, false);
}

export function submissionLength(submitter: i32, level: i32): i32 {
  return ringLength(submissionQueue(submitter, level));
}
