import { availableParallelism } from 'node:os';
import { allowedCpus, type AllowedCpus } from './allowed.ts';
import { cpuQuota } from './cgroup.ts';
import { MachineFiles } from './machine-files.ts';
import { onlineCpus } from './online.ts';

/** What decided a CPU count: what the process may run on, or a cgroup quota. */
type CpuSource = AllowedCpus['source'] | 'quota';

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
  const files = new MachineFiles(root);
  const { cpus, source } = allowedCpus(files, onlineCpus(files));
  const usable = cpus?.length ?? availableParallelism();
  const granted = quota === null ? Infinity : Math.max(1, Math.ceil(quota));
  return granted < usable
    ? { cpus, quota, count: granted, source: 'quota' }
    : { cpus, quota, count: Math.max(1, usable), source };
}
