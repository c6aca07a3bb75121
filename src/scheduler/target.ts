import type { Degradation } from '../numa/alarms.ts';
import { Streak } from '../numa/streak.ts';

/** What a window has changed. */
export type TargetEvent = 'degraded' | 'recovered';

/**
 * One objective, and whether it is missed: from the second of two judged windows in a row that are beyond the threshold, until
 * the second of two in a row that are not. docs/objectives.md
 */
export abstract class Target {
  readonly metric: string;
  readonly threshold: number;
  /** Of the last window that counts: beyond the threshold as long as the objective is missed. */
  #value = 0;
  readonly #streak = new Streak();

  protected constructor(metric: string, threshold: number) {
    this.metric = metric;
    this.threshold = threshold;
  }

  /** It is missed. */
  get isMissed(): boolean {
    return this.#streak.isOn;
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
    const turns = this.#streak.see(isBeyond !== this.isMissed);
    if (isBeyond || turns) this.#value = value;
    if (!turns) return undefined;
    return isBeyond ? 'degraded' : 'recovered';
  }
}
