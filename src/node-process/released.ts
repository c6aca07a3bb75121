import type { Pending, Resolve } from '../client/pending.ts';
import type { Waiting } from '../client/waiting.ts';

/** A task that waits on the host. */
export interface Job extends Waiting {
  /** How often it was released and lost. */
  readonly losses: number;
}

/** Tasks that were released to a node process and whose outcome has not come, by the id they travel under. */
export class Released {
  /** How many there are. */
  count = 0;
  readonly #entries: (Pending | Resolve | undefined)[];
  readonly #types: Uint16Array;
  /** Of those that are still on their way: they have not started. */
  readonly #unsent = new Map<number, Job>();
  /** Of those that may be run again. */
  readonly #repeatable = new Map<number, Job>();
  /** Ids that are free: a stack. */
  readonly #free: Uint32Array;

  constructor(capacity: number) {
    this.#entries = new Array<Pending | Resolve | undefined>(capacity);
    this.#types = new Uint16Array(capacity);
    this.#free = new Uint32Array(capacity);
    for (let n = 0; n < capacity; ++n) this.#free[n] = capacity - 1 - n; // low ids are used first
  }

  /** Whether there is a free id. */
  get hasRoom(): boolean {
    return this.count < this.#free.length;
  }

  /** @returns the id of a task that is released; there must be room */
  enter(entry: Pending | Resolve, type: number): number {
    this.count += 1;
    const id = this.#free[this.#free.length - this.count] ?? 0;
    if (typeof entry !== 'function') entry.index = id;
    this.#entries[id] = entry;
    this.#types[id] = type;
    return id;
  }

  /** Takes out what has ended. @returns undefined when nothing has this id */
  leave(id: number): Pending | Resolve | undefined {
    const entry = this.#entries[id];
    if (entry === undefined) return undefined;
    this.#entries[id] = undefined;
    if (this.#unsent.size > 0) this.#unsent.delete(id);
    if (this.#repeatable.size > 0) this.#repeatable.delete(id);
    this.#free[this.#free.length - this.count] = id;
    this.count -= 1;
    return entry;
  }

  entryOf(id: number): Pending | Resolve | undefined {
    return this.#entries[id];
  }

  /** Another one waits for the outcome. */
  replace(id: number, entry: Pending): void {
    this.#entries[id] = entry;
  }

  typeOf(id: number): number {
    return this.#types[id] ?? 0;
  }

  /** The task begins its way. */
  send(id: number, job: Job): void {
    this.#unsent.set(id, job);
  }

  /** The whole of the task was sent: it may run. */
  sent(id: number): void {
    this.#unsent.delete(id);
  }

  /** A task that cannot have started; undefined when it may have. */
  unsentOf(id: number): Job | undefined {
    return this.#unsent.get(id);
  }

  /** The task may be run again if it is lost. */
  keep(id: number, job: Job): void {
    this.#repeatable.set(id, job);
  }

  /** What `keep` was given. */
  repeatableOf(id: number): Job | undefined {
    return this.#repeatable.get(id);
  }

  /** All ids. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let id = 0; id < this.#entries.length; ++id) if (this.#entries[id] !== undefined) yield id;
  }
}
