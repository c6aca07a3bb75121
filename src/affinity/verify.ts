import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatCpuList } from '../topology/cpulist.ts';
import { threadMask, type ThreadMask } from './thread-mask.ts';

/** A thread that may run on CPUs that it should not run on. */
interface StrayThread {
  /** The kernel's id. */
  readonly tid: number;
  /** As the kernel tells it: 15 bytes at most. */
  readonly name: string;
  /** What it may run on, ascending. */
  readonly cpus: readonly number[];
}

/** Where the threads of a process may run. */
export interface ProcessCheck {
  /** No thread may run outside of the CPUs that were asked about. */
  readonly pinned: boolean;
  /** What any of its threads may run on, ascending; null when the kernel does not tell. */
  readonly cpus: readonly number[] | null;
  /** Why `pinned` is false; undefined when it is true. */
  readonly reason?: string | undefined;
  /** By ascending id. */
  readonly strayThreads: readonly StrayThread[];
}

/**
 * Reads what every thread of a process may run on: the runtime has threads of its own, and each has a mask of its own. Threads that
 * end meanwhile do not count; one that begins has the mask of the thread that began it. What memory is bound to does not show here:
 * `Mems_allowed` is the cpuset, not the policy. Never throws.
 *
 * @param pid the kernel's id of a process of this user
 * @param cpus what it should stay within
 * @param root directory that holds `proc/`
 */
export function verifyProcess(pid: number, cpus: readonly number[], root = '/'): ProcessCheck {
  const threads = threadsOf(pid, root);
  if (threads.length === 0) return { pinned: false, cpus: null, reason: unreadable(pid), strayThreads: [] };
  const wanted = new Set(cpus);
  const strayThreads = threads.filter((thread) => thread.cpus.some((cpu) => !wanted.has(cpu)));
  const union = [...new Set(threads.flatMap((thread) => thread.cpus))].sort((a, b) => a - b);
  if (strayThreads.length === 0) return { pinned: true, cpus: union, strayThreads };
  const count = `${String(strayThreads.length)} of ${String(threads.length)} threads`;
  const reason = `${count} of process ${String(pid)} may run outside of CPU ${formatCpuList(cpus)}, on ${formatCpuList(union)}`;
  return { pinned: false, cpus: union, reason, strayThreads };
}

function threadsOf(pid: number, root: string): StrayThread[] {
  const process = `${String(pid)}/task`;
  return threadIds(join(root, 'proc', process)).flatMap((tid) => {
    const mask: ThreadMask | null = threadMask(`${process}/${String(tid)}`, root);
    return mask === null ? [] : [{ tid, ...mask }];
  });
}

function threadIds(directory: string): number[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

function unreadable(pid: number): string {
  return process.platform === 'linux'
    ? `process ${String(pid)} is gone, or proc does not show its threads`
    : `only Linux tells the CPUs of a process, this is ${process.platform}`;
}
