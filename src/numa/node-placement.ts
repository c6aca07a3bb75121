import { Locality } from './locality.ts';
import type { NodeDistances } from './node-distances.ts';
import { NodeLoads } from './node-loads.ts';
import type { Placement } from './placement.ts';
import type { PlacementCounters } from './placement-counters.ts';
import type { PlacementPolicy } from './placement-policy.ts';
import { RoundRobin } from './round-robin.ts';

/**
 * Places the tasks of an engine on its node processes, and counts. Its nodes are some of those of the machine: they have indices of
 * their own, by which everybody else knows them.
 */
export class NodePlacement implements Placement {
  readonly loads: NodeLoads;
  readonly isLate: boolean;
  readonly #counters: PlacementCounters;
  readonly #policy: PlacementPolicy;
  /** Indices in `topology.nodes` by own index, and back; −1: not one of these. */
  readonly #places: Int32Array;
  readonly #indices: Int32Array;
  readonly #nearest: readonly (readonly number[])[];
  readonly #closed: boolean[];
  #began = 0;

  /** @param ids of the nodes, ascending */
  constructor(
    ids: readonly number[],
    policy: 'locality' | 'roundRobin',
    distances: NodeDistances,
    counters: PlacementCounters,
  ) {
    this.loads = new NodeLoads(distances.count);
    this.#counters = counters;
    this.isLate = policy === 'locality';
    this.#policy = this.isLate ? new Locality(this.loads, distances) : new RoundRobin(this.loads);
    this.#places = Int32Array.from(ids, (id) => distances.indexOf(id) ?? 0);
    this.#indices = new Int32Array(distances.count).fill(-1);
    for (const [index, place] of this.#places.entries()) this.#indices[place] = index;
    this.#nearest = ids.map((_, from) => this.#others(from, distances));
    this.#closed = ids.map(() => false);
  }

  choose(preferred: number): number {
    this.#began = this.#counters.begin();
    const chosen = this.#policy.choose(preferred < 0 ? -1 : (this.#places[preferred] ?? -1));
    if (chosen >= 0) return this.#indices[chosen] ?? 0;
    // None takes tasks now: they wait for one that will.
    if (preferred >= 0 && this.isOpen(preferred)) return preferred;
    return Math.max(0, this.#closed.indexOf(false));
  }

  assigned(_node: number, count: number): void {
    if (count > 0) this.#counters.assigned(this.#began);
    this.#began = 0;
    for (let n = 1; n < count; ++n) this.#counters.assigned();
  }

  waits(count: number): void {
    this.#counters.unknown(count);
  }

  released(from: number, to: number, count: number): void {
    this.#counters.unknown(-count);
    this.#counters.moved(this.#places[from] ?? 0, this.#places[to] ?? 0, count);
  }

  putBack(from: number, to: number): void {
    this.released(from, to, -1);
  }

  load(node: number, pending: number, places: number): void {
    if (this.#closed[node] !== true) this.loads.set(this.#places[node] ?? 0, pending, places);
  }

  nearest(node: number): readonly number[] {
    return this.#nearest[node] ?? [];
  }

  close(node: number): void {
    this.load(node, 0, 0);
    this.#closed[node] = true;
  }

  isOpen(node: number): boolean {
    return this.#closed[node] === false;
  }

  #others(from: number, distances: NodeDistances): readonly number[] {
    const distance = (to: number): number => distances.at(this.#places[from] ?? 0, this.#places[to] ?? 0);
    const all = Array.from(this.#places.keys());
    return all.filter((to) => to !== from).sort((a, b) => distance(a) - distance(b) || a - b);
  }
}
