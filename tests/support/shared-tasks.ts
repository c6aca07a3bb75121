/** Handlers that are given memory of `engine.allocate()`. */
import type { TaskContext } from '../../src/worker/task-context.ts';

/** Adds 1 to each byte. */
export function increment(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ++at) bytes[at] = (bytes[at] ?? 0) + 1;
  return bytes.length;
}

export function echo(input: unknown): unknown {
  return input;
}

/** What it was given. */
export function kind(input: unknown): string {
  if (!(input instanceof Uint8Array)) return typeof input;
  return input.buffer instanceof SharedArrayBuffer ? 'shared' : 'copy';
}

/** Writes 1 to the first byte, then waits until the second one is not 0, with a working event loop. */
export async function hold(bytes: Uint8Array): Promise<number> {
  bytes[0] = 1;
  while (Atomics.load(bytes, 1) === 0) await new Promise((resolve) => setImmediate(resolve));
  return bytes.length;
}

/** Counts how often it ran in the first byte, and takes its worker down as often as the second one says. */
export function exits(bytes: Uint8Array): number {
  const runs = Atomics.add(bytes, 0, 1) + 1;
  if (runs <= (bytes[1] ?? 0)) process.exit(3);
  return runs;
}

/** Writes 1 to the first byte, then never ends. */
export function spins(bytes: Uint8Array): never {
  Atomics.store(bytes, 0, 1);
  for (;;);
}

/** Hands its input to another task, which gets a copy; then says what it still has itself. */
export async function nested(bytes: Uint8Array, context: TaskContext): Promise<unknown> {
  const size = await context.run('increment', bytes);
  return [size, await context.run('kind', bytes), [...bytes]];
}

/** Says what it was given to do with `allocate` here. */
export function allocates(_input: unknown, context: TaskContext): string {
  return typeof Reflect.get(context, 'allocate');
}
