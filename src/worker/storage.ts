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

const SCOPES = Symbol.for('tallyio.loadingScopes');

/** Where code of a task module runs on a thread that does other things at the same time: it has a store there. */
export type LoadingScope = AsyncLocalStorage<true>;

/** All of this thread. */
export function loadingScopes(): Set<LoadingScope> {
  const scopes = Reflect.get(globalThis, SCOPES) as Set<LoadingScope> | undefined;
  if (scopes !== undefined) return scopes;
  const first = new Set<LoadingScope>();
  Reflect.set(globalThis, SCOPES, first);
  return first;
}

/** Whether the caller is a task module that is being imported by an engine, or its `setup`. */
export function isLoadingTasks(): boolean {
  return Reflect.get(globalThis, LOADING) === true || [...loadingScopes()].some((scope) => scope.getStore() === true);
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
