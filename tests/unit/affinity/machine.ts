import type { PlanOptions } from '../../../src/affinity/plan.ts';
import type { Topology, TopologyNode } from '../../../src/topology/topology.ts';

/** A node of a machine that is made up. */
export interface NodeParts {
  readonly id: number;
  readonly cpus: readonly number[];
  /** @default `cpus` */
  readonly usableCpus?: readonly number[];
  /** @default 1024 */
  readonly memoryKiB?: number | null;
}

/** A machine of these nodes, one CPU a core unless `more` says otherwise. */
export function machine(nodes: readonly NodeParts[], more: Partial<Topology> = {}): Topology {
  const complete = nodes.map(({ id, cpus, usableCpus = cpus, memoryKiB = 1024 }): TopologyNode => {
    return { id, cpus, usableCpus, memoryKiB, distances: null };
  });
  const onlineCpus = ascending(complete.flatMap(({ cpus }) => cpus));
  return {
    source: 'sysfs',
    nodes: complete,
    onlineCpus,
    allowedCpus: ascending(complete.flatMap(({ usableCpus }) => usableCpus)),
    allowedNodes: complete.map(({ id }) => id),
    isolatedCpus: [],
    packages: 1,
    cores: onlineCpus.length,
    smt: false,
    cpuQuota: null,
    coreCpus: onlineCpus.map((cpu) => [cpu]),
    caches: [],
    cpuKinds: [],
    warnings: [],
    ...more,
  };
}

/** The whole numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}

export const DEFAULTS: PlanOptions = { pin: 'node', useIsolatedCpus: false, reserveHostCore: false };

function ascending(cpus: readonly number[]): number[] {
  return [...new Set(cpus)].sort((a, b) => a - b);
}
