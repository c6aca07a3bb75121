/** Fingerprint: a 53-bit hash of the whole state, and the set of states that were explored. */
import type { ModelMemory } from './memory.ts';
import type { VirtualThread } from './vthread.ts';

const HIGH = 2 ** 32;
const LOW_21_BITS = 0x1fffff;

export class Fingerprint {
  private readonly model: ModelMemory;
  private readonly threads: readonly VirtualThread[];
  /** Most preemptions that were left when the state was reached. */
  private readonly left = new Map<number, number>();
  private a = 0;
  private b = 0;

  constructor(model: ModelMemory, threads: readonly VirtualThread[]) {
    this.model = model;
    this.threads = threads;
  }

  get size(): number {
    return this.left.size;
  }

  /** @returns false when the state was reached before with at least as many preemptions left */
  add(current: number, left: number, clock: number): boolean {
    const key = this.hash(current, clock);
    const before = this.left.get(key);
    if (before !== undefined && before >= left) return false;
    this.left.set(key, left);
    return true;
  }

  private hash(current: number, clock: number): number {
    this.a = current;
    this.b = clock;
    const { i32, ranges } = this.model;
    let a = this.a;
    let b = this.b;
    for (const [begin, end] of ranges) {
      for (let at = begin; at < end; ++at) {
        const word = i32[at] ?? 0;
        if (word === 0) continue;
        a = Math.imul(a ^ word, 0x85ebca6b) + at;
        b = Math.imul(b + word, 0xc2b2ae35) ^ at ^ (b >>> 15);
        a ^= a >>> 13;
      }
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
