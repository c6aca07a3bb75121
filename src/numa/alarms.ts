import { Hysteresis, type HysteresisOptions } from './hysteresis.ts';

/** Something is worse than it may be. */
export interface Degradation {
  /** What was measured: 'efficiency', 'residency', 'affinity', or that of a check that was added. */
  readonly metric: string;
  /** As of the last reading; NaN when it is over because nobody knows any more. */
  readonly value: number;
  /** What it should not be beyond. */
  readonly threshold: number;
}

/**
 * Looks for a degradation of its own kind, each time that is read. It decides itself when it begins and ends: Hysteresis is there for
 * that.
 *
 * @returns undefined when there is none
 */
export type DegradationCheck = () => Degradation | undefined;

/** Told once when a degradation begins ('degraded'), and once when it is over ('recovered'). */
export type DegradationListener = (event: 'degraded' | 'recovered', degradation: Degradation) => void;

/** Whose degradation it is: a metric that is watched, or a check. */
type Owner = string | DegradationCheck;

/** The degradations that last. */
export class Alarms {
  readonly #onChange: DegradationListener;
  readonly #watched = new Map<string, { readonly alarm: Hysteresis; readonly threshold: number }>();
  readonly #checks = new Set<DegradationCheck>();
  readonly #active = new Map<Owner, Degradation>();
  #raised = 0;

  constructor(onChange: DegradationListener) {
    this.#onChange = onChange;
  }

  /** How many have begun. */
  get raised(): number {
    return this.#raised;
  }

  /** Watches a metric, of which `observe` has the values. */
  watch(metric: string, options: HysteresisOptions): void {
    this.#watched.set(metric, { alarm: new Hysteresis(options), threshold: options.threshold });
  }

  /** Asks this one too, each time. @returns takes it out again; what it had found is over then */
  addCheck(check: DegradationCheck): () => void {
    this.#checks.add(check);
    return () => {
      this.#checks.delete(check);
      this.#end(check, this.#active.get(check));
    };
  }

  /** @param values of the metrics that are watched; null or NaN: not known; missing: not read this time, which changes nothing */
  observe(values: Readonly<Record<string, number | null>>): void {
    for (const [metric, { alarm, threshold }] of this.#watched) {
      const read = values[metric];
      if (read === undefined) continue;
      const value = read ?? NaN;
      const change = alarm.observe(value);
      const degradation = Object.freeze({ metric, value, threshold });
      if (change === 'raised') this.#begin(metric, degradation);
      else if (change === 'cleared') this.#end(metric, degradation);
      else if (alarm.active && !Number.isNaN(value)) this.#active.set(metric, degradation);
    }
    for (const check of [...this.#checks]) this.#ask(check);
  }

  /** The one that is the farthest from its threshold, as a ratio; undefined when there is none. */
  worst(): Degradation | undefined {
    return worstOf([...this.#active.values()]);
  }

  #ask(check: DegradationCheck): void {
    if (!this.#checks.has(check)) return; // somebody who was told has taken it out
    const found = check();
    const before = this.#active.get(check);
    if (before?.metric !== found?.metric) this.#end(check, before);
    if (found === undefined) return;
    const now = Object.freeze({ metric: found.metric, value: found.value, threshold: found.threshold });
    if (before?.metric === now.metric) this.#active.set(check, now);
    else this.#begin(check, now);
  }

  #begin(owner: Owner, degradation: Degradation): void {
    ++this.#raised;
    this.#active.set(owner, degradation);
    this.#onChange('degraded', degradation);
  }

  #end(owner: Owner, degradation: Degradation | undefined): void {
    if (degradation === undefined || !this.#active.delete(owner)) return;
    this.#onChange('recovered', degradation);
  }
}

/** The one that is the farthest from its threshold, as a ratio; undefined when there is none. */
export function worstOf(degradations: readonly (Degradation | undefined)[]): Degradation | undefined {
  let worst: Degradation | undefined;
  for (const each of degradations) {
    if (each !== undefined && (worst === undefined || severityOf(each) > severityOf(worst))) worst = each;
  }
  return worst;
}

/** How far beyond its threshold, as a ratio: 0.4 of 0.8 is as bad as 200 of 100. */
function severityOf({ value, threshold }: Degradation): number {
  const ratio = Math.abs(value / threshold);
  return Number.isNaN(ratio) ? 1 : Math.max(ratio, 1 / ratio);
}
