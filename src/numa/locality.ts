import type { NodeDistances } from './node-distances.ts';
import type { NodeLoads } from './node-loads.ts';
import type { PlacementPolicy } from './placement-policy.ts';

/** How many tasks in a row go to one node while it has places free: they are sent together, and share what they read. A guess. */
const RUN_LENGTH = 64;

/**
 * Keeps tasks together while that costs no parallelism: a node that was chosen is chosen again, for a run of 64 at most, until its
 * places are taken. Then the node with the least load for each of its places is next; of several the nearest to the last one, then the
 * lowest.
 */
export class Locality implements PlacementPolicy {
  readonly #pending: Int32Array;
  readonly #places: Int32Array;
  readonly #distances: Float64Array;
  readonly #count: number;
  #last = 0;
  #left = 0;

  constructor({ pending, places }: NodeLoads, distances: Pick<NodeDistances, 'table' | 'count'>) {
    this.#pending = pending;
    this.#places = places;
    this.#distances = distances.table;
    this.#count = distances.count;
  }

  choose(preferred: number): number {
    if (preferred >= 0 && (this.#places[preferred] ?? 0) > 0) return preferred;
    const last = this.#last;
    if (this.#left > 0 && (this.#pending[last] ?? 0) < (this.#places[last] ?? 0)) {
      --this.#left;
      return last;
    }
    const next = this.#leastLoaded();
    if (next < 0) return -1;
    this.#last = next;
    this.#left = RUN_LENGTH - 1;
    return next;
  }

  #leastLoaded(): number {
    let best = -1;
    let bestPending = 0;
    let bestPlaces = 0;
    for (let node = 0; node < this.#count; ++node) {
      const places = this.#places[node] ?? 0;
      if (places <= 0) continue;
      const pending = this.#pending[node] ?? 0;
      // pending / places, without a division
      const difference = best < 0 ? -1 : pending * bestPlaces - bestPending * places;
      if (difference > 0 || (difference === 0 && !this.#isNearer(node, best))) continue;
      best = node;
      bestPending = pending;
      bestPlaces = places;
    }
    return best;
  }

  #isNearer(node: number, other: number): boolean {
    const row = this.#last * this.#count;
    return (this.#distances[row + node] ?? 0) < (this.#distances[row + other] ?? 0);
  }
}
