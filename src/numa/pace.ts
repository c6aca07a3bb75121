/** Of so many readings the cheapest says what one costs: the others had to wait for something else. */
const COSTS_KEPT = 3;

/** How a reading is paced. */
export interface PaceOptions {
  /** From one reading to the next, in ms, unless that takes too much. */
  readonly periodMs: number;
  /** No larger a part of the time goes into reading, 0 … 1, … */
  readonly share: number;
  /** … but it is never put off for longer, in ms: an alarm that comes too late is none. */
  readonly longestMs: number;
}

/** How often something is read, so that reading takes no more than a share of the time, and what is wrong is seen in time. */
export class Pace {
  readonly #options: PaceOptions;
  #costsMs: readonly number[] = [];
  #isFirst = true;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** A reading took so long. That of the first one does not count: its code was not compiled yet. */
  note(costMs: number): void {
    if (!this.#isFirst) this.#costsMs = [...this.#costsMs, costMs].slice(-COSTS_KEPT);
    this.#isFirst = false;
  }

  /** From one reading to the next, in ms. */
  get delayMs(): number {
    const { periodMs, share, longestMs } = this.#options;
    const costMs = this.#costsMs.length === 0 ? 0 : Math.min(...this.#costsMs);
    return Math.min(longestMs, Math.max(periodMs, costMs / share));
  }
}
