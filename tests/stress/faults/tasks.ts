/** Handlers that take part in the fault campaign, beside the fuzzer's. `workerData` is the handle of a diary. */
import { threadId } from 'node:worker_threads';
import type { RunOptions } from '../../../src/client/run-options.ts';
import type { TaskContext } from '../../../src/worker/task-context.ts';
import { codeOf } from '../fuzz/judge.ts';
import { mark, noteRunsBy } from '../fuzz/mark.ts';
import type { Marked } from '../fuzz/tasks.ts';
import { type Diary, nowMs, openDiary } from './diary.ts';

export * from '../fuzz/tasks.ts';

let diary: Diary | undefined;
let who = threadId;
let isBorn = false;

export function setup(handle: unknown): void {
  const opened = openDiary(handle);
  diary = opened;
  if (typeof handle === 'string') who = process.pid;
  noteRunsBy((id) => {
    if (!isBorn) opened.note({ kind: 'born', who, atMs: nowMs() });
    isBorn = true;
    opened.ran(id);
  });
}

/** The last words of a worker. */
function die(): void {
  diary?.note({ kind: 'dying', who, atMs: nowMs() });
}

/** Gives the thread, or the process, that it ran in. */
export function touch({ id }: Marked): number {
  mark(id);
  return who;
}

export function spin({ id }: Marked): never {
  mark(id);
  for (;;);
}

export function waitForEver({ id }: Marked): never {
  mark(id);
  const word = new Int32Array(new SharedArrayBuffer(4));
  for (;;) Atomics.wait(word, 0, 0);
}

export function neverSettles({ id }: Marked): Promise<never> {
  mark(id);
  return new Promise<never>(() => undefined);
}

/** Asks for a task that does not stop when its time is up. Gives the code of its error. */
export function nestForEver(
  input: Marked & RunOptions & { readonly task: string },
  context: TaskContext,
): Promise<unknown> {
  const { id, task, timeoutMs, killGraceMs } = input;
  return context.run(task, { id }, { timeoutMs, killGraceMs, retry: 0 }).catch(codeOf);
}

/** Computes until it is to stop. */
export function heed({ id }: Marked, context: TaskContext): number {
  mark(id);
  while (!context.cancelled);
  return id;
}

/** Waits until it is to stop. */
export async function heedLater({ id }: Marked, { signal }: TaskContext): Promise<number> {
  mark(id);
  if (signal.aborted) return id;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve);
  });
  return id;
}

export function exit({ id }: Marked): never {
  mark(id);
  die();
  process.exit(id & 7);
}

export async function exitLater({ id }: Marked): Promise<never> {
  mark(id);
  await new Promise((resolve) => setImmediate(resolve));
  die();
  process.exit(1);
}

/** Gives its value, and takes its worker down in a moment. */
export function crash({ id }: Marked): number {
  mark(id);
  die();
  setTimeout(() => {
    throw new Error(`crash ${String(id)}`);
  }, id & 3);
  return id;
}

/** The same by a promise that nobody handles. */
export function rejectUnheard({ id }: Marked): number {
  mark(id);
  die();
  void Promise.reject(new Error(`unheard ${String(id)}`));
  return id;
}

/** Overflows the stack. */
export function recurse({ id }: Marked): number {
  mark(id);
  const descend = (depth: number): number => 1 + descend(depth + 1);
  return descend(0);
}

/** Uses up the heap of its worker, in small pieces. */
export function hoard({ id }: Marked): never {
  mark(id);
  for (const hoarded: unknown[] = []; ;)
    hoarded.push({ id, at: hoarded.length, text: `${String(id)}-${String(hoarded.length)}` });
}

/** Takes the process of its worker down. */
export function crashProcess({ id, signal }: Marked & { readonly signal: NodeJS.Signals }): Promise<never> {
  mark(id);
  process.kill(process.pid, signal);
  return new Promise<never>(() => undefined);
}
