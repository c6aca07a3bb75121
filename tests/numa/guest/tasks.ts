/** Handlers of the guest programs. */
import { readFileSync } from 'node:fs';
import type { TaskContext } from '../../../src/worker/task-context.ts';
import { migrationsIn, readOrNothing } from './processes.ts';

/** A number to square, and how long to take for it. */
interface Slow {
  readonly x: number;
  readonly ms: number;
}

/** A worker's thread. */
export interface WorkerThread {
  readonly pid: number;
  /** CPUs that it may use, as a list of the kernel. */
  readonly mask: string;
  /** How often the kernel moved it to another CPU; null where it does not tell. */
  readonly migrations: number | null;
}

const nap = new Int32Array(new SharedArrayBuffer(4));

/** Blocks its worker without using a CPU. */
export function squaredSlowly({ x, ms }: Slow): number {
  Atomics.wait(nap, 0, 0, ms);
  return x * x;
}

/** Uses a CPU all the time. */
export function squaredBusily({ x, ms }: Slow): number {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return x * x;
}

/** Keeps the engine at work, and no worker busy. */
export async function rest(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

export function size(bytes: Uint8Array): number {
  return bytes.length;
}

/** Its process, and the node that it is told of. */
export function place(_input: undefined, { node }: TaskContext): { pid: number; node: number } {
  return { pid: process.pid, node };
}

/** The thread that it runs in. */
export function thread(): WorkerThread {
  const status = readFileSync('/proc/thread-self/status', 'latin1');
  const mask = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return { pid: process.pid, mask, migrations: migrationsIn(readOrNothing('/proc/thread-self/sched')) };
}
