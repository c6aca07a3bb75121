/** Handlers that go wrong, beside those of tasks.ts. */
import type { TaskContext } from '../../src/worker/task-context.ts';
import { Board } from './board.ts';
import { FileBoard } from './file-board.ts';
import { RUNS, setup as setUpTasks } from './tasks.ts';

export * from './tasks.ts';

let board = new Board();

export async function setup(buffer: unknown): Promise<void> {
  await setUpTasks(buffer);
  if (buffer instanceof SharedArrayBuffer) board = new Board(buffer);
  else if (typeof buffer === 'string') board = new FileBoard(buffer);
}

export function spinForEver(gate: number): never {
  board.count(RUNS);
  board.arrive(gate);
  for (;;);
}

export function waitForEver(gate: number): never {
  board.arrive(gate);
  const word = new Int32Array(new SharedArrayBuffer(4));
  for (;;) Atomics.wait(word, 0, 0);
}

export function neverSettles(gate: number): Promise<never> {
  board.arrive(gate);
  return new Promise<never>(() => undefined);
}

/** Runs until it is cancelled. */
export function heedful(gate: number, context: TaskContext): void {
  board.arrive(gate);
  while (!context.cancelled);
}

export async function squaredAfter({ x, ms }: { readonly x: number; readonly ms: number }): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return x * x;
}

/** Runs another task a while after a gate has opened, and gives what that gives. */
export async function relayAfter(
  {
    task,
    input,
    gate,
    ms,
  }: { readonly task: string; readonly input: unknown; readonly gate: number; readonly ms: number },
  context: TaskContext,
): Promise<unknown> {
  await board.pause(gate);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return context.run(task, input);
}

/** Gives the code with which a nested task timed out that another worker runs. */
export async function timeOutNested(task: string, context: TaskContext): Promise<unknown> {
  const promise = context.run(task, 0, { timeoutMs: 1, killGraceMs: 1 });
  while (board.arrivals(0) === 0);
  try {
    return await promise;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

/** Replaces what tells and takes time in its thread by what does nothing, as fake timers that stay. */
export function stopTime(): void {
  const nothing = (): number => 0;
  Object.assign(globalThis, {
    setImmediate: nothing,
    setTimeout: nothing,
    setInterval: nothing,
    queueMicrotask: nothing,
  });
  Object.assign(performance, { now: nothing });
}

/** Takes its worker down so many times, counted on the board; then gives how often it ran. */
export function exitTimes(times: number): number {
  const runs = board.count(RUNS) + 1;
  if (runs <= times) process.exit(1);
  return runs;
}

/** Takes its worker down the first time it runs on it, then gives its input. */
export function exitFirst(input: unknown, context: TaskContext): unknown {
  if (board.count(FIRST + context.workerIndex) === 0) process.exit(1);
  return input;
}

/** Counters of workers begin here. */
const FIRST = 8;
