import { type CpuGroups, groupCpus } from './cpu-groups.ts';
import type { MachineFiles } from './machine-files.ts';
import { CPU_FOLDER } from './online.ts';
import { SiblingFiles } from './sibling-files.ts';
import { listed } from './warnings.ts';

/** Cores and packages of the CPUs that are online. */
export interface CoreList {
  /** CPUs of each core, by their first CPU. */
  readonly cores: readonly (readonly number[])[];
  /** CPUs of each package, by their first CPU; without those that do not tell. */
  readonly packages: readonly (readonly number[])[];
}

/** Newest names first; kernels before 5.3 have the old ones, before 2.6.26 masks only. */
const CORE_FILES = ['core_cpus_list', 'thread_siblings_list', 'core_cpus', 'thread_siblings'];
const PACKAGE_FILES = ['package_cpus_list', 'core_siblings_list', 'package_cpus', 'core_siblings'];

/** Reads who shares a core and a package with whom. @param online ascending */
export function readCores(files: MachineFiles, online: readonly number[]): CoreList {
  const folders = new Set(files.numbered(CPU_FOLDER, 'cpu'));
  const groupsBy = (names: readonly string[]): CpuGroups => {
    const siblings = new SiblingFiles(files, names);
    return groupCpus(online, (cpu) => (folders.has(cpu) ? siblings.of(cpu, topologyOf(cpu)) : null));
  };
  const cores = groupsBy(CORE_FILES);
  warnOfSilent(files, cores.silent, 'WARN_NO_CORES', 'core', 'each is assumed to be a core of its own');
  return { cores: cores.groups, packages: packagesOf(files, groupsBy(PACKAGE_FILES), folders) };
}

/** CPUs without a list of siblings belong together when they name the same package; some systems name −1 for all. */
function packagesOf(files: MachineFiles, { groups, silent }: CpuGroups, folders: ReadonlySet<number>): number[][] {
  const mute = new Set(silent);
  const byId = new Map<number, number[]>();
  const unknown: number[] = [];
  for (const cpu of silent) {
    const id = folders.has(cpu) ? files.integer(`${topologyOf(cpu)}/physical_package_id`) : null;
    if (id === null) unknown.push(cpu);
    else if (byId.get(id)?.push(cpu) === undefined) byId.set(id, [cpu]);
  }
  warnOfSilent(files, unknown, 'WARN_NO_PACKAGES', 'package', 'they are counted in no package of their own');
  return [...groups.filter(([first = -1]) => !mute.has(first)).map((group) => [...group]), ...byId.values()];
}

function topologyOf(cpu: number): string {
  return `${CPU_FOLDER}/cpu${String(cpu)}/topology`;
}

function warnOfSilent(
  files: MachineFiles,
  silent: readonly number[],
  code: 'WARN_NO_CORES' | 'WARN_NO_PACKAGES',
  what: string,
  assumed: string,
): void {
  if (silent.length === 0) return;
  files.warnings.add(
    code,
    `expected CPUs to name the siblings of their ${what}, got nothing usable of CPU ${listed(silent)}: ${assumed}`,
  );
}
