import { cpusetCpus, cpusetMems } from './cgroup.ts';
import { parseCpuList } from './cpulist.ts';
import type { MachineFiles } from './machine-files.ts';

/** CPUs that this process may run on. */
export interface AllowedCpus {
  /** Ascending, not empty; null when the machine does not tell. */
  readonly cpus: readonly number[] | null;
  /** Who tells: the affinity mask, a cpuset, the CPUs online, or nobody but Node's own answer. */
  readonly source: 'affinity' | 'cpuset' | 'online' | 'runtime';
}

const STATUS = 'proc/self/status';

/**
 * The affinity mask, which already contains the cpuset, else the cpuset; of either the part that is online, and all of it when
 * that would be nothing, as the kernel lets nobody run on a CPU that is offline.
 *
 * @param online null: not known
 */
export function allowedCpus(files: MachineFiles, online: readonly number[] | null): AllowedCpus {
  const affinity = statusList(files, 'Cpus_allowed_list');
  if (affinity !== null) return { cpus: within(affinity, online), source: 'affinity' };
  const cpuset = cpusetCpus(files.root);
  if (cpuset !== null) return { cpus: within(cpuset, online), source: 'cpuset' };
  return { cpus: online, source: online === null ? 'runtime' : 'online' };
}

/** Ids of the nodes whose memory this process may use: what its status says, else its cpuset; null when neither tells. */
export function allowedMemory(files: MachineFiles): number[] | null {
  return statusList(files, 'Mems_allowed_list') ?? cpusetMems(files.root);
}

function within(cpus: readonly number[], online: readonly number[] | null): readonly number[] {
  if (online === null) return cpus;
  const known = new Set(online);
  const both = cpus.filter((cpu) => known.has(cpu));
  return both.length > 0 ? both : cpus;
}

/** A list that is empty or cannot be read says nothing. */
function statusList(files: MachineFiles, name: string): number[] | null {
  const line = new RegExp(`^${name}:(.*)$`, 'm').exec(files.text(STATUS) ?? '')?.[1];
  if (line === undefined) return null;
  const list = parseCpuList(line);
  if (!list.ok) files.warnings.addFile(STATUS, `a list of numbers as ${name}`, line.trim().slice(0, 40));
  return list.ok && list.cpus.length > 0 ? list.cpus : null;
}
