/** A queue in a ring that doubles when it is full. Unlike a Map or a list it leaves no chain of dead tables behind. */
export class Fifo<T> implements Iterable<T> {
  /** Entries in the queue. */
  size = 0;
  #items = new Array<T | undefined>(8).fill(undefined);
  #head = 0;

  push(item: T): void {
    if (this.size === this.#items.length) this.#grow();
    this.#items[(this.#head + this.size) & (this.#items.length - 1)] = item;
    this.size += 1;
  }

  /** Puts an item before all others. */
  unshift(item: T): void {
    if (this.size === this.#items.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    this.size += 1;
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    const first = this.#items[this.#head];
    if (this.size === 0) return undefined;
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.size -= 1;
    return first;
  }

  /** Takes out all but those that `keep` agrees to; their order stays. */
  retain(keep: (item: T) => boolean): void {
    const { size } = this;
    this.size = 0; // each is pushed again, at the latest where it stood
    for (let i = 0; i < size; ++i) {
      const at = (this.#head + i) & (this.#items.length - 1);
      const item = this.#items[at];
      this.#items[at] = undefined;
      if (item !== undefined && keep(item)) this.push(item);
    }
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.size; ++i) {
      const item = this.#items[(this.#head + i) & (this.#items.length - 1)];
      if (item !== undefined) yield item;
    }
  }

  #grow(): void {
    const items = [...this];
    this.#items = items.concat(new Array<T>(items.length)).fill(undefined as T, items.length);
    this.#head = 0;
  }
}
