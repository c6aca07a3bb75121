import { fileURLToPath } from 'node:url';
import { FixedThreadPool } from 'poolifier';
import type { Pool, PoolOptions } from '../pool.ts';

/** A task queue per worker, no events. */
export function openPoolifier({ workers, inFlight }: PoolOptions): Pool {
  const pool = new FixedThreadPool<unknown>(workers, fileURLToPath(new URL('./poolifier-worker.js', import.meta.url)), {
    enableEvents: false,
    enableTasksQueue: true,
    tasksQueueOptions: { concurrency: Math.min(inFlight, 64), tasksFinishedTimeout: 100 },
  });
  return {
    run: (name, input): Promise<unknown> => pool.execute(input, name),
    close: () => pool.destroy(),
  };
}
