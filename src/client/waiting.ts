import type { Pending } from './pending.ts';

/** A task that waits on the host for a slot or for room in the pool; its input is encoded already. */
export interface Waiting {
  readonly pending: Pending;
  readonly priority: number;
  readonly tag: number;
  readonly number: number;
  readonly bytes: Uint8Array;
  /** A task for this worker only, −1 for any. */
  readonly worker: number;
}

/** Tasks beyond capacity: FIFO per priority, most urgent first. Pushing and shifting are O(1), dropping is too. */
export class WaitingQueues {
  readonly #members = new Set<Pending>();
  readonly #levels = [0, 1, 2, 3].map(() => new Fifo(this.#members));
  /** Waiting and not dropped. */
  size = 0;

  push(waiting: Waiting): void {
    this.#members.add(waiting.pending);
    this.#levels[waiting.priority]?.push(waiting);
    this.size += 1;
  }

  /** Whether a task of this priority must queue behind others. */
  blocks(priority: number): boolean {
    if (this.size === 0) return false;
    for (let level = 0; level <= priority; ++level) if (this.#levels[level]?.peek() !== undefined) return true;
    return false;
  }

  /** The next one to admit, most urgent first. */
  peek(): Waiting | undefined {
    for (const level of this.#levels) {
      const first = level.peek();
      if (first !== undefined) return first;
    }
    return undefined;
  }

  shift(waiting: Waiting): void {
    this.#levels[waiting.priority]?.shift();
    this.#members.delete(waiting.pending);
    this.size -= 1;
  }

  /** Takes a task out wherever it stands. @returns false when it does not wait here */
  drop(pending: Pending): boolean {
    if (!this.#members.delete(pending)) return false;
    this.size -= 1;
    return true;
  }

  /** Waiting tasks per priority. */
  countAt(priority: number): number {
    return this.#levels[priority]?.count() ?? 0;
  }

  *[Symbol.iterator](): IterableIterator<Waiting> {
    for (const level of this.#levels) yield* level;
  }
}

/** A queue over an array with a moving head; the spent part is cut off when it is the larger one. */
class Fifo {
  readonly #members: ReadonlySet<Pending>;
  #items: (Waiting | undefined)[] = [];
  #head = 0;

  /** @param members those that still wait; others are skipped */
  constructor(members: ReadonlySet<Pending>) {
    this.#members = members;
  }

  push(waiting: Waiting): void {
    this.#items.push(waiting);
  }

  peek(): Waiting | undefined {
    while (this.#head < this.#items.length) {
      const first = this.#items[this.#head];
      if (first !== undefined && this.#members.has(first.pending)) return first;
      this.#advance();
    }
    return undefined;
  }

  shift(): void {
    this.#advance();
  }

  count(): number {
    return [...this].length;
  }

  *[Symbol.iterator](): IterableIterator<Waiting> {
    for (let at = this.#head; at < this.#items.length; ++at) {
      const item = this.#items[at];
      if (item !== undefined && this.#members.has(item.pending)) yield item;
    }
  }

  #advance(): void {
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }
}
