import { Group } from './group.ts';
import { Pending, rejectBy, type Resolve, type Settler } from './pending.ts';
import type { TaskType } from './task-type.ts';

/** Who gets the outcome of a task: no more than is needed to settle it is known of most. */
export type Entry = Pending | Resolve | Group;

/** Who gets the outcome of the task in each slot. */
export class Entries {
  readonly #entries: (Entry | undefined)[];
  /** Of members of groups: where their results stand. */
  readonly #positions: Int32Array;
  readonly #home: number;

  /** @param home of several clients, whose slots these are */
  constructor(slots: number, home = 0) {
    this.#home = home;
    this.#entries = new Array<Entry | undefined>(slots);
    this.#positions = new Int32Array(slots);
  }

  get slots(): number {
    return this.#entries.length;
  }

  at(slot: number): Entry | undefined {
    return this.#entries[slot];
  }

  set(slot: number, entry: Pending | Resolve): void {
    if (typeof entry !== 'function') {
      entry.index = slot;
      entry.home = this.#home;
    }
    this.#entries[slot] = entry;
  }

  /** A member of a group, known by its position. */
  setMember(slot: number, group: Group, position: number): void {
    this.#entries[slot] = group;
    this.#positions[slot] = position;
    group.slots[position] = slot;
  }

  clear(slot: number): void {
    this.#entries[slot] = undefined;
  }

  /** Where the result stands of the member that is or was last in a slot. */
  positionAt(slot: number): number {
    return this.#positions[slot] ?? 0;
  }

  /** Makes a `Pending` of each member that is known by its position. */
  singleOut(group: Group): void {
    for (const [position, slot] of group.slots.entries()) {
      if (this.#entries[slot] === group && this.#positions[slot] === position) this.set(slot, group.member(position));
    }
  }

  /** Settles what was in a slot. */
  settlerOf(entry: Entry, slot: number): Settler {
    if (entry instanceof Group) return entry.settlerAt(this.positionAt(slot));
    if (typeof entry === 'object') return entry;
    return {
      resolve: entry,
      reject: (error) => {
        rejectBy(entry, error);
      },
    };
  }
}

/** What had a slot, as one that may wait for another. @param position of a member of a group */
export function pendingOf(entry: Entry, task: TaskType, position: number): Pending {
  if (entry instanceof Pending) return entry;
  if (entry instanceof Group) return entry.member(position);
  const reject = (error: unknown): void => {
    rejectBy(entry, error);
  };
  return new Pending(task, entry, reject, true);
}

/** Rejects a task, whoever gets its outcome. */
export function rejectEntry(entry: Entry, error: Error): void {
  if (typeof entry === 'function') {
    rejectBy(entry, error);
  } else if (entry instanceof Group) {
    entry.fail(error);
  } else {
    entry.control?.release();
    entry.reject(error);
  }
}
