import { BUCKETS } from '../abi/layout.ts';
import { clearTimeout, setTimeout } from '../base/timers.ts';
import type { Counts } from '../client/counts.ts';
import { type Objectives, PRIORITY_NAMES } from './objectives-option.ts';
import { QueueAge } from './queue-age.ts';
import { ShareTarget } from './share-target.ts';
import type { Target, TargetEvent } from './target.ts';
import type { Degradation } from '../numa/alarms.ts';
import { WaitTarget } from './wait-target.ts';

/** How long a window is: long enough that its percentiles mean something, short enough that somebody can still act. A guess. */
const WINDOW_MS = 1000;

/** What is watched. Counts only grow. */
export interface ObjectiveSource {
  /** How the tasks of this thread ended. */
  readonly counts: Readonly<Counts>;
  /** Whether tasks of this thread are pending. */
  readonly pending: boolean;
  /** Whether others may submit without `begin`. */
  readonly isShared: boolean;
  /** Steals that somebody else thwarted, and all of them. */
  readonly lostSteals: number;
  readonly steals: number;
  /** Microseconds. */
  now(): number;
  /** Adds the histograms of all waits of a priority, modulo 2³². */
  addWaits(level: number, waits: Uint32Array): void;
  /** Tasks of a priority that are queued and have not started, but for those that wait on this thread. */
  queuedAt(level: number): number;
  /** Tasks of a priority that have ever come there. */
  submittedAt(level: number): number;
  /** The oldest task of a priority that waits on this thread. */
  headAt(level: number): object | undefined;
}

/** The objectives of one priority. */
interface LevelTargets {
  readonly level: number;
  readonly age: QueueAge;
  /** The histograms of all workers, summed up. */
  readonly waits: Uint32Array;
  readonly targets: readonly WaitTarget[];
}

/**
 * Watches what option `objectives` asks for, in windows, while there are tasks or an objective is missed. docs/objectives.md
 */
export class ObjectiveWatch {
  readonly #source: ObjectiveSource;
  readonly #windowMs: number;
  readonly #tell: (event: TargetEvent, degradation: Degradation) => void;
  readonly #levels: readonly LevelTargets[];
  readonly #errors: ShareTarget | undefined;
  readonly #steals: ShareTarget | undefined;
  readonly #targets: readonly Target[];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param tell told when an objective is missed, and when it is met again */
  constructor(
    objectives: Objectives,
    source: ObjectiveSource,
    windowMs: number = WINDOW_MS,
    tell: (event: TargetEvent, degradation: Degradation) => void,
  ) {
    const { errorRate, stealFailureRate } = objectives;
    this.#source = source;
    this.#tell = tell;
    this.#windowMs = windowMs;
    this.#levels = PRIORITY_NAMES.map((name, level) => ({
      level,
      age: new QueueAge(),
      waits: new Uint32Array(BUCKETS),
      targets: waitTargets(objectives, name),
    })).filter(({ targets }) => targets.length > 0);
    this.#errors = errorRate === undefined ? undefined : new ShareTarget('errorRate', errorRate);
    this.#steals = stealFailureRate === undefined ? undefined : new ShareTarget('stealFailureRate', stealFailureRate);
    const shares = [this.#errors, this.#steals].filter((target) => target !== undefined);
    this.#targets = [...this.#levels.flatMap(({ targets }) => targets), ...shares];
  }

  /** There are tasks: watches until there are none and every objective is met. */
  begin(): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    for (const level of this.#levels) this.#ageOf(level); // what is queued already is as old as this
    this.#arm();
  }

  /** The objective that is missed by most; undefined when none is. */
  check(): Degradation | undefined {
    let worst: Target | undefined;
    for (const target of this.#targets) {
      if (target.isMissed && (worst === undefined || target.excess > worst.excess)) worst = target;
    }
    return worst?.degradation;
  }

  /** Reads no more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = setTimeout(this.#look, this.#windowMs);
    this.#timer.unref();
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    for (const level of this.#levels) this.#lookAtWaits(level);
    this.#lookAtErrors();
    this.#lookAtSteals();
    if (this.#isClosed) return; // by a listener
    const { pending, isShared } = this.#source;
    if (pending || isShared || this.check() !== undefined) this.#arm();
  };

  #lookAtWaits(level: LevelTargets): void {
    const { waits, targets, age } = level;
    waits.fill(0);
    this.#source.addWaits(level.level, waits);
    const ageUs = this.#ageOf(level);
    for (const target of targets) this.#report(target, target.look(waits, ageUs, age.isQuiet));
  }

  #lookAtErrors(): void {
    if (this.#errors === undefined) return;
    const { counts, pending } = this.#source;
    const bad = counts.failed + counts.timedOut + counts.lost;
    this.#report(this.#errors, this.#errors.look(bad, bad + counts.completed, !pending));
  }

  // Where nobody steals, no steal fails, whatever else is under way.
  #lookAtSteals(): void {
    if (this.#steals === undefined) return;
    const { lostSteals, steals } = this.#source;
    this.#report(this.#steals, this.#steals.look(lostSteals, steals, true));
  }

  #report(target: Target, event: TargetEvent | undefined): void {
    if (event !== undefined) this.#tell(event, target.degradation);
  }

  #ageOf({ level, age }: LevelTargets): number {
    const source = this.#source;
    const queued = source.queuedAt(level);
    return age.look(source.now(), queued, source.submittedAt(level), source.headAt(level));
  }
}

function waitTargets(objectives: Objectives, name: (typeof PRIORITY_NAMES)[number]): readonly WaitTarget[] {
  const { p99Us, p999Us } = objectives[name] ?? {};
  return [
    ...(p99Us === undefined ? [] : [new WaitTarget(`${name}.p99Us`, p99Us, 100)]),
    ...(p999Us === undefined ? [] : [new WaitTarget(`${name}.p999Us`, p999Us, 1000)]),
  ];
}
