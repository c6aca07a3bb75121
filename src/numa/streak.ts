/** How many in a row it takes if nothing else is said. A guess. */
const IN_A_ROW = 2;

/**
 * A state that does not come and go with each reading: it turns when several readings in a row say otherwise.
 *
 *     state \ reading   says otherwise               does not
 *     off               count; raiseAfter-th: on     begin to count anew
 *     on                count; clearAfter-th: off    begin to count anew
 */
export class Streak {
  readonly #raiseAfter: number;
  readonly #clearAfter: number;
  #isOn = false;
  #inARow = 0;

  constructor(raiseAfter = IN_A_ROW, clearAfter = IN_A_ROW) {
    this.#raiseAfter = raiseAfter;
    this.#clearAfter = clearAfter;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** @param saysOtherwise that it should be on while it is off, or off while it is on. @returns whether it has turned */
  see(saysOtherwise: boolean): boolean {
    this.#inARow = saysOtherwise ? this.#inARow + 1 : 0;
    if (this.#inARow < (this.#isOn ? this.#clearAfter : this.#raiseAfter)) return false;
    this.#inARow = 0;
    this.#isOn = !this.#isOn;
    return true;
  }
}
