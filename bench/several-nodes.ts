/** An engine on the nodes of this machine, and what the kernel tells of its processes. */
import { existsSync } from 'node:fs';
import type { Topology, TopologyNode } from 'tallyio';
import { NotMeasured } from './case.ts';
import { type Engine, type Handlers, openHandlers } from './engines.ts';
import type { Library } from './library.ts';

type ReadResidency = (pid: number, filter: { readonly minimumBytes: number }) => ReadonlyMap<number, number> | null;

/** Smaller mappings are stacks and tables of libraries. */
const FILTER = { minimumBytes: 2 ** 20 };

/**
 * The nodes that have both CPUs and memory for this process: two at least.
 *
 * @throws NotMeasured on a machine with fewer, and for a build that knows no nodes
 */
export function severalNodes({ tallyio }: Library): readonly TopologyNode[] {
  if (!('NumaScheduler' in tallyio)) throw new NotMeasured('this build knows no nodes');
  const { topology } = tallyio.NumaScheduler.detect();
  const nodes = nodesOf(topology);
  if (nodes.length > 1) return nodes;
  const why = topology.reason === undefined ? '' : `: ${topology.reason}`;
  throw new NotMeasured(`this machine has one NUMA node with CPUs and memory${why}`);
}

/** An engine with a process of one worker on each node. @throws NotMeasured as `severalNodes` */
export function openOnNodes(library: Library): Promise<Engine<Handlers>> {
  const nodes = severalNodes(library).map(({ id }) => id);
  return openHandlers(library, { workers: nodes.length, numa: { nodes } });
}

/**
 * Percent of the memory of a process that is on a node.
 *
 * @throws NotMeasured where the kernel does not tell
 */
export async function residentShare(library: Library, pid: number, node: number): Promise<number> {
  const file = new URL('./numa/residency.js', library.entry);
  if (!existsSync(file)) throw new NotMeasured('this build does not read where memory is');
  const { readResidency } = (await import(file.href)) as { readonly readResidency: ReadResidency };
  const bytes = readResidency(pid, FILTER);
  if (bytes === null) throw new NotMeasured('the kernel does not tell where memory is');
  const all = [...bytes.values()].reduce((sum, each) => sum + each, 0);
  return ((bytes.get(node) ?? 0) / all) * 100;
}

function nodesOf({ nodes, allowedNodes }: Topology): readonly TopologyNode[] {
  return nodes.filter(
    ({ id, usableCpus, memoryKiB }) => usableCpus.length > 0 && memoryKiB !== 0 && allowedNodes.includes(id),
  );
}
