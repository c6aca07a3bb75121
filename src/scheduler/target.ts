import type { Degradation } from '../numa/alarms.ts';

/** Judged windows in a row beyond the threshold that make a degradation, and within it that end one. Guesses. */
const RAISE_AFTER = 2;
const CLEAR_AFTER = 2;

/** What a window has changed. */
export type TargetEvent = 'degraded' | 'recovered';

/**
 * One objective, and whether it is missed: from the second of two judged windows in a row that are beyond the threshold, until
 * the second of two in a row that are not. docs/objectives.md
 */
export abstract class Target {
  readonly metric: string;
  readonly threshold: number;
  /** It is missed. */
  isMissed = false;
  /** Of the last window that counts: beyond the threshold as long as the objective is missed. */
  #value = 0;
  /** Judged windows in a row that say otherwise than `isMissed`. */
  #streak = 0;

  protected constructor(metric: string, threshold: number) {
    this.metric = metric;
    this.threshold = threshold;
  }

  /** Its last verdict, for whoever is told. */
  get degradation(): Degradation {
    const { metric, threshold } = this;
    return Object.freeze({ metric, value: this.#value, threshold });
  }

  /** How many times the threshold its value is. */
  get excess(): number {
    return this.#value / this.threshold;
  }

  /** A window has been judged. @returns what that changes */
  protected judge(isBeyond: boolean, value: number): TargetEvent | undefined {
    if (isBeyond === this.isMissed) this.#streak = 0;
    else this.#streak += 1;
    const turns = this.#streak >= (this.isMissed ? CLEAR_AFTER : RAISE_AFTER);
    if (isBeyond || turns) this.#value = value;
    if (!turns) return undefined;
    this.#streak = 0;
    this.isMissed = isBeyond;
    return isBeyond ? 'degraded' : 'recovered';
  }
}
