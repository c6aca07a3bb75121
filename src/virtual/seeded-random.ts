/** Random numbers that depend on a seed only: sfc32 (Doty-Humphrey, PractRand). */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  /** @param seed a whole number, 0 … 2⁵³ − 1 */
  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = 0x7a111e0;
    for (let round = 0; round < 12; ++round) this.#next(); // until each bit of the seed has reached all words
  }

  /** A whole number, 0 … most − 1. */
  below(most: number): number {
    return Math.floor((this.#next() / 2 ** 32) * most);
  }

  #next(): number {
    const result = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }
}
