import { Fifo } from './fifo.ts';

/** What stands in a line. */
export interface InLine {
  /** Who alone may serve it, −1 for anybody. */
  readonly worker: number;
  /** Where it stands among all; undefined is 0: behind whatever was put back, before whatever came later. */
  turn?: number | undefined;
}

/**
 * First in, first out; those that anybody may serve can also be taken out past those that cannot. Turns are counted only while
 * somebody stands here who is for one alone.
 */
export class WaitingLine<T extends InLine> implements Iterable<T> {
  readonly #free = new Fifo<T>();
  readonly #bound = new Fifo<T>();
  /** The turns of the last one that came, and of the last one that was put back. */
  #last = 0;
  #first = 0;

  get size(): number {
    return this.#free.size + this.#bound.size;
  }

  push(item: T): void {
    if (this.#counts(item)) item.turn = this.#last += 1;
    this.#queueOf(item).push(item);
  }

  /** Puts an item before all others. */
  unshift(item: T): void {
    if (this.#counts(item)) item.turn = this.#first -= 1;
    this.#queueOf(item).unshift(item);
  }

  peek(): T | undefined {
    const free = this.#free.peek();
    if (this.#bound.size === 0) return free;
    const bound = this.#bound.peek();
    if (free === undefined || bound === undefined) return bound;
    return (free.turn ?? 0) < (bound.turn ?? 0) ? free : bound;
  }

  /** The first one that anybody may serve. */
  peekFree(): T | undefined {
    return this.#free.peek();
  }

  /** Takes out what `peek` or `peekFree` gave. */
  shift(item: T): void {
    this.#queueOf(item).shift();
  }

  /** Takes out all but those that `keep` agrees to; their order stays. */
  retain(keep: (item: T) => boolean): void {
    this.#free.retain(keep);
    this.#bound.retain(keep);
  }

  /** Those that anybody may serve. */
  free(): Iterable<T> {
    return this.#free;
  }

  /** All; those that are for one alone come last. */
  *[Symbol.iterator](): IterableIterator<T> {
    yield* this.#free;
    yield* this.#bound;
  }

  // One that stood elsewhere before may have a turn of there.
  #counts(item: T): boolean {
    return this.#bound.size > 0 || item.worker >= 0 || item.turn !== undefined;
  }

  #queueOf({ worker }: T): Fifo<T> {
    return worker < 0 ? this.#free : this.#bound;
  }
}
