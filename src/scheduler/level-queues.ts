import { LEVELS } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import type { SharedViews } from '../wasm/memory.ts';

/** Whose queues there are. */
export interface QueueOwners {
  readonly views: SharedViews;
  readonly workers: number;
  readonly submitters: number;
}

/** Tasks of a priority that are in shared memory and have not started, all submitters together. */
export function queuedAt(owners: QueueOwners, level: number): number {
  const { u32, i32 } = owners.views;
  const ringBytes = layout.QUEUE_RING + ((u32[layout.HEADER_RING_MASK >> 2] ?? 0) + 1) * 4;
  const runBytes = layout.QUEUE_RING + ((u32[layout.HEADER_RUN_MASK >> 2] ?? 0) + 1) * 4;
  let queued = 0;
  let correction = 0;
  for (let submitter = 0; submitter < owners.submitters; ++submitter) {
    const queues = u32[layout.HEADER_SUBMISSION >> 2] ?? 0;
    queued += lengthOf(owners, queues + (submitter * LEVELS + level) * ringBytes);
    correction += i32[(submitterBlockOf(owners, submitter) + layout.SUBMITTER_QUEUED_CORRECTION) / 4 + level] ?? 0;
  }
  for (let worker = 0; worker < owners.workers; ++worker) {
    const queues = u32[layout.HEADER_RUN_QUEUES >> 2] ?? 0;
    queued += lengthOf(owners, queues + (worker * LEVELS + level) * runBytes);
    correction += i32[(workerBlockOf(owners, worker) + layout.WORKER_QUEUED_CORRECTION) / 4 + level] ?? 0;
  }
  return Math.max(0, queued + (correction | 0));
}

/** Tasks of a priority that have ever come into shared memory, all submitters together. */
export function submittedAt(owners: QueueOwners, level: number): number {
  let submitted = 0;
  for (let submitter = 0; submitter < owners.submitters; ++submitter) {
    const counter = submitterBlockOf(owners, submitter) + layout.SUBMITTER_SUBMITTED + level * 8;
    submitted += owners.views.f64[counter / 8] ?? 0;
  }
  return submitted;
}

/** Address of a worker's block. */
export function workerBlockOf({ views }: Pick<QueueOwners, 'views'>, worker: number): number {
  return (views.u32[layout.HEADER_WORKER_BLOCKS >> 2] ?? 0) + worker * layout.WORKER_BYTES;
}

/** Address of a submitter's block. */
export function submitterBlockOf({ views }: Pick<QueueOwners, 'views'>, submitter: number): number {
  return (views.u32[layout.HEADER_SUBMITTER_BLOCKS >> 2] ?? 0) + submitter * layout.SUBMITTER_BYTES;
}

// The low halves of the i64 indices: their difference is exact as long as fewer than 2^31 tasks are queued.
function lengthOf({ views }: QueueOwners, queue: number): number {
  const top = views.i32[(queue + layout.QUEUE_TOP) >>> 2] ?? 0;
  const bottom = views.i32[(queue + layout.QUEUE_BOTTOM) >>> 2] ?? 0;
  return Math.max(0, (bottom - top) | 0);
}
