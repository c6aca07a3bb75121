import { Alarms, type Degradation, type DegradationCheck, type DegradationListener } from './alarms.ts';
import type { MachineReader, MemoryReading, NodeSource, NodeState, ThreadReading } from './machine-reader.ts';
import { Pace } from './pace.ts';
import { efficiencyOf, type PlacementCounters, type PlacementTotals } from './placement-counters.ts';
import { THREAD_TICKER, type Ticker } from './ticker.ts';

/** How often the kernel is asked, unless that takes too long. */
const PERIOD_MS = 1000;
/** Readings take no larger a part of a core: those of threads, and those of memory. */
const SHARE = 0.0025;
/** Readings of threads are never farther apart; up to 500 threads or so they keep to their share all the same. */
const LONGEST_MS = 15_000;
/** And those of memory: up to 12 GiB of small pages. */
const LONGEST_OF_MEMORY_MS = 120_000;
/** A timer may be that early. */
const EARLY_MS = 5;

/** The last readings. */
export interface MachineReading extends ThreadReading, MemoryReading {}

const NOTHING_READ: MachineReading = {
  threadMigrations: null,
  numaMisses: null,
  affinity: null,
  residentBytes: new Map(),
  residency: null,
};

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
  readonly #threadPace: Pace;
  readonly #memoryPace: Pace;
  readonly #ticker: Ticker;
  readonly #counters: PlacementCounters;
  readonly #reader: MachineReader | undefined;
  readonly #alarms: Alarms;
  readonly #listeners = new Set<DegradationListener>();
  #source: NodeSource | undefined;
  #callOff: (() => void) | undefined;
  #isPlanned = false;
  #isClosed = false;
  #isRunning = false;
  #reading: MachineReading = NOTHING_READ;
  #threadsDueMs = -Infinity;
  #memoryDueMs = -Infinity;
  #before: PlacementTotals | undefined;
  #windowStart: PlacementTotals | undefined;

  /** @param reader undefined: there is no timer, and nothing is read, ever */
  constructor(options: MonitorOptions, counters: PlacementCounters, reader: MachineReader | undefined) {
    const periodMs = options.periodMs ?? PERIOD_MS;
    this.#threadPace = new Pace({ periodMs, share: SHARE, longestMs: LONGEST_MS });
    this.#memoryPace = new Pace({ periodMs, share: SHARE, longestMs: LONGEST_OF_MEMORY_MS });
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
    this.#isRunning = true;
    if (this.#reader !== undefined && !this.#isPlanned) this.#plan(this.#reader);
  }

  /** There is no work any more: reads once more when its time has come, as work may come and go between two readings. */
  end(): void {
    this.#isRunning = false;
  }

  /** Reads no more. */
  close(): void {
    this.#isClosed = true;
    this.#callOff?.();
  }

  /** Those that run now, whether anything is read or not. */
  nodes(): readonly NodeState[] {
    return this.#source?.nodes() ?? [];
  }

  /** The last readings; new ones when they are older than the time between readings. Undefined when nothing is read, ever. */
  latest(): MachineReading | undefined {
    const reader = this.#reader;
    if (reader === undefined) return undefined;
    const nodes = this.nodes();
    const beganMs = this.#ticker.nowMs();
    const threads = beganMs >= this.#threadsDueMs ? this.#readThreads(reader, beganMs) : undefined;
    const memoryBeganMs = this.#ticker.nowMs();
    let memory: MemoryReading | undefined;
    if (memoryBeganMs >= this.#memoryDueMs) {
      memory = reader.readMemory(nodes);
      this.#noteMemory(memoryBeganMs);
    }
    if (threads !== undefined || memory !== undefined) this.#take(threads, memory);
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

  #plan(reader: MachineReader): void {
    if (this.#isClosed) return;
    this.#isPlanned = true;
    this.#callOff = this.#ticker.later(this.#threadPace.delayMs, () => this.#look(reader));
  }

  async #look(reader: MachineReader): Promise<void> {
    const nodes = this.nodes();
    const threads = this.#readThreads(reader, this.#ticker.nowMs());
    const memoryBeganMs = this.#ticker.nowMs();
    let memory: MemoryReading | undefined;
    if (memoryBeganMs >= this.#memoryDueMs - EARLY_MS) {
      memory = await reader.readMemoryLater(nodes);
      this.#noteMemory(memoryBeganMs);
    }
    this.#isPlanned = false;
    if (this.#isRunning) this.#plan(reader); // before anybody is told, who may throw
    if (!this.#isClosed) this.#take(threads, memory);
  }

  #readThreads(reader: MachineReader, beganMs: number): ThreadReading {
    const threads = reader.readThreads(this.#source?.nodes());
    this.#threadPace.note(this.#ticker.nowMs() - beganMs);
    this.#threadsDueMs = beganMs + this.#threadPace.delayMs;
    return threads;
  }

  #noteMemory(beganMs: number): void {
    this.#memoryPace.note(this.#ticker.nowMs() - beganMs);
    this.#memoryDueMs = beganMs + this.#memoryPace.delayMs;
  }

  #take(threads: ThreadReading | undefined, memory: MemoryReading | undefined): void {
    this.#reading = { ...this.#reading, ...threads, ...memory };
    const values: Record<string, number | null> = {};
    if (threads !== undefined) {
      values['efficiency'] = this.#closeWindow();
      values['affinity'] = threads.affinity;
    }
    if (memory !== undefined) values['residency'] = memory.residency;
    this.#alarms.observe(values);
  }

  #closeWindow(): number {
    const totals = this.#counters.totals();
    const efficiency = efficiencyOf(totals, this.#before);
    if (!Number.isNaN(efficiency)) {
      this.#windowStart = this.#before;
      this.#before = totals;
    }
    return efficiency;
  }
}
