import { FixedQueue, Piscina } from 'piscina';
import type { Pool, PoolOptions } from '../pool.ts';

/** Synchronous Atomics, a fixed number of threads, its fast queue, no timing. */
export function openPiscina({ workers, inFlight }: PoolOptions): Pool {
  const pool = new Piscina({
    filename: new URL('../handlers.js', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: Math.min(inFlight, 64),
    atomics: 'sync',
    taskQueue: new FixedQueue(),
    recordTiming: false,
  });
  return {
    run: (name, input): Promise<unknown> => pool.run(input, { name }),
    close: () => pool.destroy(),
  };
}
