import type { Topology } from '../topology/topology.ts';

/** What firmware says of a node to itself, and what it says of another one when it says nothing better. */
const LOCAL = 10;
const REMOTE = 20;

/**
 * How far nodes are from each other, by their index in `topology.nodes`. Where the machine does not tell, a node is 10 from itself and
 * 20 from any other one.
 */
export class NodeDistances {
  readonly count: number;
  /** From node i to node j at i · count + j. */
  readonly table: Float64Array;
  readonly #indexOf: ReadonlyMap<number, number>;
  /** The nearest node that has memory for it, of each node: itself as a rule. */
  readonly #home: readonly number[];

  constructor({ nodes, allowedNodes }: Pick<Topology, 'nodes' | 'allowedNodes'>) {
    this.count = nodes.length;
    this.table = tableOf(nodes);
    this.#indexOf = new Map(nodes.map(({ id }, index) => [id, index]));
    const hasMemory = nodes.map(({ id, memoryKiB }) => memoryKiB !== 0 && allowedNodes.includes(id));
    this.#home = nodes.map((_, from) => this.#nearest(from, hasMemory));
  }

  at(from: number, to: number): number {
    return this.table[from * this.count + to] ?? REMOTE;
  }

  /** @returns the index of a node by its id; undefined when there is none */
  indexOf(id: number): number | undefined {
    return this.#indexOf.get(id);
  }

  /** What a task counts that ran on `to` though it was assigned to `from`: 1 where that is no farther, else the share of the distance. */
  weight(from: number, to: number): number {
    return Math.min(1, this.at(from, from) / this.at(from, to));
  }

  /** What a byte counts that is on the node with the id `to`, for a process on `from`: 1 on the nearest node that has memory for it. */
  memoryWeight(from: number, to: number): number {
    const nearest = this.at(from, this.#home[from] ?? from);
    const index = this.#indexOf.get(to);
    return Math.min(1, nearest / (index === undefined ? REMOTE : this.at(from, index)));
  }

  #nearest(from: number, hasMemory: readonly boolean[]): number {
    let best = from;
    for (let to = 0; to < this.count; ++to) {
      if (hasMemory[to] !== true) continue;
      if (hasMemory[best] !== true || this.at(from, to) < this.at(from, best)) best = to;
    }
    return best;
  }
}

function tableOf(nodes: Topology['nodes']): Float64Array {
  const table = new Float64Array(nodes.length * nodes.length);
  nodes.forEach(({ distances }, from) => {
    nodes.forEach((_, to) => {
      const told = distances?.[to] ?? 0;
      table[from * nodes.length + to] = told > 0 ? told : from === to ? LOCAL : REMOTE;
    });
  });
  return table;
}
