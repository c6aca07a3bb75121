import { NumaError } from '../base/errors.ts';

/** The error for a node that a task cannot prefer. */
export function nodeUnavailable(id: number, usable: readonly number[]): NumaError {
  return new NumaError(
    'ERR_NODE_UNAVAILABLE',
    `expected node to be one that the engine uses (${usable.join(', ')}), got ${String(id)}: \`tallyio topology\` shows the ` +
      'nodes of this machine; leave node out if any will do',
    { node: id },
  );
}

/** What it means to prefer a node where all workers are in one process: nothing, be it one that exists. */
export function anyNode(): number {
  return -1;
}
