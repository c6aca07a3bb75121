/**
 * CPUs that the control groups of this process allow, v1 and v2; memory: memory-groups.ts. A group is bound by every group
 * above it, so each limit is the least one on the way down. Whatever cannot be read or understood limits nothing: a wrong guess here would cost
 * cores, and the kernel enforces its limits without our help.
 */
import { type ControllerPath, controllerPaths, mountedPaths } from './cgroup-path.ts';
import { parseCpuList } from './cpulist.ts';
import { parseInteger, readInteger, readText } from './fs-text.ts';

/** Files of a cpuset. A v1 mount with the option noprefix, as at /dev/cpuset, has the short names. */
const SET_FILES: Readonly<Record<ControllerPath['version'], readonly string[]>> = {
  1: ['cpuset.effective_KIND', 'cpuset.KIND', 'effective_KIND', 'KIND'],
  2: ['cpuset.KIND.effective'],
};

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
 * The CPUs that the innermost cpuset with any of them allows, or null when none does.
 * @param root directory that holds `proc/` and `sys/`
 */
export function cpusetCpus(root = '/'): number[] | null {
  return innermostSet('cpus', root);
}

/**
 * The memory nodes that the innermost cpuset with any of them allows, or null when none does.
 * @param root directory that holds `proc/` and `sys/`
 */
export function cpusetMems(root = '/'): number[] | null {
  return innermostSet('mems', root);
}

/** Only from a mount that mountinfo names: a set of another group, taken for ours, would cost whole cores. */
function innermostSet(kind: 'cpus' | 'mems', root: string): number[] | null {
  for (const { version, directories } of mountedPaths('cpuset', root)) {
    for (const directory of directories.toReversed()) {
      for (const file of SET_FILES[version]) {
        const list = parseCpuList(readText(root, `${directory}/${file.replace('KIND', kind)}`) ?? '');
        if (list.ok && list.cpus.length > 0) return list.cpus;
      }
    }
  }
  return null;
}

/** `cpu.max`: `QUOTA PERIOD` in µs, QUOTA may be `max`. */
function quotaV2(root: string, directory: string): number | null {
  const [quota = '', period = ''] = (readText(root, `${directory}/cpu.max`) ?? '').trim().split(/\s+/);
  return ratio(parseInteger(quota), parseInteger(period));
}

/** `cpu.cfs_quota_us` over `cpu.cfs_period_us`; a quota of −1 is none. */
function quotaV1(root: string, directory: string): number | null {
  const quota = readInteger(root, `${directory}/cpu.cfs_quota_us`);
  return quota === -1 ? null : ratio(quota, readInteger(root, `${directory}/cpu.cfs_period_us`));
}

/** A quota below zero cannot come from a kernel; as in oneTBB it allows the least there is. */
function ratio(quota: number | null, period: number | null): number | null {
  if (quota === null || period === null || period <= 0) return null;
  return Math.max(0, quota) / period;
}

function least(values: readonly (number | null)[]): number | null {
  return values.reduce((low, value) => (low === null || (value !== null && value < low) ? value : low), null);
}
