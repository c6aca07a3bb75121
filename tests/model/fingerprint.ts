/**
 * Fingerprint: a 53-bit hash of the whole state, and the set of states that were explored. Of the memory only words count that
 * differ from the start, in any order, so that a word that is written for the first time leaves older fingerprints valid.
 */
import type { SharedWords } from './access.ts';
import type { ModelMemory } from './memory.ts';
import type { VirtualThread } from './vthread.ts';

const HIGH = 2 ** 32;
const LOW_21_BITS = 0x1fffff;

export class Fingerprint {
  private readonly model: ModelMemory;
  private readonly image: Int32Array;
  private readonly words: SharedWords;
  private readonly threads: readonly VirtualThread[];
  private readonly stateless: Uint8Array;
  /** Most preemptions that were left when the state was reached. */
  private readonly left = new Map<number, number>();
  private a = 0;
  private b = 0;

  /** @param image the memory at the start of every run */
  constructor(model: ModelMemory, image: Int32Array, words: SharedWords, threads: readonly VirtualThread[]) {
    this.model = model;
    this.image = image;
    this.words = words;
    this.threads = threads;
    this.stateless = new Uint8Array(image.length);
    for (const [begin, end] of model.stateless) this.stateless.fill(1, begin >> 2, end >> 2);
  }

  get size(): number {
    return this.left.size;
  }

  forget(): void {
    this.left.clear();
  }

  /** @returns false when the state was reached before with at least as many preemptions left */
  add(current: number, left: number): boolean {
    const key = this.hash(current);
    const before = this.left.get(key);
    if (before !== undefined && before >= left) return false;
    this.left.set(key, left);
    return true;
  }

  hash(current: number): number {
    const { i32 } = this.model;
    let a = current;
    let b = 0;
    for (const word of this.words.written) {
      const value = i32[word] ?? 0;
      if (value === this.image[word] || this.stateless[word] === 1) continue;
      let x = Math.imul(value ^ Math.imul(word, 0x9e3779b1), 0x85ebca6b);
      x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
      a = (a + (x ^ (x >>> 16))) | 0;
      let y = Math.imul(value + Math.imul(word, 0x27d4eb2f), 0x165667b1);
      y = Math.imul(y ^ (y >>> 15), 0x2c1b3c6d);
      b = (b + (y ^ (y >>> 12))) | 0;
    }
    this.a = a;
    this.b = b;
    const mix = (word: number): void => {
      this.mix(word);
    };
    for (const thread of this.threads) thread.fold(mix);
    return (this.a >>> 0) + HIGH * (this.b & LOW_21_BITS);
  }

  private mix(word: number): void {
    this.a = Math.imul(this.a ^ word, 0x85ebca6b) + 0x9e3779b9;
    this.a ^= this.a >>> 13;
    this.b = Math.imul(this.b + word, 0xc2b2ae35);
    this.b ^= this.b >>> 15;
  }
}
