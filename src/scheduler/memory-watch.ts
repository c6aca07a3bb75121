import { clearTimeout, setTimeout } from '../base/timers.ts';
import type { MemoryPressure } from '../client/pressure.ts';
import { MemoryGroups, type MemoryUse, shareOf } from '../topology/memory-groups.ts';
import { type MemoryStall, MemoryStalls } from '../topology/memory-stall.ts';

/** How often the files are read while there are tasks; idle guards that nobody reads when there are none. */
const LOOK_EVERY_MS = 500;
/** A level is left at this share of the mark that began it, so that it does not come and go with each reading. */
const USE_RELEASE = 0.95;
const STALL_RELEASE = 0.5;

const LEVELS: readonly MemoryPressure['level'][] = ['none', 'shed', 'refuse'];
const NONE = 0;
const SHED = 1;
const REFUSE = 2;

/** Shares at which a level begins, 0 … 1; Infinity: never. */
export interface PressureMarks {
  /** Of the limit of a control group. */
  readonly shedAt: number;
  readonly refuseAt: number;
  /** Of the last ten seconds, in which some thread stood still; all threads. */
  readonly stallShedAt: number;
  readonly stallRefuseAt: number;
}

/** Where the files are, and how often they are read; tests have a machine of their own. */
export interface Machine {
  /** Directory that holds `proc/` and `sys/`. @default '/' */
  readonly root?: string;
  readonly lookEveryMs?: number;
  /** Of the windows in which objectives are judged. */
  readonly windowMs?: number;
}

/**
 * Watches the memory that this process may use. docs/limits.md
 *
 *     level \ reading   below 95 % of shedAt   from shedAt on   below 95 % of refuseAt   from refuseAt on
 *     none              –                      → shed           → shed                   → refuse
 *     shed              → none                 –                –                        → refuse
 *     refuse            → none                 → shed           → shed                   –
 *
 * Stalls have marks and a level of their own, and 50 % instead of 95 %; the higher level of both counts.
 */
export class MemoryWatch {
  readonly #marks: PressureMarks;
  readonly #onReading: (pressure: MemoryPressure, isNew: boolean) => void;
  readonly #groups: MemoryGroups | undefined;
  readonly #stalls: MemoryStalls | undefined;
  readonly #isBusy: () => boolean;
  readonly #lookEveryMs: number;
  readonly #tells: boolean;
  #timer: NodeJS.Timeout | undefined;
  #useLevel = NONE;
  #stallLevel = NONE;

  /**
   * @param isBusy whether there are tasks, or somebody else may submit some without `begin`
   * @param onReading told of each reading while memory is short, and of the first one when it is not any more; `isNew`: its level is
   */
  constructor(
    marks: PressureMarks,
    { root = '/', lookEveryMs = LOOK_EVERY_MS }: Machine,
    isBusy: () => boolean,
    onReading: (pressure: MemoryPressure, isNew: boolean) => void,
  ) {
    this.#marks = marks;
    this.#isBusy = isBusy;
    this.#onReading = onReading;
    this.#lookEveryMs = lookEveryMs;
    this.#groups = marks.shedAt < Infinity ? new MemoryGroups(root) : undefined;
    this.#stalls = marks.stallShedAt < Infinity ? new MemoryStalls(root) : undefined;
    this.#tells = this.#groups?.any === true || this.#stalls?.any === true;
  }

  /** There are tasks: watches until there are none and memory is not short. */
  begin(): void {
    if (this.#timer !== undefined || !this.#tells) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
      if (Math.max(this.#useLevel, this.#stallLevel) > NONE || this.#isBusy()) this.begin();
    }, this.#lookEveryMs);
    this.#timer.unref();
  }

  /** Reads no more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const before = Math.max(this.#useLevel, this.#stallLevel);
    const byUse = this.#useLevel >= this.#stallLevel;
    const use = this.#groups?.fullest(this.#marks.shedAt * USE_RELEASE) ?? null;
    const stall = this.#stalls?.read() ?? null;
    this.#useLevel = this.#levelOfUse(use);
    this.#stallLevel = this.#levelOfStall(stall);
    const level = Math.max(this.#useLevel, this.#stallLevel);
    if (level === NONE && before === NONE) return;
    // When it is over, it is told of what had been short.
    const ofUse = level === NONE ? byUse : this.#useLevel === level;
    this.#onReading(ofUse ? useReading(use, level) : this.#stallReading(stall, level), level !== before);
  }

  #levelOfUse(use: MemoryUse | null): number {
    const { shedAt, refuseAt } = this.#marks;
    const share = use === null ? 0 : shareOf(use);
    return levelAt(share, shedAt, share, refuseAt, this.#useLevel, USE_RELEASE);
  }

  #levelOfStall(stall: MemoryStall | null): number {
    const { stallShedAt, stallRefuseAt } = this.#marks;
    return levelAt(stall?.some ?? 0, stallShedAt, stall?.full ?? 0, stallRefuseAt, this.#stallLevel, STALL_RELEASE);
  }

  #stallReading(stall: MemoryStall | null, level: number): MemoryPressure {
    const { some = 0, full = 0 } = stall ?? {};
    const { stallShedAt, stallRefuseAt } = this.#marks;
    const [share, mark] = level === REFUSE ? [full, stallRefuseAt] : [some, stallShedAt];
    return { resource: 'stall', usage: share * 100, limit: mark * 100, unit: 'percent', level: nameOf(level) };
  }
}

function levelAt(
  shedReading: number,
  shedAt: number,
  refuseReading: number,
  refuseAt: number,
  level: number,
  release: number,
): number {
  if (refuseReading >= refuseAt * (level === REFUSE ? release : 1)) return REFUSE;
  return shedReading >= shedAt * (level >= SHED ? release : 1) ? SHED : NONE;
}

function useReading(use: MemoryUse | null, level: number): MemoryPressure {
  const { usageBytes = 0, limitBytes = 0 } = use ?? {};
  return { resource: 'memory', usage: usageBytes, limit: limitBytes, unit: 'bytes', level: nameOf(level) };
}

function nameOf(level: number): MemoryPressure['level'] {
  return LEVELS[level] ?? 'none';
}
