import type { MachineFiles } from './machine-files.ts';

/** Where the CPUs have their folders. */
export const CPU_FOLDER = 'sys/devices/system/cpu';

/**
 * The CPUs that are online, ascending: `cpu/online`, else the folders `cpuN` whose file `online` does not say 0 (a CPU that
 * cannot be switched off has no such file), else /proc/cpuinfo. null when the machine does not tell.
 */
export function onlineCpus(files: MachineFiles): number[] | null {
  for (const source of [onlineList, onlineFolders, listedProcessors]) {
    const cpus = source(files);
    if (cpus !== null && cpus.length > 0) return cpus;
  }
  return null;
}

function onlineList(files: MachineFiles): number[] | null {
  return files.list(`${CPU_FOLDER}/online`);
}

function onlineFolders(files: MachineFiles): number[] {
  return files
    .numbered(CPU_FOLDER, 'cpu')
    .filter((cpu) => files.integer(`${CPU_FOLDER}/cpu${String(cpu)}/online`) !== 0);
}

/** `processor : 0` in most architectures, `processor 0: version = …` in s390; CPUs that are offline are not in it. */
function listedProcessors(files: MachineFiles): number[] {
  const text = files.text('proc/cpuinfo') ?? '';
  const cpus = new Set([...text.matchAll(/^processor[ \t]*:?[ \t]*(\d{1,5})\b/gm)].map(([, cpu]) => Number(cpu)));
  if (cpus.size > 0) {
    files.warnings.add(
      'WARN_NO_CPU_LIST',
      `expected ${CPU_FOLDER}/online or folders of CPUs beside it, got neither: the processors of proc/cpuinfo are assumed to be online`,
    );
  }
  return [...cpus].sort((a, b) => a - b);
}
