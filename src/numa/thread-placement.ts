import { threadId } from 'node:worker_threads';
import { NumaError } from '../base/errors.ts';
import type { Topology, TopologyNode } from '../topology/topology.ts';
import { NodeLoads } from './node-loads.ts';
import { invalidOption } from './numa-options.ts';
import type { PlacementCounters } from './placement-counters.ts';
import { RoundRobin } from './round-robin.ts';
import type { ThreadPins } from './thread-pins.ts';

/** What became of a thread that was assigned to a node. */
export interface Assignment {
  /** Id of the node. */
  readonly node: number;
  /** What the thread may run on now, ascending: CPUs of the node when it is pinned. */
  readonly cpus: readonly number[];
  /** Whether the kernel keeps it on CPUs of the node. */
  readonly pinned: boolean;
  /** Why it is not pinned; undefined when it is. */
  readonly reason?: string;
}

/** Assigns threads of this process to nodes. */
export class ThreadPlacement {
  readonly #topology: Topology;
  readonly #counters: PlacementCounters;
  readonly #pins: ThreadPins;
  readonly #cpus: readonly (readonly number[])[];
  readonly #policy: RoundRobin;

  constructor(topology: Topology, counters: PlacementCounters, pins: ThreadPins) {
    this.#topology = topology;
    this.#counters = counters;
    this.#pins = pins;
    const isolated = new Set(topology.isolatedCpus);
    const balanced = topology.nodes.map(({ usableCpus }) => usableCpus.filter((cpu) => !isolated.has(cpu)));
    // The kernel balances nothing over isolated CPUs. They are used where there is nothing else.
    this.#cpus = topology.nodes.map(({ usableCpus }, index) => {
      const cpus = balanced[index] ?? [];
      return cpus.length > 0 ? cpus : usableCpus;
    });
    const loads = new NodeLoads(topology.nodes.length);
    loads.places.set((balanced.some((cpus) => cpus.length > 0) ? balanced : this.#cpus).map((cpus) => cpus.length));
    // Threads that do not know of each other begin with different nodes.
    this.#policy = new RoundRobin(loads, Int32Array.of(threadId));
  }

  /**
   * Assigns the calling thread, and pins it.
   *
   * @param node id; undefined: one node after the other
   * @throws NumaError ERR_INVALID_OPTION, ERR_NODE_UNAVAILABLE
   */
  assign(node: unknown): Assignment {
    const preferred = node === undefined ? -1 : this.#indexOf(node);
    const began = this.#counters.begin();
    const index = this.#policy.choose(preferred);
    // A node of isolated CPUs only is no choice of the policy, but may be asked for.
    const chosen = preferred >= 0 ? preferred : index;
    const { id } = this.#at(chosen);
    this.#counters.assigned(began);
    const wanted = this.#cpus[chosen] ?? [];
    const pinning = this.#pins.pin(wanted);
    if (pinning.pinned) return Object.freeze({ node: id, cpus: Object.freeze([...wanted]), pinned: true });
    this.#countUnpinned(chosen);
    const cpus = Object.freeze([...(pinning.cpus ?? this.#topology.allowedCpus)]);
    return Object.freeze({ node: id, cpus, pinned: false, reason: pinning.reason ?? 'the system does not say why' });
  }

  #indexOf(node: unknown): number {
    if (typeof node !== 'number' || !Number.isInteger(node) || node < 0) {
      throw invalidOption('node', 'the id of a NUMA node, a whole number from 0 on', node);
    }
    const index = this.#topology.nodes.findIndex(({ id }) => id === node);
    if (index >= 0 && (this.#cpus[index] ?? []).length > 0) return index;
    throw this.#unavailable(node, index >= 0);
  }

  #at(index: number): TopologyNode {
    const node = this.#topology.nodes[index];
    if (node !== undefined) return node;
    throw new NumaError(
      'ERR_NODE_UNAVAILABLE',
      'expected a node with CPUs that this process may use, got none: look at its cpuset and affinity (`tallyio topology`)',
      { node: null },
    );
  }

  #unavailable(node: number, exists: boolean): NumaError {
    const usable = this.#topology.nodes.filter((_, index) => (this.#cpus[index] ?? []).length > 0);
    const ids = usable.map(({ id }) => String(id)).join(', ');
    const why = exists ? ', which has no CPU that this process may use' : '';
    return new NumaError(
      'ERR_NODE_UNAVAILABLE',
      `expected a node that has CPUs for this process (${ids === '' ? 'there is none' : ids}), got ${String(node)}${why}: leave node out to get one that has`,
      { node },
    );
  }

  // It runs wherever the kernel likes: where it is just now is all that can be known.
  #countUnpinned(chosen: number): void {
    const { nodes } = this.#topology;
    if (nodes.length === 1) return;
    const cpu = this.#pins.currentCpu();
    const at = cpu === null ? -1 : nodes.findIndex(({ usableCpus }) => usableCpus.includes(cpu));
    if (at < 0) this.#counters.unknown();
    else this.#counters.moved(chosen, at);
  }
}
