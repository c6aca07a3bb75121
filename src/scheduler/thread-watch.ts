import type { Worker } from 'node:worker_threads';

/** Told of each thread that has exited. */
export type ThreadListener = (threadId: number) => void;

const listeners = new Set<ThreadListener>();

function watch(worker: Worker): void {
  const { threadId } = worker; // gone when it has exited
  worker.once('exit', () => {
    for (const listener of listeners) listener(threadId);
  });
}

/**
 * Watches the threads that this one starts from now on, however they end. One listener of the process serves all.
 *
 * @returns what ends it
 */
export function watchThreads(listener: ThreadListener): () => void {
  if (listeners.size === 0) process.on('worker', watch);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) process.off('worker', watch);
  };
}
