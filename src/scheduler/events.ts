import type { TallyError } from '../base/errors.ts';

/** How a scheduler ended: tasks submitted by the host since its start, by how they ended. */
export interface CloseReport {
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly timedOut: number;
  readonly lost: number;
  /** Whether tasks were ended instead of awaited. */
  readonly forced: boolean;
}

/** Events and their arguments. */
export interface SchedulerEvents {
  /** A posted task failed, or was refused. */
  taskError: [{ readonly task: string; readonly error: unknown }];
  /** A worker exited by itself; what it ran rejects with ERR_WORKER_LOST. */
  workerLost: [{ readonly worker: number; readonly node: number; readonly exitCode: number; readonly cause: unknown }];
  /** A worker took the place of a lost one. */
  workerStarted: [{ readonly worker: number; readonly node: number; readonly threadId: number }];
  /** Nothing is queued or running any more. */
  drain: [];
  close: [CloseReport];
  /** The scheduler cannot go on: every further task rejects. */
  error: [TallyError];
}
