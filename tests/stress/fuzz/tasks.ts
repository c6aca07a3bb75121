/** Handlers of the fuzzer. `workerData` is a buffer with a counter for each task: how often it was run. */
import type { TaskContext } from '../../../src/worker/task-context.ts';
import { mark, noteRunsBy } from './mark.ts';

export function setup(buffer: unknown): void {
  if (!(buffer instanceof SharedArrayBuffer)) return;
  const runs = new Int32Array(buffer);
  noteRunsBy((id) => void Atomics.add(runs, id, 1));
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface Marked {
  readonly id: number;
}

export function double(id: number): number {
  mark(id);
  return 2 * id;
}

export function echo({ id, value }: Marked & { readonly value: unknown }): unknown {
  mark(id);
  return value;
}

export async function echoLater({
  id,
  value,
  turns,
}: Marked & { readonly value: unknown; readonly turns: number }): Promise<unknown> {
  mark(id);
  for (let left = turns; left > 0; --left) await turn();
  return value;
}

export function fail({ id }: Marked): never {
  mark(id);
  throw new RangeError(`task ${String(id)}`);
}

export async function failLater({ id, turns }: Marked & { readonly turns: number }): Promise<never> {
  mark(id);
  for (let left = turns; left > 0; --left) await turn();
  throw new RangeError(`task ${String(id)}`);
}

export function giveFunction({ id }: Marked): () => void {
  mark(id);
  return () => undefined;
}

export function bytes({ id, length }: Marked & { readonly length: number }): Uint8Array {
  mark(id);
  return new Uint8Array(length).fill(id);
}

/** Computes for a while, or until it is to stop. */
export function burn({ id, us }: Marked & { readonly us: number }, context: TaskContext): number {
  mark(id);
  const end = performance.now() + us / 1000;
  while (performance.now() < end && !context.cancelled);
  return id;
}

/** Waits for some turns, or until it is to stop. */
export async function linger(
  { id, turns }: Marked & { readonly turns: number },
  context: TaskContext,
): Promise<number> {
  mark(id);
  const { signal } = context;
  for (let left = turns; left > 0 && !signal.aborted; --left) await turn();
  return id;
}

export interface Family extends Marked {
  readonly children: readonly { readonly task: string; readonly input: unknown }[];
  readonly waits: boolean;
}

/** Runs nested tasks. @returns how many of them it saw succeed */
export async function nest({ id, children, waits }: Family, context: TaskContext): Promise<number> {
  mark(id);
  const outcomes = children.map(({ task, input }) =>
    context.run(task, input).then(
      () => 1,
      () => 0,
    ),
  );
  if (!waits) return 0;
  const succeeded: number[] = await Promise.all(outcomes);
  return succeeded.reduce((sum, one) => sum + one, 0);
}

/** Takes its worker down in a moment, by an error that nobody catches. */
export function crash({ id }: Marked): number {
  mark(id);
  setImmediate(() => {
    throw new Error(`crash ${String(id)}`);
  });
  return id;
}

/** Takes its worker down. */
export function exit({ id }: Marked): never {
  mark(id);
  process.exit(id & 7);
}
