import { availableParallelism } from 'node:os';
import { cpuQuota, cpusetCpus } from './cgroup.ts';
import { parseCpuList } from './cpulist.ts';
import { readText } from './fs-text.ts';

/** What decided a CPU count: the affinity mask, a cpuset, the CPUs online, a cgroup quota, or Node's own answer. */
type CpuSource = 'affinity' | 'cpuset' | 'online' | 'quota' | 'runtime';

/** The CPUs this process may use. */
export interface AvailableCpus {
  /** Ascending; null where the system does not tell. */
  readonly cpus: readonly number[] | null;
  /** CPU time the control groups grant, in CPUs; null = no limit. */
  readonly quota: number | null;
  /** How many threads can make progress at once; at least 1. */
  readonly count: number;
  readonly source: CpuSource;
}

/**
 * How much of the machine this process may use: the affinity mask (which already contains the cpuset) within the CPUs
 * that are online, and no more than the cgroup quota. A quota is rounded up, as oneTBB, Go and the JVM do (2.5 CPUs are
 * 3 workers, half a CPU is 1): with a worker less, the fraction could never be used.
 * @param root directory that holds `proc/` and `sys/`
 */
export function availableCpus(root = '/'): AvailableCpus {
  const quota = cpuQuota(root);
  const { cpus, source } = allowedCpus(root);
  const usable = cpus?.length ?? availableParallelism();
  const granted = quota === null ? Infinity : Math.max(1, Math.ceil(quota));
  return granted < usable
    ? { cpus, quota, count: granted, source: 'quota' }
    : { cpus, quota, count: Math.max(1, usable), source };
}

function allowedCpus(root: string): Pick<AvailableCpus, 'cpus' | 'source'> {
  const online = nonEmptyList(readText(root, 'sys/devices/system/cpu/online'));
  const affinity = nonEmptyList(
    /^Cpus_allowed_list:(.*)$/m.exec(readText(root, 'proc/self/status') ?? '')?.[1] ?? null,
  );
  if (affinity !== null) return { cpus: within(affinity, online), source: 'affinity' };
  const cpuset = cpusetCpus(root);
  if (cpuset !== null) return { cpus: within(cpuset, online), source: 'cpuset' };
  return { cpus: online, source: online === null ? 'runtime' : 'online' };
}

/** The part of `cpus` that is online; all of it when that would be nothing, as one of the two must then be wrong. */
function within(cpus: number[], online: number[] | null): number[] {
  const both = cpus.filter((cpu) => online?.includes(cpu) ?? true);
  return both.length > 0 ? both : cpus;
}

function nonEmptyList(text: string | null): number[] | null {
  const list = parseCpuList(text ?? '');
  return list.ok && list.cpus.length > 0 ? list.cpus : null;
}
