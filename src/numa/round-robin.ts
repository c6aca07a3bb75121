import type { NodeLoads } from './node-loads.ts';
import type { PlacementPolicy } from './placement-policy.ts';

/** One node after the other, of those that take tasks; each gets as many. */
export class RoundRobin implements PlacementPolicy {
  readonly #loads: Pick<NodeLoads, 'places' | 'changes'>;
  readonly #counter: Int32Array;
  /** Those that take tasks, ascending, as of so many changes. */
  #usable: readonly number[] = [];
  #changes = -1;

  /** @param counter one word, over shared memory when several threads are to take turns */
  constructor(loads: Pick<NodeLoads, 'places' | 'changes'>, counter: Int32Array = new Int32Array(1)) {
    this.#loads = loads;
    this.#counter = counter;
  }

  choose(preferred: number): number {
    const { places, changes } = this.#loads;
    if (preferred >= 0 && (places[preferred] ?? 0) > 0) return preferred;
    if (changes !== this.#changes) {
      this.#changes = changes;
      this.#usable = Array.from(places.keys()).filter((node) => (places[node] ?? 0) > 0);
    }
    const usable = this.#usable;
    if (usable.length === 0) return -1;
    return usable[(Atomics.add(this.#counter, 0, 1) >>> 0) % usable.length] ?? -1;
  }
}
