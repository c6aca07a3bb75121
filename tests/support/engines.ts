import type { EngineOptions } from '../../src/scheduler/options.ts';
import { WorkStealingScheduler } from '../../src/scheduler/scheduler.ts';
import { Board } from './board.ts';
import { within } from './until.ts';

export type Tasks = typeof import('./tasks.js');
export type TestEngine<T = Tasks> = WorkStealingScheduler<T>;

export const TASKS = new URL('./tasks.js', import.meta.url);
export const FAULTY = new URL('./faulty.js', import.meta.url);
export const KERNELS = new URL('./kernels.wasm', import.meta.url);

/** One worker and the shared tasks unless the options say otherwise; closed by force at the end, whatever happened. */
export async function withEngine<T = Tasks>(
  options: EngineOptions,
  use: (engine: TestEngine<T>, board: Board) => Promise<void>,
): Promise<void> {
  const board = new Board();
  const engine = await WorkStealingScheduler.start<T>({
    workers: 1,
    ...('kernels' in options ? {} : { tasks: TASKS }),
    memory: { poolBytes: 16 << 20 },
    workerData: board.buffer,
    ...options,
  });
  try {
    await use(engine, board);
  } finally {
    board.openAll();
    await within(engine.close({ drain: false }), 'the engine to close');
  }
}
