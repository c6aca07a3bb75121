/** Handlers of the lifecycle tests. `workerData` is the buffer of a Board. */
import type { TaskContext } from '../../../src/worker/task-context.ts';
import { Board } from '../board.ts';

/** Where a task and the teardown wait. */
export const TASK_GATE = 0;
export const TEARDOWN_GATE = 1;
export const SETUP_GATE = 2;
/** Counters: whether setup waits at its gate, and whether setup and teardown leave without a word. */
export const SETUP_WAITS = 0;
export const SETUP_EXITS = 1;
export const TEARDOWN_EXITS = 2;

let board = new Board();

export async function setup(buffer: SharedArrayBuffer): Promise<void> {
  board = new Board(buffer);
  if (board.counter(SETUP_WAITS) > 0) {
    const held = setInterval(() => undefined, 1000); // a wait on shared memory holds no event loop
    await board.pause(SETUP_GATE);
    clearInterval(held);
  }
  if (board.counter(SETUP_EXITS) > 0) process.exit(3);
}

export async function teardown(): Promise<void> {
  if (board.counter(TEARDOWN_EXITS) > 0) process.exit(3);
  await board.pause(TEARDOWN_GATE);
}

export function squared(x: number): number {
  return x * x;
}

export async function pause(): Promise<void> {
  await board.pause(TASK_GATE);
}

/** Ends by its signal, with a result. */
export async function untilSignal(_input: unknown, context: TaskContext): Promise<string> {
  const { signal } = context;
  await Promise.race([
    new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    }),
    board.pause(TASK_GATE),
  ]);
  return signal.aborted ? 'signal' : 'gate';
}

export function exit(code: number): never {
  process.exit(code);
}
