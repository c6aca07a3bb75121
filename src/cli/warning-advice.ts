import type { TopologyWarningCode } from '../topology/topology.ts';

const COMPARE = 'compare the facts above with lscpu and numactl --hardware';
const FIRMWARE = 'only the order of other nodes depends on distances; a newer firmware may tell them (its SLIT table)';

/** What to do about a warning. */
const ADVICE: Readonly<Partial<Record<TopologyWarningCode, string>>> = {
  WARN_BAD_DISTANCES: FIRMWARE,
  WARN_CONTRADICTION: `if CPUs went offline or a cpuset changed meanwhile, look again; else ${COMPARE}`,
  WARN_MISSING_NODES: `if a node went offline meanwhile, look again; else ${COMPARE}`,
  WARN_NO_AFFINITY: 'make proc readable; a tree of another machine has to contain proc/self/status',
  WARN_NO_CORES: 'give the number of workers if some of its hardware threads are to stay free',
  WARN_NO_CPU_LIST: 'make sys readable; a tree of another machine has to contain sys/devices/system/cpu',
  WARN_NO_DISTANCES: FIRMWARE,
  WARN_NO_PACKAGES: 'nothing depends on it but the number of packages',
  WARN_ORPHAN_CPUS: `${COMPARE}; numa: { nodes } leaves a node out`,
  WARN_OVERLAPPING_NODES: "usual with numa=fake on the kernel's command line; elsewhere numa: 'off' ignores the nodes",
  WARN_SILENT_NODE: COMPARE,
  WARN_UNREADABLE: COMPARE,
};

/** What to do about a warning of a code. */
export function adviceOn(code: TopologyWarningCode): string {
  return `what to do: ${ADVICE[code] ?? COMPARE}`;
}
