/** Processes as the kernel tells of them: without the product. */
import { readFileSync, readdirSync } from 'node:fs';

/** A process by its id, or this one. */
export type ProcessId = number | 'self';

/** Pages by the id of the node that they are on. */
export type PagesByNode = Readonly<Record<string, number>>;

/** The CPUs that each thread may use, as lists of the kernel; each list once. */
export function masksOf(pid: ProcessId): string[] {
  const masks = readdirSync(`/proc/${String(pid)}/task`).flatMap((thread) => maskOf(pid, thread) ?? []);
  return [...new Set(masks)].sort();
}

/** On which nodes the pages are of the largest mapping without a file: that of shared memory, where there is any. */
export function largestMapping(pid: ProcessId): PagesByNode {
  const mappings = readFileSync(`/proc/${String(pid)}/numa_maps`, 'latin1')
    .split('\n')
    .filter((line) => line.includes(' anon=') && !line.includes(' file='))
    .map((line) =>
      Object.fromEntries([...line.matchAll(/ N(\d+)=(\d+)/g)].map(([, node, pages]) => [String(node), Number(pages)])),
    );
  return mappings.reduce((most, mapping) => (sumOf(mapping) > sumOf(most) ? mapping : most), {});
}

/** How many there are, on these nodes or on any. */
export function sumOf(pages: PagesByNode, nodes?: ReadonlySet<number>): number {
  return Object.entries(pages)
    .filter(([node]) => nodes?.has(Number(node)) !== false)
    .reduce((sum, [, count]) => sum + count, 0);
}

/** How often the kernel has moved the threads of a process to other CPUs; null where it does not tell. */
export function threadMoves(pid: ProcessId): number | null {
  const counts = readdirSync(`/proc/${String(pid)}/task`).flatMap((thread) => {
    return migrationsIn(readOrNothing(`/proc/${String(pid)}/task/${thread}/sched`)) ?? [];
  });
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** The number in the text of a thread's file `sched`; null when it is not there. */
export function migrationsIn(text: string): number | null {
  const count = /nr_migrations\s*:\s*(\d+)/.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}

function maskOf(pid: ProcessId, thread: string): string | undefined {
  const status = readOrNothing(`/proc/${String(pid)}/task/${thread}/status`);
  return /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1];
}

/** The text of a file; nothing when it is not there, as that of a thread that has ended. */
export function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
