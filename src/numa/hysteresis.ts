/** When something is degraded, and when it is well again. */
export interface HysteresisOptions {
  readonly threshold: number;
  /** The side of the threshold that is bad. */
  readonly bad: 'below' | 'above';
  /** How many readings in a row must be bad. @default 2 */
  readonly raiseAfter?: number;
  /** How many readings in a row must be good. @default 2 */
  readonly clearAfter?: number;
  /** Share of the threshold that a good reading has to be away from it. @default 0.05 */
  readonly margin?: number;
  /** The best that there can be: reaching it is always good. @default Infinity or −Infinity, whichever is good */
  readonly best?: number;
}

/** What a reading has changed. */
export type HysteresisChange = 'raised' | 'cleared';

const READINGS_IN_A_ROW = 2;
const MARGIN = 0.05;

/**
 * An alarm that does not come and go with each reading.
 *
 *     state \ reading   bad                      between                   good, or unknown
 *     quiet             count; 2nd: raised       begin to count anew       begin to count anew
 *     active            begin to count anew      begin to count anew       count; 2nd: cleared
 *
 * Bad: beyond the threshold. Good: on it or on its other side, by the margin at least. What is not known (NaN) is not degraded.
 */
export class Hysteresis {
  readonly #threshold: number;
  readonly #goodFrom: number;
  readonly #sign: 1 | -1;
  readonly #raiseAfter: number;
  readonly #clearAfter: number;
  #isActive = false;
  #inARow = 0;

  constructor({ threshold, bad, raiseAfter, clearAfter, margin, best }: HysteresisOptions) {
    // As if below were always bad: what is above is turned round.
    this.#sign = bad === 'below' ? 1 : -1;
    this.#threshold = threshold * this.#sign;
    const withMargin = this.#threshold + Math.abs(threshold) * (margin ?? MARGIN);
    this.#goodFrom = Math.max(this.#threshold, Math.min(withMargin, (best ?? Infinity * this.#sign) * this.#sign));
    this.#raiseAfter = raiseAfter ?? READINGS_IN_A_ROW;
    this.#clearAfter = clearAfter ?? READINGS_IN_A_ROW;
  }

  /** It was raised and has not been cleared. */
  get active(): boolean {
    return this.#isActive;
  }

  /** @param value NaN: not known. @returns what this reading has changed, if anything */
  observe(value: number): HysteresisChange | undefined {
    const height = value * this.#sign;
    const counts = this.#isActive ? !(height < this.#goodFrom) : height < this.#threshold;
    this.#inARow = counts ? this.#inARow + 1 : 0;
    if (this.#inARow < (this.#isActive ? this.#clearAfter : this.#raiseAfter)) return undefined;
    this.#inARow = 0;
    this.#isActive = !this.#isActive;
    return this.#isActive ? 'raised' : 'cleared';
  }
}
