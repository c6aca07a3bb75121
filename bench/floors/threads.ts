import { once } from 'node:events';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Starts `count` threads of the module; each has posted its first message when this resolves. */
export async function startThreads(count: number, module: URL, options?: WorkerOptions): Promise<readonly Worker[]> {
  const workers = Array.from({ length: count }, () => new Worker(module, options));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return workers;
}

export async function stopThreads(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.terminate()));
}
