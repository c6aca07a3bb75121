import { NumaError } from '../base/errors.ts';
import type { Topology } from '../topology/topology.ts';

/** The error for a node that a task cannot prefer. */
export function nodeUnavailable(id: number, usable: readonly number[]): NumaError {
  return new NumaError(
    'ERR_NODE_UNAVAILABLE',
    `expected node to be one that the engine uses (${usable.join(', ')}), got ${String(id)}: \`tallyio topology\` shows the ` +
      'nodes of this machine; leave node out if any will do',
    { node: id },
  );
}

/** What a node means where all workers are in one process: nothing. */
export function anyNode(): number {
  return -1;
}

/** As `anyNode`, of those that this process may use. @throws NumaError ERR_NODE_UNAVAILABLE */
export function anyOf(id: number, { nodes }: Pick<Topology, 'nodes'>): number {
  const usable = nodes.filter(({ usableCpus }) => usableCpus.length > 0).map((node) => node.id);
  if (usable.includes(id)) return anyNode();
  throw nodeUnavailable(id, usable);
}
