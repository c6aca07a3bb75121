/** Slot of a task that is not here, or that waits for one. */
const NONE = -1;
const HELD = -2;

/** The host's tasks that a node process has: their ids by slot, their slots by id. */
export class SlotIds {
  readonly #ids: Uint32Array;
  readonly #slots: Int32Array;

  /** @param ids how many there are, from 0 on */
  constructor(slots: number, ids: number) {
    this.#ids = new Uint32Array(slots);
    this.#slots = new Int32Array(ids).fill(NONE);
  }

  /** A task has got a slot. */
  enter(slot: number, id: number): void {
    this.#ids[slot] = id;
    this.#slots[id] = slot;
  }

  /** A task waits for a slot. */
  hold(id: number): void {
    this.#slots[id] = HELD;
  }

  /** A task has ended, or will not run. */
  leave(id: number): void {
    this.#slots[id] = NONE;
  }

  /** The task that has, or had last, a slot. */
  idAt(slot: number): number {
    return this.#ids[slot] ?? 0;
  }

  /** Where a task is; negative when it has no slot. */
  slotOf(id: number): number {
    return this.#slots[id] ?? NONE;
  }

  isHeld(id: number): boolean {
    return this.#slots[id] === HELD;
  }

  /** All tasks, those that wait for a slot as well. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (const [id, slot] of this.#slots.entries()) if (slot !== NONE) yield id;
  }
}
