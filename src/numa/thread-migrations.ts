/**
 * How often the kernel moved the threads of a process between CPUs, and what its NUMA balancing did to their memory. Format of
 * `/proc/PID/task/TID/sched`: `proc_sched_show_task` of kernel/sched/debug.c; names and lines differ between kernels, and kernels
 * without CONFIG_SCHED_DEBUG have no such file.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../topology/fs-text.ts';

/** What the kernel tells of one thread; null = this kernel does not. */
export interface ThreadSchedule {
  /** Moves from one CPU to another. */
  readonly migrations: number | null;
  /** Pages that NUMA balancing moved to where this thread ran. */
  readonly numaPagesMigrated: number | null;
  /** The node that NUMA balancing would like the thread to run on; null also when there is none. */
  readonly preferredNode: number | null;
  /** Faults that NUMA balancing took on purpose, to see who uses which page. */
  readonly numaFaults: number | null;
  /** Those faults by the node that the page was on; empty when the kernel does not tell. */
  readonly faultsByNode: ReadonlyMap<number, number>;
}

/** The same of each thread of a process, by thread id. */
export type ProcessSchedule = ReadonlyMap<number, ThreadSchedule>;

const VALUE = /^([\w.>-]+)\s*:\s*(-?\d+)$/;
const FAULTS = /^numa_faults node=(\d+) (.*)$/;
const PRIVATE_AND_SHARED = /\btask_(?:private|shared)=(\d+)/g;

/**
 * Reads the threads of a process. A thread that ends meanwhile is left out.
 *
 * @param root directory that holds `proc/`
 * @returns null when the process cannot be read, or when none of its threads has a file that tells anything
 */
export function readThreadMigrations(pid: number, root = '/'): ProcessSchedule | null {
  const threads = new Map<number, ThreadSchedule>();
  for (const tid of threadsOf(pid, root)) {
    const schedule = parseSchedule(readText(root, `proc/${String(pid)}/task/${String(tid)}/sched`) ?? '');
    if (schedule !== null) threads.set(tid, schedule);
  }
  return threads.size === 0 ? null : threads;
}

/** The threads of a process, ascending; empty when it cannot be read. */
export function threadsOf(pid: number, root = '/'): number[] {
  try {
    return readdirSync(join(root, `proc/${String(pid)}/task`))
      .filter((name) => /^\d{1,10}$/.test(name))
      .map(Number)
      .sort((one, other) => one - other);
  } catch {
    return [];
  }
}

/** @returns null when nothing in the text is known */
export function parseSchedule(text: string): ThreadSchedule | null {
  const values = new Map<string, number>();
  const faultsByNode = new Map<number, number>();
  for (const line of text.split('\n')) readLine(line.trim(), values, faultsByNode);
  const countOf = (name: string): number | null => naturalOf(values.get(name));
  const schedule = {
    migrations: countOf('nr_migrations'),
    numaPagesMigrated: countOf('numa_pages_migrated'),
    preferredNode: countOf('numa_preferred_nid'),
    numaFaults: countOf('total_numa_faults'),
    faultsByNode,
  };
  return schedule.migrations === null && schedule.numaPagesMigrated === null && schedule.numaFaults === null
    ? null
    : schedule;
}

function readLine(line: string, values: Map<string, number>, faultsByNode: Map<number, number>): void {
  const [, name, value] = VALUE.exec(line) ?? [];
  // `se.nr_migrations`, `p->se.nr_migrations` and `nr_migrations` are one.
  if (name !== undefined) values.set(name.replace(/^.*[.>]/, ''), Number(value));
  const [, node, counts] = FAULTS.exec(line) ?? [];
  if (node === undefined || counts === undefined) return;
  const faults = [...counts.matchAll(PRIVATE_AND_SHARED)].reduce((sum, [, count]) => sum + Number(count), 0);
  faultsByNode.set(Number(node), (faultsByNode.get(Number(node)) ?? 0) + faults);
}

function naturalOf(value: number | undefined): number | null {
  return value === undefined || value < 0 ? null : value;
}
