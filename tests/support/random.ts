/** A seeded generator (mulberry32): the same seed makes the same choices on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A number of 0 ≤ x < 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number of 0 … bound − 1. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** A whole number of least … most. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True so often, 0 … 1. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of them. @throws RangeError when there is none */
  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError('expected something to pick from');
    return choices[this.below(choices.length)] as T;
  }
}
