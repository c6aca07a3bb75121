import { WorkStealingError } from '../base/errors.ts';

/** The error of everything that comes after close. */
export function closedError(): WorkStealingError {
  return new WorkStealingError('ERR_CLOSED', 'expected an open engine, but close() was called: create another one');
}

/** The error when no slot is free and no more tasks may wait. */
export function queueFull(capacity: number, maxQueue: number): WorkStealingError {
  return new WorkStealingError(
    'ERR_QUEUE_FULL',
    `expected at most ${String(capacity)} tasks at once and ${String(maxQueue)} waiting: wait for some to end, or raise ` +
      'capacity or maxQueue',
    { capacity },
  );
}

/** The error when all slots are taken and the task may not wait: one of `submitTask`. */
export function slotsFull(capacity: number): WorkStealingError {
  return new WorkStealingError(
    'ERR_QUEUE_FULL',
    `expected at most ${String(capacity)} tasks at once, kept results among them: release or await some, or raise capacity`,
    { capacity },
  );
}

/** The error for a payload the pool has no room for. */
export function poolExhausted(bytes: number, limit: number): WorkStealingError {
  return new WorkStealingError(
    'ERR_RESOURCE_EXHAUSTED',
    `expected room for ${String(bytes)} bytes in the pool of ${String(limit)}, which is in use or fragmented: raise memory.poolBytes`,
    { resource: 'pool', usage: bytes, limit, unit: 'bytes' },
  );
}

/** The error of a task, or of a map, that was aborted. */
export function abortedError(by: string, reason?: unknown): WorkStealingError {
  return new WorkStealingError('ERR_TASK_ABORTED', `the task was aborted by ${by}`, {
    name: 'AbortError',
    cause: reason,
  });
}
