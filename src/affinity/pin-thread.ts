import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { formatCpuList } from '../topology/cpulist.ts';
import { cannotPin, onPath, runTool } from './tools.ts';
import { threadMask } from './thread-mask.ts';

/** What became of pinning a thread. */
export interface Pinning {
  /** It may run on exactly the CPUs that were asked for: the kernel says so, not the tool. */
  readonly pinned: boolean;
  /** What it may run on now, ascending; null when the kernel does not tell. */
  readonly cpus: readonly number[] | null;
  /** Why it is not pinned as asked; undefined when it is. */
  readonly reason?: string | undefined;
}

/**
 * The kernel's id of the thread that calls, main or worker; null where the system does not tell.
 * @param root directory that holds `proc/`
 */
export function currentThreadId(root = '/'): number | null {
  try {
    const id = /^\d+\/task\/(\d+)$/.exec(readlinkSync(join(root, 'proc/thread-self')))?.[1];
    return id === undefined ? null : Number(id);
  } catch {
    return null;
  }
}

/**
 * Lets the thread that calls run on these CPUs only. Waits for `taskset`, some milliseconds.
 * @param root directory that holds `proc/`
 */
export function pinCurrentThread(cpus: readonly number[], root = '/'): Pinning {
  const tid = currentThreadId(root);
  if (tid !== null) return pinThread(tid, cpus, root);
  return { pinned: false, cpus: null, reason: cannotPin() ?? 'the system does not tell the id of this thread' };
}

/**
 * Lets a thread run on these CPUs only, and reads back what it may run on: `taskset` says nothing when the kernel took a part of
 * the CPUs only. Waits for `taskset`, two seconds at most; a thread that has the mask already costs no process. Never throws.
 *
 * @param tid the kernel's id of a thread of this user, in this process or another
 * @param root directory that holds `proc/`
 */
export function pinThread(tid: number, cpus: readonly number[], root = '/'): Pinning {
  if (cpus.length === 0) return { pinned: false, cpus: maskOf(tid, root), reason: 'there are no CPUs to pin it to' };
  const before = maskOf(tid, root);
  if (isSame(before, cpus)) return { pinned: true, cpus: before };
  const refusal = setMask(tid, cpus);
  const after = maskOf(tid, root);
  if (refusal === undefined && isSame(after, cpus)) return { pinned: true, cpus: after };
  return { pinned: false, cpus: after, reason: refusal ?? difference(cpus, after) };
}

function setMask(tid: number, cpus: readonly number[]): string | undefined {
  const taskset = onPath('taskset');
  const reason = cannotPin();
  if (reason !== undefined || taskset === null) return reason;
  const failure = runTool(taskset, ['-pc', formatCpuList(cpus), String(tid)]);
  return failure === undefined ? undefined : `taskset could not set the mask: ${failure}`;
}

function maskOf(tid: number, root: string): readonly number[] | null {
  const thread = threadMask(`self/task/${String(tid)}`, root) ?? threadMask(String(tid), root);
  return thread?.cpus ?? null;
}

function isSame(mask: readonly number[] | null, cpus: readonly number[]): boolean {
  return mask !== null && formatCpuList(mask) === formatCpuList(cpus);
}

function difference(cpus: readonly number[], mask: readonly number[] | null): string {
  if (mask === null) return 'the mask cannot be read back';
  return `taskset reported success, but of CPU ${formatCpuList(cpus)} the mask is ${formatCpuList(mask)}: CPUs outside of the cpuset do not count`;
}
