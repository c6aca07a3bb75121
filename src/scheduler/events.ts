import type { TallyError } from '../base/errors.ts';
import type { MemoryPressure } from '../client/pressure.ts';
import type { SubmitterEvents } from '../worker/submitter.ts';
import type { Degradation } from '../numa/alarms.ts';

/** How a scheduler ended: tasks submitted by the host since its start, by how they ended. */
export interface CloseReport {
  /** Returned. */
  readonly completed: number;
  /** Threw, rejected or trapped. */
  readonly failed: number;
  /** Aborted or ended by this close. */
  readonly cancelled: number;
  /** Ran into timeoutMs or startWithinMs. */
  readonly timedOut: number;
  /** Went with a worker that exited. */
  readonly lost: number;
  /** Whether tasks were ended instead of awaited. */
  readonly forced: boolean;
}

/** A worker exited by itself; what it ran rejects with ERR_WORKER_LOST. */
export interface WorkerLostEvent {
  /** Index of the worker. */
  readonly worker: number;
  /** Its NUMA node. */
  readonly node: number;
  /** Of the thread. */
  readonly exitCode: number;
  /** The uncaught error, if that was it. */
  readonly cause: unknown;
}

/** A worker keeps so much in its heap that it is replaced as soon as its tasks have ended; `workerStarted` follows then. */
export interface HeapPressure {
  /** What is short. */
  readonly resource: 'heap';
  /** What was left after a major collection. */
  readonly usage: number;
  /** From which on a worker is replaced. */
  readonly limit: number;
  /** Of `usage` and `limit`. */
  readonly unit: 'bytes';
  /** The worker is to be replaced. */
  readonly level: 'recycle';
  /** Index of the worker. */
  readonly worker: number;
}

/** A worker took the place of one that was lost or replaced. */
export interface WorkerStartedEvent {
  /** Index of the worker. */
  readonly worker: number;
  /** Its NUMA node. */
  readonly node: number;
  /** As in node:worker_threads. */
  readonly threadId: number;
}

/** A line that a node process has written. */
export interface LogEvent {
  /** The NUMA node of the process. */
  readonly node: number;
  /** Where it was written to. */
  readonly stream: 'stdout' | 'stderr';
  /** Without its end; in parts of 64 KiB if it is longer. */
  readonly line: string;
}

/** Events and their arguments. */
export interface SchedulerEvents extends SubmitterEvents {
  /** A worker was lost. */
  workerLost: [WorkerLostEvent];
  /** A worker that was lost, or whose heap had grown too large, was replaced. */
  workerStarted: [WorkerStartedEvent];
  /** Memory is short, or is not any more (docs/limits.md). */
  pressure: [MemoryPressure | HeapPressure];
  /** Something is worse than it may be, and was so twice in a row (docs/objectives.md, docs/numa.md). */
  degraded: [Degradation];
  /** That is over; `value` is what showed it. */
  recovered: [Degradation];
  /** A node process has written a line; without a listener it goes to the same stream of this process. Threads write there themselves. */
  log: [LogEvent];
  /** Nothing is queued or running any more. */
  drain: [];
  /** The scheduler has ended. */
  close: [CloseReport];
  /** The scheduler cannot go on: every further task rejects. */
  error: [TallyError];
}
