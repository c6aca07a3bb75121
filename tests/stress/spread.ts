/**
 * Threads that wake each other tend to stay on one CPU, where one runs when the other sleeps: then nothing races. So each gets
 * a CPU of its own, where the system has the means (Linux with taskset).
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { parseCpuList } from '../../src/topology/cpulist.ts';

/** A thread as the system knows it. */
export interface SystemThread {
  readonly id: number;
  readonly allowedCpus: readonly number[];
}

/** The calling thread; undefined where the system does not tell. */
export function systemThread(): SystemThread | undefined {
  try {
    const status = readFileSync('/proc/thread-self/status', 'utf8');
    const id = Number(/^Pid:\s*(\d+)$/m.exec(status)?.[1]);
    const cpus = parseCpuList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '');
    return cpus.ok && Number.isInteger(id) ? { id, allowedCpus: cpus.cpus } : undefined;
  } catch {
    return undefined;
  }
}

/** Gives the threads the CPUs in turn. @returns whether that was possible */
export async function spread(threads: readonly (SystemThread | undefined)[]): Promise<boolean> {
  const pinned = threads.map(async (thread, index) => {
    if (thread === undefined) throw new Error('unknown thread');
    const cpu = thread.allowedCpus[index % thread.allowedCpus.length];
    await promisify(execFile)('taskset', ['-pc', String(cpu), String(thread.id)]);
  });
  return Promise.all(pinned).then(
    () => true,
    () => false,
  );
}
