import { Tinypool } from 'tinypool';
import type { Pool, PoolOptions } from '../pool.ts';

/** Atomics, a fixed number of threads. */
export function openTinypool({ workers, inFlight }: PoolOptions): Pool {
  const pool = new Tinypool({
    filename: new URL('../handlers.js', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: Math.min(inFlight, 16),
    useAtomics: true,
  });
  return {
    run: (name, input): Promise<unknown> => pool.run(input, { name }),
    close: () => pool.destroy(),
  };
}
