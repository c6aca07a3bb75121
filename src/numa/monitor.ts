import { LONGEST_DELAY_MS } from '../base/clock.ts';
import { Alarms, type Degradation, type DegradationCheck, type DegradationListener } from './alarms.ts';
import type { MachineReader, MachineReading, NodeSource, NodeState } from './machine-reader.ts';
import { efficiencyOf, type PlacementCounters, type PlacementTotals } from './placement-counters.ts';
import { THREAD_TICKER, type Ticker } from './ticker.ts';

/** How often the kernel is asked, unless that takes too long. */
const PERIOD_MS = 1000;
/** Readings take no larger a part of a core. */
const COST_SHARE = 0.005;
/** Of so many readings the cheapest says what one costs: the others had to wait for something else. */
const COSTS_KEPT = 3;

/** What is watched, and how. */
export interface MonitorOptions {
  /** Of 'efficiency' and 'residency', 0 … 1. */
  readonly efficiencyThreshold: number;
  /** @default 1000 */
  readonly periodMs?: number | undefined;
  readonly ticker?: Ticker | undefined;
}

/** Reads placement and machine again and again while there is work, and tells when one of them gets worse. docs/numa.md */
export class Monitor {
  readonly #periodMs: number;
  readonly #ticker: Ticker;
  readonly #counters: PlacementCounters;
  readonly #reader: MachineReader | undefined;
  readonly #alarms: Alarms;
  readonly #listeners = new Set<DegradationListener>();
  #source: NodeSource | undefined;
  #callOff: (() => void) | undefined;
  /** Of the time between begin and end: a reading that comes in later is dropped. */
  #run = 0;
  #isRunning = false;
  #costsMs: readonly number[] = [];
  #reading: MachineReading | undefined;
  #readAtMs = -Infinity;
  #before: PlacementTotals | undefined;
  #windowStart: PlacementTotals | undefined;

  /** @param reader undefined: there is no timer, and nothing is read, ever */
  constructor(options: MonitorOptions, counters: PlacementCounters, reader: MachineReader | undefined) {
    this.#periodMs = options.periodMs ?? PERIOD_MS;
    this.#ticker = options.ticker ?? THREAD_TICKER;
    this.#counters = counters;
    this.#reader = reader;
    this.#alarms = new Alarms((event, degradation) => {
      for (const listener of this.#listeners) listener(event, degradation);
    });
    const threshold = options.efficiencyThreshold;
    this.#alarms.watch('efficiency', { threshold, bad: 'below', best: 1 });
    this.#alarms.watch('residency', { threshold, bad: 'below', best: 1 });
    this.#alarms.watch('affinity', { threshold: 1, bad: 'below', best: 1 });
  }

  /** How many degradations have begun. */
  get degradations(): number {
    return this.#alarms.raised;
  }

  /** Watches these processes from now on. */
  attach(source: NodeSource): void {
    this.#source = source;
  }

  /** Tells of what begins and ends. @returns tells it no more */
  listen(listener: DegradationListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Asks this one at each reading. @returns asks it no more */
  addCheck(check: DegradationCheck): () => void {
    return this.#alarms.addCheck(check);
  }

  /** There is work: reads until `end`. The timer does not keep the process alive. */
  begin(): void {
    if (this.#reader === undefined || this.#isRunning) return;
    this.#isRunning = true;
    this.#plan(this.#reader, ++this.#run);
  }

  /** There is no work any more. */
  end(): void {
    this.#isRunning = false;
    ++this.#run;
    this.#callOff?.();
    this.#callOff = undefined;
  }

  /** Those that run now, whether anything is read or not. */
  nodes(): readonly NodeState[] {
    return this.#source?.nodes() ?? [];
  }

  /** The last reading; a new one when that is older than the time between readings. Undefined when nothing is read, ever. */
  latest(): MachineReading | undefined {
    if (this.#reader === undefined) return undefined;
    const beganMs = this.#ticker.nowMs();
    if (beganMs - this.#readAtMs >= this.#delayMs()) {
      const reading = this.#reader.read(this.nodes());
      this.#note(this.#ticker.nowMs() - beganMs);
      this.#take(reading);
    }
    return this.#reading;
  }

  /** Since the last reading but one, of those before which tasks ran; NaN when none ever has. */
  efficiency(): number {
    return efficiencyOf(this.#counters.totals(), this.#windowStart);
  }

  /** The worst of what lasts; undefined when nothing does. */
  worst(): Degradation | undefined {
    this.latest();
    return this.#alarms.worst();
  }

  #plan(reader: MachineReader, run: number): void {
    this.#callOff = this.#ticker.later(this.#delayMs(), () => this.#look(reader, run));
  }

  async #look(reader: MachineReader, run: number): Promise<void> {
    const beganMs = this.#ticker.nowMs();
    const reading = await reader.readLater(this.nodes());
    if (run !== this.#run) return;
    this.#note(this.#ticker.nowMs() - beganMs);
    this.#plan(reader, run); // before anybody is told, who may throw
    this.#take(reading);
  }

  #delayMs(): number {
    const costMs = this.#costsMs.length === 0 ? 0 : Math.min(...this.#costsMs);
    return Math.min(LONGEST_DELAY_MS, Math.max(this.#periodMs, costMs / COST_SHARE));
  }

  #note(costMs: number): void {
    this.#costsMs = [...this.#costsMs, costMs].slice(-COSTS_KEPT);
  }

  #take(reading: MachineReading): void {
    const totals = this.#counters.totals();
    const efficiency = efficiencyOf(totals, this.#before);
    if (!Number.isNaN(efficiency)) {
      this.#windowStart = this.#before;
      this.#before = totals;
    }
    this.#reading = reading;
    this.#readAtMs = this.#ticker.nowMs();
    this.#alarms.observe({ efficiency, residency: reading.residency, affinity: reading.affinity });
  }
}
