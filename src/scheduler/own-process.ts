import { NumaCore } from '../numa/numa-core.ts';
import { detectTopology } from '../topology/detect.ts';
import type { Machine } from './machine.ts';
import type { ResolvedOptions } from './options.ts';

/** What the NUMA nodes are to an engine that uses all of them as one: nothing is read of them while it works. */
export function coreOfOne({ root = '/' }: Machine, { numa }: ResolvedOptions): NumaCore {
  const efficiencyThreshold = numa?.efficiencyThreshold ?? 0.8;
  return new NumaCore(detectTopology({ root }), { monitoring: false, efficiencyThreshold, root });
}

/** The first node with CPUs that this process may use. */
export function ownNode({ topology }: NumaCore): number {
  const node = topology.nodes.find(({ usableCpus }) => usableCpus.length > 0) ?? topology.nodes[0];
  return node?.id ?? 0;
}

/** As `coreOfOne`, of an engine whose workers are threads of this process. */
export function coreOfThreads(machine: Machine, options: ResolvedOptions): NumaCore {
  const core = coreOfOne(machine, options);
  const { workers } = options;
  const own = { id: ownNode(core), pid: process.pid, workers, cpus: core.topology.allowedCpus, pinned: false };
  core.monitor.attach({ nodes: () => [own] });
  return core;
}
