import type { NodeDistances } from './node-distances.ts';
import type { NodeLoads } from './node-loads.ts';
import type { PlacementPolicy } from './placement-policy.ts';

/** How many tasks in a row go to one node while it has places free: they are sent together, and share what they read. A guess. */
const RUN_LENGTH = 64;

/**
 * Keeps tasks together while that costs no parallelism: a node that was chosen is chosen again, for a run of 64 at most, until its
 * places are taken. Then the node with the least load for each of its places is next; of several the nearest to the last one, then the
 * lowest. When the places of all are taken, a run is as long as the node has places, until something ends anywhere.
 */
export class Locality implements PlacementPolicy {
  readonly #loads: NodeLoads;
  readonly #pending: Int32Array;
  readonly #places: Int32Array;
  readonly #distances: Float64Array;
  readonly #count: number;
  #last = 0;
  #left = 0;
  /** `ends` of the loads when the places of all were taken; −1: they were not. */
  #fullSince = -1;

  constructor(loads: NodeLoads, distances: Pick<NodeDistances, 'table' | 'count'>) {
    this.#loads = loads;
    this.#pending = loads.pending;
    this.#places = loads.places;
    this.#distances = distances.table;
    this.#count = distances.count;
  }

  choose(preferred: number): number {
    if (preferred >= 0 && (this.#places[preferred] ?? 0) > 0) return preferred;
    if (this.#left > 0 && this.#goesOn()) {
      --this.#left;
      return this.#last;
    }
    const next = this.#leastLoaded();
    if (next < 0) return -1;
    const places = this.#places[next] ?? 0;
    const isFull = (this.#pending[next] ?? 0) >= places;
    this.#last = next;
    this.#left = (isFull ? Math.min(places, RUN_LENGTH) : RUN_LENGTH) - 1;
    this.#fullSince = isFull ? this.#loads.ends : -1;
    return next;
  }

  #goesOn(): boolean {
    const places = this.#places[this.#last] ?? 0;
    return (this.#pending[this.#last] ?? 0) < places || (places > 0 && this.#fullSince === this.#loads.ends);
  }

  #leastLoaded(): number {
    const places = this.#places;
    const pending = this.#pending;
    let best = -1;
    let bestPending = 0;
    let bestPlaces = 0;
    for (let node = 0; node < places.length; ++node) {
      const nodePlaces = places[node] ?? 0;
      if (nodePlaces <= 0) continue;
      const nodePending = pending[node] ?? 0;
      // pending / places, without a division
      const difference = best < 0 ? -1 : nodePending * bestPlaces - bestPending * nodePlaces;
      if (difference > 0 || (difference === 0 && !this.#isNearer(node, best))) continue;
      best = node;
      bestPending = nodePending;
      bestPlaces = nodePlaces;
    }
    return best;
  }

  #isNearer(node: number, other: number): boolean {
    const row = this.#last * this.#count;
    return (this.#distances[row + node] ?? 0) < (this.#distances[row + other] ?? 0);
  }
}
