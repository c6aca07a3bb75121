import { isDeepStrictEqual } from 'node:util';
import type { Topology, TopologyNode } from '../../src/topology/topology.ts';
import { type Capture, holds } from './capture.ts';

/**
 * Where a topology is not what a capture says it should be: a line for each.
 *
 * Lenient in three places, where a capture does not know. A memory size or the distances that are null in `expected`, though the
 * tree has the files: anything goes (without the files they must be null). Without `allowed` everything must be allowed, but
 * nodes without memory need not be: there is nothing to allow, and kernels differ.
 */
export function differencesOf(topology: Topology, { expected, tree }: Capture): string[] {
  const found: string[] = [];
  const compare = (what: string, got: unknown, wanted: unknown): void => {
    if (isDeepStrictEqual(got, wanted)) return;
    found.push(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  };
  compare('source', topology.source, expected.noNodeDirectory === true ? 'single' : 'sysfs');
  compare('onlineCpus', topology.onlineCpus, expected.onlineCpus);
  compare('packages', topology.packages, expected.packages);
  compare('cores', topology.cores, expected.cores);
  compare('smt', topology.smt, expected.smt);
  compare('coresByThreads', coresByThreads(topology), expected.coresByThreads);
  compare('nodes', topology.nodes.map(idAndCpus), expected.nodes.map(idAndCpus));
  compare('usable CPUs', ascending(topology.nodes.flatMap(({ usableCpus }) => usableCpus)), topology.allowedCpus);
  for (const { id, memoryKiB } of expected.nodes) {
    if (memoryKiB === null && holds(tree, nodeFile(id, 'meminfo'))) continue;
    compare(`memoryKiB of node ${String(id)}`, topology.nodes.find((node) => node.id === id)?.memoryKiB, memoryKiB);
  }
  compareDistances(compare, topology.nodes, { expected, tree });
  compareAllowed(compare, topology, { expected, tree });
  return found;
}

type Compare = (what: string, got: unknown, wanted: unknown) => void;

function compareDistances(compare: Compare, nodes: readonly TopologyNode[], { expected, tree }: Capture): void {
  const matrix = nodes.map(({ distances }) => distances);
  if (expected.distances !== null) {
    compare(
      'columns of distances',
      nodes.map(({ id }) => id),
      expected.distances.ids,
    );
    compare('distances', matrix, expected.distances.matrix);
  } else if (!nodes.some(({ id }) => holds(tree, nodeFile(id, 'distance')))) {
    compare(
      'distances',
      matrix,
      nodes.map(() => null),
    );
  }
}

function compareAllowed(compare: Compare, topology: Topology, { expected }: Capture): void {
  if (expected.allowed !== undefined) {
    compare('allowedCpus', topology.allowedCpus, expected.allowed.cpus);
    compare('allowedNodes', topology.allowedNodes, expected.allowed.nodes);
    return;
  }
  const empty = new Set(topology.nodes.filter(({ memoryKiB }) => memoryKiB === 0).map(({ id }) => id));
  const withMemory = (ids: readonly number[]): number[] => ids.filter((id) => !empty.has(id));
  compare('allowedCpus', topology.allowedCpus, expected.onlineCpus);
  compare('allowedNodes', withMemory(topology.allowedNodes), withMemory(expected.nodes.map(({ id }) => id)));
}

function coresByThreads({ coreCpus }: Topology): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { length } of coreCpus) counts[length] = (counts[length] ?? 0) + 1;
  return counts;
}

function idAndCpus({ id, cpus }: { readonly id: number; readonly cpus: readonly number[] }): object {
  return { id, cpus };
}

function nodeFile(id: number, name: string): string {
  return `sys/devices/system/node/node${String(id)}/${name}`;
}

function ascending(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}
