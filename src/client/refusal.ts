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

/** The error for a payload that the pool could never hold. */
export function payloadTooLarge(size: number, limit: number): WorkStealingError {
  return new WorkStealingError(
    'ERR_PAYLOAD_TOO_LARGE',
    `expected a payload of at most ${String(limit)} bytes, got ${String(size)}: split it, or raise memory.poolBytes`,
    { size, limit },
  );
}

/** The error for memory of `engine.allocate()` that tasks from here cannot borrow. */
export function foreignMemory(): WorkStealingError {
  return new WorkStealingError(
    'ERR_NOT_SHAREABLE',
    'expected a SharedBuffer of this engine, used by the thread that allocated it, got one of another engine or thread: pass its bytes, ' +
      'which are copied',
    { path: 'input', kind: 'SharedBuffer' },
  );
}

/** The error of a task, or of a map, that was aborted. */
export function abortedError(by: string, reason?: unknown): WorkStealingError {
  return new WorkStealingError('ERR_TASK_ABORTED', `the task was aborted by ${by}`, {
    name: 'AbortError',
    cause: reason,
  });
}
