import { AsyncLocalStorage } from 'node:async_hooks';
import { type LoadingScope, loadingScopes } from '../worker/storage.ts';

/** As `whileLoading` of a worker thread, but only what `load` itself calls may not start an engine: the rest of the thread may. */
export async function inLoadScope<T>(load: () => T): Promise<Awaited<T>> {
  const scope: LoadingScope = new AsyncLocalStorage();
  loadingScopes().add(scope);
  try {
    return await scope.run(true, load);
  } finally {
    loadingScopes().delete(scope);
    scope.disable(); // one that is enabled costs every promise of the process
  }
}
