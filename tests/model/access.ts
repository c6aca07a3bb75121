/**
 * Access: what the engine touches, as `modelStep` of assembly/sync/atomics.ts tells it, and from that which words threads
 * share. Where no two accesses of different threads meet, no switch is needed. docs/testing.md#reduction
 */
export const READ = 0;
export const WRITE = 1;
export const PLAIN = 2;
export const WIDE = 4;

/** For a failing schedule. */
export function accessText(address: number, kind: number, model: { nameOf(address: number): string }): string {
  if (address === 0) return 'clock';
  const verb = kind & WRITE ? 'write' : 'read';
  return `${kind & PLAIN ? 'plain ' : ''}${verb} ${model.nameOf(address)}`;
}

const MOST_THREADS = 8;
/** In the mask of a word, above the threads that touched it: those that wrote it. */
const WRITERS = MOST_THREADS;
const TOUCHERS = (1 << MOST_THREADS) - 1;

/** Words, as indices of the memory's i32, and who touches them in any schedule seen so far. */
export class SharedWords {
  /** Every word that was ever written during a run. */
  readonly written: number[] = [];
  private readonly masks: Uint16Array;
  /** The masks of words that threads share, as they were when this exploration began. */
  private readonly known: Uint16Array;
  private readonly changed = new Set<number>();

  constructor(words: number, threads: number) {
    if (threads > MOST_THREADS) throw new RangeError(`expected at most ${String(MOST_THREADS)} threads`);
    this.masks = new Uint16Array(words);
    this.known = new Uint16Array(words);
  }

  touch(thread: number, word: number, kind: number): void {
    const before = this.masks[word] ?? 0;
    const isWrite = (kind & WRITE) !== 0;
    const mask = before | (1 << thread) | (isWrite ? 1 << (WRITERS + thread) : 0);
    if (mask === before) return;
    this.masks[word] = mask;
    if (isWrite && before >> WRITERS === 0) this.written.push(word);
    const touchers = mask & TOUCHERS;
    if (mask >> WRITERS !== 0 && (touchers & (touchers - 1)) !== 0) this.changed.add(word);
  }

  /** Whether a thread's access may meet one of another thread: one of the two is a write. */
  meets(thread: number, word: number, kind: number): boolean {
    const mask = this.known[word] ?? 0;
    return ((kind & WRITE ? mask & TOUCHERS : mask >> WRITERS) & ~(1 << thread)) !== 0;
  }

  /** Whether more accesses may meet than this exploration knew: what it left out may matter. */
  get haveChanged(): boolean {
    return this.changed.size > 0;
  }

  /** From now on they are known. */
  learn(): void {
    for (const word of this.changed) this.known[word] = this.masks[word] ?? 0;
    this.changed.clear();
  }
}
