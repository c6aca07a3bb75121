import { ProcessScheduler } from '../../src/node-process/process-scheduler.ts';
import type { EngineOptions } from '../../src/scheduler/options.ts';
import { WorkStealingScheduler } from '../../src/scheduler/scheduler.ts';
import type { TaskEngine } from '../../src/scheduler/task-engine.ts';
import { Board } from './board.ts';
import { FileBoard } from './file-board.ts';
import { isIsolated } from './isolation.ts';
import { within } from './until.ts';

export type Tasks = typeof import('./tasks.js');
export type TestEngine<T = Tasks> = TaskEngine<T>;

export const TASKS = new URL('./tasks.js', import.meta.url);
export const FAULTY = new URL('./faulty.js', import.meta.url);
export const KERNELS = new URL('./kernels.wasm', import.meta.url);

export const FORK_KERNELS = new URL('./fork-kernels.wasm', import.meta.url);

type Start<T> = (options: EngineOptions) => Promise<TestEngine<T>>;

/**
 * One worker and the shared tasks unless the options say otherwise; closed by force at the end, whatever happened.
 *
 * @param start another way to start it, with the isolation of its options
 */
export async function withEngine<T = Tasks>(
  options: EngineOptions,
  use: (engine: TestEngine<T>, board: Board) => Promise<void>,
  start: Start<T> = startEngine,
): Promise<void> {
  const isolated = options.isolation === 'process' || isIsolated();
  const board = isolated ? new FileBoard() : new Board();
  const engine = await start({
    workers: 1,
    isolation: isolated ? 'process' : 'thread',
    ...('kernels' in options ? {} : { tasks: TASKS }),
    memory: { poolBytes: 16 << 20 },
    workerData: board instanceof FileBoard ? board.directory : board.buffer,
    ...options,
  });
  try {
    await use(engine, board);
  } finally {
    board.openAll();
    await within(engine.close({ drain: false }), 'the engine to close');
    if (board instanceof FileBoard) board.remove();
  }
}

function startEngine<T>(options: EngineOptions): Promise<TestEngine<T>> {
  return options.isolation === 'process' ? ProcessScheduler.start<T>(options) : WorkStealingScheduler.start<T>(options);
}
