import type { AsyncLocalStorage } from 'node:async_hooks';
import type { TaskContext } from './task-context.ts';

/**
 * Where `currentContext` looks. An AsyncLocalStorage costs every task and every promise of the thread, so there is one
 * only if the task module imports 'tallyio/worker'. It stands on the global object: the worker's entry is bundled, and the
 * task module's import is another instance of this file.
 */
const STORAGE = Symbol.for('tallyio.contextStorage');

type ContextStorage = AsyncLocalStorage<TaskContext>;

/** Makes `chosen` the storage of this thread. */
export function useStorage(chosen: ContextStorage): void {
  Reflect.set(globalThis, STORAGE, chosen);
}

/** The storage of this thread, if the task module wants one. */
export function contextStorage(): ContextStorage | undefined {
  return Reflect.get(globalThis, STORAGE) as ContextStorage | undefined;
}

const LOADING = Symbol.for('tallyio.loadingTasks');

/** Whether this thread is a worker that is importing its task module or runs its `setup` now. */
export function isLoadingTasks(): boolean {
  return Reflect.get(globalThis, LOADING) === true;
}

/** Runs code of the task module that may not start an engine: every worker runs it, so each would start workers for ever. */
export async function whileLoading<T>(load: () => T): Promise<Awaited<T>> {
  Reflect.set(globalThis, LOADING, true);
  try {
    return await load();
  } finally {
    Reflect.set(globalThis, LOADING, false);
  }
}
