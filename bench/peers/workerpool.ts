import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import type { Pool, PoolOptions } from '../pool.ts';

/** Threads, all of them up from the start. */
export function openWorkerpool({ workers }: PoolOptions): Pool {
  const pool = workerpool.pool(fileURLToPath(new URL('./workerpool-worker.js', import.meta.url)), {
    workerType: 'thread',
    minWorkers: workers,
    maxWorkers: workers,
  });
  return {
    run: async (name, input): Promise<unknown> => pool.exec(name, [input]),
    close: async () => {
      await pool.terminate();
    },
  };
}
