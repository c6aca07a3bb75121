import { Streak } from './streak.ts';

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

const MARGIN = 0.05;

/**
 * An alarm: a streak of readings on one side of a threshold, or on the other by a margin.
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
  readonly #streak: Streak;

  constructor({ threshold, bad, raiseAfter, clearAfter, margin, best }: HysteresisOptions) {
    // As if below were always bad: what is above is turned round.
    this.#sign = bad === 'below' ? 1 : -1;
    this.#threshold = threshold * this.#sign;
    const withMargin = this.#threshold + Math.abs(threshold) * (margin ?? MARGIN);
    this.#goodFrom = Math.max(this.#threshold, Math.min(withMargin, (best ?? Infinity * this.#sign) * this.#sign));
    this.#streak = new Streak(raiseAfter, clearAfter);
  }

  /** It was raised and has not been cleared. */
  get active(): boolean {
    return this.#streak.isOn;
  }

  /** @param value NaN: not known. @returns what this reading has changed, if anything */
  observe(value: number): HysteresisChange | undefined {
    const height = value * this.#sign;
    if (!this.#streak.see(this.active ? !(height < this.#goodFrom) : height < this.#threshold)) return undefined;
    return this.active ? 'raised' : 'cleared';
  }
}
