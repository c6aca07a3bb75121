import { parseCpuList } from '../topology/cpulist.ts';
import { readText } from '../topology/fs-text.ts';

/** What the kernel tells of a thread. */
export interface ThreadMask {
  readonly name: string;
  /** CPUs it may run on, ascending. */
  readonly cpus: readonly number[];
}

/**
 * What a thread may run on, as the kernel tells it now; null when it is gone, or the kernel does not tell.
 * @param path of its folder in `proc/`, such as `self/task/42`
 * @param root directory that holds `proc/`
 */
export function threadMask(path: string, root = '/'): ThreadMask | null {
  const status = readText(root, `proc/${path}/status`) ?? '';
  const list = parseCpuList(/^Cpus_allowed_list:(.*)$/m.exec(status)?.[1] ?? '');
  if (!list.ok || list.cpus.length === 0) return null;
  return { name: /^Name:\s*(.*)$/m.exec(status)?.[1] ?? '', cpus: list.cpus };
}
