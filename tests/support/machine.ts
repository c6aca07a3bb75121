import type { Plan, PlannedNode } from '../../src/affinity/plan.ts';
import type { CacheGroup, Topology, TopologyNode } from '../../src/topology/topology.ts';

/** A machine of equal nodes to begin with. */
export interface MachineShape {
  readonly nodes: number;
  readonly coresPerNode: number;
  /** Hardware threads of a core; the second threads are numbered after all first ones. @default 1 */
  readonly threads?: number;
  /** Cores behind one last-level cache. @default none told */
  readonly coresPerCache?: number;
}

/** A machine of equal nodes, a core's threads far apart as Linux numbers them on x86; `changes` replace what is told. */
export function machine(shape: MachineShape, changes: Partial<Topology> = {}): Topology {
  const { nodes: count, coresPerNode, threads = 1, coresPerCache } = shape;
  const cores = count * coresPerNode;
  const coreCpus = range(cores).map((core) => range(threads).map((thread) => core + thread * cores));
  const ofCores = (first: number, length: number): number[] => ascending(coreCpus.slice(first, first + length).flat());
  const nodes = range(count).map((id): TopologyNode => {
    const cpus = ofCores(id * coresPerNode, coresPerNode);
    const distances = range(count).map((other) => (other === id ? 10 : 20));
    return { id, cpus, usableCpus: cpus, memoryKiB: 16 * 2 ** 20, distances };
  });
  const all = ascending(coreCpus.flat());
  const caches =
    coresPerCache === undefined
      ? []
      : range(cores / coresPerCache).map((i): CacheGroup => {
          return { level: 3, sizeKiB: 8192, cpus: ofCores(i * coresPerCache, coresPerCache) };
        });
  return {
    source: 'sysfs',
    nodes,
    onlineCpus: all,
    allowedCpus: all,
    allowedNodes: nodes.map(({ id }) => id),
    isolatedCpus: [],
    packages: count,
    cores,
    smt: threads > 1,
    cpuQuota: null,
    coreCpus,
    caches,
    cpuKinds: [],
    warnings: [],
    ...changes,
  };
}

/** Nodes, some of them changed: `{ 1: { memoryKiB: 0 } }` takes the memory of the second one. */
export function changed(
  nodes: readonly TopologyNode[],
  changes: Readonly<Record<number, Partial<TopologyNode>>>,
): TopologyNode[] {
  return nodes.map((node, i) => ({ ...node, ...changes[i] }));
}

/** A plan that uses all CPUs of each node that has some, a worker each; `changes` replace what is planned. */
export function wholeMachine({ nodes }: Topology, changes: Partial<Plan> = {}): Plan {
  const planned = nodes.flatMap(({ id, usableCpus }): PlannedNode[] => {
    if (usableCpus.length === 0) return [];
    return [{ id, cpus: usableCpus, workers: usableCpus.length, workerCpus: undefined, memoryNode: id }];
  });
  return { nodes: planned, hostCpus: null, unused: [], ...changes };
}

/** 0 … n-1. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function ascending(cpus: readonly number[]): number[] {
  return [...cpus].sort((a, b) => a - b);
}
