/** `tallyio/worker`: for task modules and for threads that attach. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { WorkStealingError } from '../base/errors.ts';
import { AttachedEngine, type AttachHandle } from './attach.ts';
import { useStorage } from './storage.ts';
import type { TaskContext } from './task-context.ts';
import type { AnyTasks } from './task-signature.ts';

export type { AttachedEngine, AttachHandle } from './attach.ts';
export type { Submitter } from './submitter.ts';
export type { TaskContext } from './task-context.ts';

const storage = new AsyncLocalStorage<TaskContext>();
useStorage(storage);

/**
 * The context of the handler that runs now, as its second argument; follows its promises.
 *
 * @throws WorkStealingError ERR_UNKNOWN_TASK outside of a handler
 */
export function currentContext(): TaskContext {
  const context = storage.getStore();
  if (context === undefined) {
    throw new WorkStealingError(
      'ERR_UNKNOWN_TASK',
      'expected to be called inside of a handler, got no current task: call it from a function of the task module while it runs',
    );
  }
  return context;
}

/**
 * Attaches this thread to a scheduler of another thread of the process.
 *
 * @param handle from `engine.attach()`
 * @throws WorkStealingError ERR_RESOURCE_EXHAUSTED when 16 threads are attached already, ERR_INVALID_OPTION
 */
export function attach<T = AnyTasks>(handle: AttachHandle): AttachedEngine<T> {
  const given: unknown = handle;
  if (typeof given !== 'object' || given === null || !('type' in given) || given.type !== 'tallyio attach handle') {
    throw new WorkStealingError('ERR_INVALID_OPTION', `expected the handle of engine.attach(), got ${typeof given}`);
  }
  if (!hasMemory(handle)) throw noMemory();
  return new AttachedEngine<T>(handle);
}

function hasMemory(handle: { readonly source?: { readonly memory?: unknown } }): boolean {
  const memory = handle.source?.memory;
  return memory instanceof WebAssembly.Memory && memory.buffer instanceof SharedArrayBuffer;
}

function noMemory(): WorkStealingError {
  return new WorkStealingError(
    'ERR_INVALID_OPTION',
    'expected the handle of engine.attach() with its shared memory, got one without: send it by postMessage or workerData, which ' +
      'share memory; JSON does not, and no other process has it',
  );
}
