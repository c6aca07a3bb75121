import { groupCpus } from './cpu-groups.ts';
import type { MachineFiles } from './machine-files.ts';
import { CPU_FOLDER } from './online.ts';
import type { CacheGroup } from './topology.ts';

interface CacheFiles {
  readonly folder: string;
  readonly level: number;
}

const KIB: Readonly<Record<string, number>> = { K: 1, M: 2 ** 10, G: 2 ** 20 };

/** Who shares a last-level cache with whom, by their first CPU; without CPUs that do not tell. @param online ascending */
export function readCaches(files: MachineFiles, online: readonly number[]): CacheGroup[] {
  const folders = new Set(files.numbered(CPU_FOLDER, 'cpu'));
  const byFirst = new Map<number, CacheFiles>();
  const { groups, silent } = groupCpus(online, (cpu) => {
    const cache = folders.has(cpu) ? lastLevel(files, cpu) : undefined;
    if (cache === undefined) return null;
    byFirst.set(cpu, cache);
    const sharing = files.list(`${cache.folder}/shared_cpu_list`) ?? files.mask(`${cache.folder}/shared_cpu_map`);
    return sharing?.includes(cpu) === true ? sharing : null;
  });
  const mute = new Set(silent);
  return groups.flatMap((cpus) => {
    const [first = -1] = cpus;
    const cache = byFirst.get(first);
    if (cache === undefined || mute.has(first)) return [];
    return [{ level: cache.level, sizeKiB: sizeKiB(files, cache.folder), cpus }];
  });
}

/** The cache of the highest level that holds data: the kernel numbers caches by level, so that it is the last of them. */
function lastLevel(files: MachineFiles, cpu: number): CacheFiles | undefined {
  const folder = `${CPU_FOLDER}/cpu${String(cpu)}/cache`;
  for (const index of files.numbered(folder, 'index').toReversed()) {
    const cache = `${folder}/index${String(index)}`;
    const holdsData = /^(?:Unified|Data)$/.test(files.text(`${cache}/type`)?.trim() ?? '');
    const level = holdsData ? files.integer(`${cache}/level`) : null;
    if (level !== null) return { folder: cache, level };
  }
  return undefined;
}

function sizeKiB(files: MachineFiles, folder: string): number | null {
  const match = /^(\d{1,10})([KMG])$/.exec(files.text(`${folder}/size`)?.trim() ?? '');
  return match === null ? null : Number(match[1]) * (KIB[match[2] ?? ''] ?? 0);
}
