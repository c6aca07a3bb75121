import { NOWHERE, type Pending, WAITING } from './pending.ts';
import { type InLine, WaitingLine } from './waiting-line.ts';

/** A task that waits on this thread for a slot, for room in the pool or for a window; its input is encoded already. */
export interface Waiting extends InLine {
  readonly pending: Pending;
  readonly priority: number;
  readonly tag: number;
  readonly number: number;
  readonly bytes: Uint8Array;
  /** A task for this worker only, −1 for any. */
  readonly worker: number;
  /** Since when it waits, if somebody wants to know. */
  sinceUs?: number | undefined;
}

/** Whoever wants to know how long tasks wait. */
export interface WaitRecorder {
  now(): number;
  /** So many tasks of a priority have waited for so long and are on their way. */
  record(priority: number, us: number, tasks: number): void;
}

/**
 * Tasks beyond capacity: FIFO per priority, most urgent first. Pushing, shifting and dropping are O(1): a dropped one is
 * marked, and leaves when its turn comes, or as soon as more are marked than not.
 */
export class WaitingQueues<W extends Waiting = Waiting> {
  readonly #levels = [0, 1, 2, 3].map(() => new WaitingLine<W>());
  /** Tasks that wait and were not dropped. */
  size = 0;
  readonly #home: number;
  recorder: WaitRecorder | undefined;
  /** Entries that are marked. */
  #dropped = 0;

  /** @param home of several clients, whose tasks wait here */
  constructor(home = 0) {
    this.#home = home;
  }

  push(waiting: W): void {
    this.#enter(waiting);
    this.#levels[waiting.priority]?.push(waiting);
    this.size += waiting.pending.size;
  }

  /** Puts what was taken out before all others of its priority. */
  putBack(waiting: W): void {
    this.#enter(waiting);
    this.#levels[waiting.priority]?.unshift(waiting);
    this.size += waiting.pending.size;
  }

  /** Whether a task of this priority must queue behind others. */
  blocks(priority: number): boolean {
    if (this.size === 0) return false;
    for (let level = 0; level <= priority; ++level) if (this.#first(level) !== undefined) return true;
    return false;
  }

  /** The next one to admit, most urgent first. */
  peek(): W | undefined {
    for (let level = 0; level < this.#levels.length; ++level) {
      const first = this.#first(level);
      if (first !== undefined) return first;
    }
    return undefined;
  }

  /** The next one of a priority. */
  peekAt(priority: number): W | undefined {
    return this.size === 0 ? undefined : this.#first(priority);
  }

  /** The next one of a priority that any worker may run. */
  peekFreeAt(priority: number): W | undefined {
    return this.size === 0 ? undefined : this.#first(priority, true);
  }

  /** Takes out what a peek gave. */
  shift(waiting: W): void {
    this.#record(waiting, waiting.pending.size);
    this.#leave(waiting);
  }

  /** Takes out what a peek gave, to wait elsewhere. */
  hand(waiting: W): void {
    this.#leave(waiting);
  }

  /** As `take`, of fewer than all, to wait elsewhere. */
  handPart(waiting: W, count: number): void {
    waiting.pending.size -= count;
    this.size -= count;
  }

  /** Takes out `count` of the tasks that it stands for, and with the last of them itself. */
  take(waiting: W, count: number): void {
    this.#record(waiting, count);
    waiting.pending.size -= count;
    this.size -= count;
    if (waiting.pending.size === 0) this.#leave(waiting);
  }

  /** Takes a task out wherever it stands. @returns false when it does not wait here */
  drop(pending: Pending): boolean {
    if (pending.index !== WAITING) return false;
    pending.index = NOWHERE;
    pending.giveBack();
    this.size -= pending.size;
    this.#dropped += 1;
    if (2 * this.#dropped > this.held) this.#forgetDropped();
    return true;
  }

  /** Entries in memory: those that wait, and dropped ones. */
  get held(): number {
    let held = 0;
    for (const level of this.#levels) held += level.size;
    return held;
  }

  /** Waiting tasks per priority. */
  countAt(priority: number): number {
    let count = 0;
    for (const waiting of this) if (waiting.priority === priority) count += waiting.pending.size;
    return count;
  }

  /** How many of a priority wait that any worker may run, counted as far as `most`. */
  countUpTo(most: number, priority: number): number {
    let count = 0;
    for (const waiting of this.#levels[priority]?.free() ?? []) {
      if (waiting.pending.index === WAITING) count += waiting.pending.size;
      if (count >= most) return most;
    }
    return count;
  }

  *[Symbol.iterator](): IterableIterator<W> {
    for (const level of this.#levels) {
      for (const waiting of level) if (waiting.pending.index === WAITING) yield waiting;
    }
  }

  #leave(waiting: W): void {
    waiting.pending.index = NOWHERE;
    this.#levels[waiting.priority]?.shift(waiting);
    this.size -= waiting.pending.size;
  }

  #enter(waiting: W): void {
    const { pending } = waiting;
    pending.index = WAITING;
    pending.home = this.#home;
    if (this.recorder !== undefined) waiting.sinceUs ??= this.recorder.now();
  }

  #record({ priority, sinceUs }: W, tasks: number): void {
    if (this.recorder !== undefined && sinceUs !== undefined) {
      this.recorder.record(priority, this.recorder.now() - sinceUs, tasks);
    }
  }

  // They hold their inputs: behind tasks of a higher priority their turn may never come.
  #forgetDropped(): void {
    for (const level of this.#levels) level.retain(({ pending }) => pending.index === WAITING);
    this.#dropped = 0;
  }

  // Dropped ones before it leave.
  #first(level: number, isFree = false): W | undefined {
    const line = this.#levels[level];
    for (;;) {
      const first = isFree ? line?.peekFree() : line?.peek();
      if (first === undefined || first.pending.index === WAITING) return first;
      line?.shift(first);
      this.#dropped -= 1;
    }
  }
}
