/**
 * What the control groups of this process allow, v1 and v2. A group is bound by every group above it, so each limit is
 * the least one on the way down. Whatever cannot be read or understood limits nothing: a wrong guess here would cost
 * cores, and the kernel enforces its limits without our help.
 */
import { controllerPaths } from './cgroup-path.ts';
import { parseCpuList } from './cpulist.ts';
import { readText } from './fs-text.ts';

/** The kernel's word for "no limit" in v1: the largest page-aligned i64. No machine has an eighth of it. */
const V1_UNLIMITED_BYTES = 2 ** 60;

/**
 * CPU time this process may use, in CPUs (0.5 = half a CPU), or null for no limit.
 * @param root directory that holds `proc/` and `sys/`
 */
export function cpuQuota(root = '/'): number | null {
  const quotas = controllerPaths('cpu', root).flatMap(({ version, directories }) =>
    directories.map((directory) => (version === 2 ? quotaV2(root, directory) : quotaV1(root, directory))),
  );
  return least(quotas);
}

/**
 * The CPUs the innermost cpuset that says anything allows, or null when none does.
 * @param root directory that holds `proc/` and `sys/`
 */
export function cpusetCpus(root = '/'): number[] | null {
  for (const { version, directories } of controllerPaths('cpuset', root)) {
    const files = version === 2 ? ['cpuset.cpus.effective'] : ['cpuset.effective_cpus', 'cpuset.cpus'];
    for (const directory of directories.toReversed()) {
      for (const file of files) {
        const list = parseCpuList(readText(root, `${directory}/${file}`) ?? '');
        if (list.ok && list.cpus.length > 0) return list.cpus;
      }
    }
  }
  return null;
}

/**
 * Memory this process may use, in bytes, or null for no limit.
 * @param root directory that holds `proc/` and `sys/`
 */
export function memoryLimitBytes(root = '/'): number | null {
  const limits = controllerPaths('memory', root).flatMap(({ version, directories }) => {
    const file = version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
    return directories.map((directory) => integer(readText(root, `${directory}/${file}`)));
  });
  return least(limits.filter((limit) => limit !== null && limit >= 0 && limit < V1_UNLIMITED_BYTES));
}

/** `cpu.max`: `QUOTA PERIOD` in µs, QUOTA may be `max`. */
function quotaV2(root: string, directory: string): number | null {
  const [quota = '', period = ''] = (readText(root, `${directory}/cpu.max`) ?? '').trim().split(/\s+/);
  return ratio(integer(quota), integer(period));
}

/** `cpu.cfs_quota_us` over `cpu.cfs_period_us`; a quota of −1 is none. */
function quotaV1(root: string, directory: string): number | null {
  const quota = integer(readText(root, `${directory}/cpu.cfs_quota_us`));
  return quota === -1 ? null : ratio(quota, integer(readText(root, `${directory}/cpu.cfs_period_us`)));
}

/** A quota below zero cannot come from a kernel; as in oneTBB it allows the least there is. */
function ratio(quota: number | null, period: number | null): number | null {
  if (quota === null || period === null || period <= 0) return null;
  return Math.max(0, quota) / period;
}

function integer(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^-?\d{1,20}$/.test(trimmed) ? Number(trimmed) : null;
}

function least(values: readonly (number | null)[]): number | null {
  return values.reduce((low, value) => (low === null || (value !== null && value < low) ? value : low), null);
}
