import { LONGEST_DELAY_MS } from '../base/clock.ts';

/** Of so many readings the cheapest says what one costs: the others had to wait for something else. */
const COSTS_KEPT = 3;
/** Until so many are known the next one is no farther away: each of them may have had to wait. */
const LONGEST_UNSURE_MS = 10_000;

/** How often something is read, so that reading takes no more than a share of the time. */
export class Pace {
  readonly #periodMs: number;
  readonly #share: number;
  #costsMs: readonly number[] = [];
  #isFirst = true;

  /** @param share of the time, 0 … 1 */
  constructor(periodMs: number, share: number) {
    this.#periodMs = periodMs;
    this.#share = share;
  }

  /** A reading took so long. That of the first one does not count: its code was not compiled yet. */
  note(costMs: number): void {
    if (!this.#isFirst) this.#costsMs = [...this.#costsMs, costMs].slice(-COSTS_KEPT);
    this.#isFirst = false;
  }

  /** From one reading to the next, in ms. */
  get delayMs(): number {
    const costMs = this.#costsMs.length === 0 ? 0 : Math.min(...this.#costsMs);
    const longestMs = this.#costsMs.length < COSTS_KEPT ? LONGEST_UNSURE_MS : LONGEST_DELAY_MS;
    return Math.min(longestMs, Math.max(this.#periodMs, costMs / this.#share));
  }
}
