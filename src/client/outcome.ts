import {
  FAULT_FRAMES,
  FAULT_JOIN,
  FAULT_LOST,
  FAULT_STOPPED,
  FAULT_TRAP,
  TAG_ENGINE_ERROR,
  TAG_KERNEL_BYTES,
  TAG_KERNEL_CODE,
  TAG_KERNEL_FAULT,
  TAG_KERNEL_TRAP,
  TAG_POOL_EXHAUSTED,
  TAG_SHARED,
} from '../abi/codes.ts';
import { TallyError, type TallyErrorCode, type TallyErrorDetails, WorkStealingError } from '../base/errors.ts';
import { decode } from '../codec/decode.ts';
import { Tag } from '../codec/tags.ts';
import { trapOf } from '../wasm/guard.ts';
import type { Settler } from './pending.ts';
import type { TaskType } from './task-type.ts';

const FAULTS: Readonly<Record<number, string>> = {
  [FAULT_FRAMES]:
    'expected at most 2,048 spawned kernels of one worker at a time that are not joined: join earlier, recurse less deep, or use parallelFor',
  [FAULT_JOIN]: 'expected join to get a handle that this kernel got from spawn and has not joined yet',
  [FAULT_LOST]: 'the worker that ran a kernel which this task had spawned was lost',
  [FAULT_TRAP]: 'a kernel that this task had spawned trapped',
  [FAULT_STOPPED]: 'the task was asked to stop before all kernels that it had spawned had begun',
};

/** The value a task was given; memory that it borrows as it is, to be used as long as it runs. */
export function decodeInput(tag: number, value: number, buffer: Buffer, offset: number, length: number): unknown {
  return tag === TAG_SHARED
    ? new Uint8Array(buffer.buffer, buffer.byteOffset + offset, value)
    : decodeResult(tag, value, buffer, offset, length);
}

/** The value a task returned. */
export function decodeResult(tag: number, value: number, buffer: Buffer, offset: number, length: number): unknown {
  return decode(tag === TAG_KERNEL_BYTES ? Tag.Uint8Array : tag, value, buffer, offset, length);
}

/** Settles with how a task ended; with why its result cannot be decoded, if it cannot. @param poolBytes of the pool that its result had to fit into */
export function settleOutcome(
  task: TaskType,
  settler: Settler,
  done: boolean,
  tag: number,
  value: number,
  buffer: Buffer,
  offset: number,
  length: number,
  poolBytes: number,
): void {
  try {
    if (done) settler.resolve(decodeResult(tag, value, buffer, offset, length));
    else settler.reject(decodeFailure(task, tag, value, buffer, offset, length, poolBytes));
  } catch (error) {
    settler.reject(error);
  }
}

/** The error of a task that failed. @param poolBytes of the pool that its result had to fit into */
export function decodeFailure(
  task: TaskType,
  tag: number,
  value: number,
  buffer: Buffer,
  offset: number,
  length: number,
  poolBytes: number,
): TallyError {
  switch (tag) {
    case TAG_KERNEL_CODE: {
      const cause = Object.assign(new Error(`kernel failed with code ${String(value)}`), { code: value });
      return taskFailed(task, cause, { code: value });
    }
    case TAG_POOL_EXHAUSTED:
      return new WorkStealingError(
        'ERR_RESOURCE_EXHAUSTED',
        `expected room for the ${String(value)} bytes that task ${JSON.stringify(task.name)} returned in the pool of ` +
          `${String(poolBytes)}, which is in use or fragmented: raise memory.poolBytes`,
        { resource: 'pool', usage: value, limit: poolBytes, unit: 'bytes', task: task.name },
      );
    case TAG_ENGINE_ERROR:
      return engineError(decode(Tag.Error, 0, buffer, offset, length));
    case TAG_KERNEL_FAULT:
      return taskFailed(task, new Error(FAULTS[value] ?? `kernel fault ${String(value)}`));
    case TAG_KERNEL_TRAP:
      return taskFailed(task, trapOf(buffer.toString('utf8', offset, offset + length)));
    default:
      return taskFailed(task, decode(Tag.Error, 0, buffer, offset, length));
  }
}

/** ERR_WORKER_LOST of a task that is not run again. @param cause why the worker exited, where it is known */
export function workerLost(task: TaskType, worker: number, attempts: number, cause?: unknown): WorkStealingError {
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  return new WorkStealingError(
    'ERR_WORKER_LOST',
    `task ${JSON.stringify(task.name)} was lost with worker ${String(worker)}, which exited while it ran${why}${wayOutOfLoss(attempts)}`,
    { worker, attempts, ...(cause === undefined ? {} : { cause }) },
  );
}

/** The end of the message of a task that was lost and is not run again. */
export function wayOutOfLoss(attempts: number): string {
  return attempts === 1
    ? ': set retry if it may run more than once'
    : `, the last of ${String(attempts)} attempts: raise retry if it may run more often`;
}

/** ERR_TASK_TIMEOUT. */
export function timeoutError(task: TaskType, timeoutMs: number): WorkStealingError {
  return new WorkStealingError(
    'ERR_TASK_TIMEOUT',
    `expected task ${JSON.stringify(task.name)} to end within ${String(timeoutMs)} ms of its start: raise timeoutMs, or ` +
      'let it look at context.cancelled, a kernel at cancelled()',
    { name: 'TimeoutError', timeoutMs, task: task.name },
  );
}

/** ERR_TASK_FAILED around what the task threw. */
export function taskFailed(task: TaskType, cause: unknown, details: TallyErrorDetails = {}): WorkStealingError {
  const reason = cause instanceof Error ? cause.message : describe(cause);
  const message = `task ${JSON.stringify(task.name)} failed: ${reason}`;
  const { name, seed } = task;
  if (seed === undefined) return new WorkStealingError('ERR_TASK_FAILED', message, { cause, task: name, ...details });
  const replay = ` (deterministic seed ${String(seed)})`;
  const told = message.endsWith(replay) ? message : message + replay; // the cause may be a nested task's
  return new WorkStealingError('ERR_TASK_FAILED', told, { cause, task: name, seed, ...details });
}

function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  return typeof thrown === 'object' && thrown !== null
    ? 'it threw an object that is no Error'
    : `it threw ${String(thrown)}`;
}

// An error of this package that a worker sent: the copy has lost its class.
function engineError(copy: unknown): TallyError {
  if (!(copy instanceof Error)) return new WorkStealingError('ERR_NOT_SHAREABLE', String(copy));
  const { code, ...details } = Object.fromEntries(Object.entries(copy)) as Record<string, unknown>;
  const cause = copy.cause === undefined ? {} : { cause: copy.cause };
  return new WorkStealingError(isCode(code) ? code : 'ERR_NOT_SHAREABLE', copy.message, { ...details, ...cause });
}

function isCode(code: unknown): code is TallyErrorCode {
  return typeof code === 'string' && code.startsWith('ERR_');
}
