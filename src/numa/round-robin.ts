import type { NodeLoads } from './node-loads.ts';
import type { PlacementPolicy } from './placement-policy.ts';

/** One node after the other, of those that take tasks; each gets as many. */
export class RoundRobin implements PlacementPolicy {
  readonly #places: Int32Array;
  readonly #counter: Int32Array;

  /** @param counter one word, over shared memory when several threads are to take turns */
  constructor(loads: Pick<NodeLoads, 'places'>, counter: Int32Array = new Int32Array(1)) {
    this.#places = loads.places;
    this.#counter = counter;
  }

  choose(preferred: number): number {
    const places = this.#places;
    if (preferred >= 0 && (places[preferred] ?? 0) > 0) return preferred;
    let usable = 0;
    for (const each of places) usable += each > 0 ? 1 : 0;
    if (usable === 0) return -1;
    let left = (Atomics.add(this.#counter, 0, 1) >>> 0) % usable;
    for (let node = 0; node < places.length; ++node) {
      if ((places[node] ?? 0) > 0 && left-- === 0) return node;
    }
    return -1; // another thread has closed one meanwhile
  }
}
