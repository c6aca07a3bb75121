import type { Goal } from './goal.ts';
import type { Library } from './library.ts';

/** The suites of `npm run bench -- SUITE`. */
export const SUITES = ['creation', 'submission', 'data-size', 'concurrent', 'stealing', 'memory', 'numa'] as const;
type Suite = (typeof SUITES)[number];

/** What one round measured: a figure per metric key. */
export type Sample = Readonly<Record<string, number>>;

/** A contender that is up: warmed, ready to be measured again and again. */
export interface Session {
  round(): Promise<Sample>;
  close(): Promise<void>;
}

/** `pool`: another library. `native`: code outside JavaScript. `floor`: what no library can beat, or the same without one. */
export type Role = 'pool' | 'native' | 'floor';

export interface Contender {
  readonly name: string;
  readonly role: Role;
  /** What takes longer than opening may, such as compiling; whether it worked is for `open` to say. */
  readonly prepare?: () => Promise<unknown>;
  /** @throws NotMeasured where it is not installed */
  readonly open: () => Promise<Session>;
}

export type Unit = 'ns' | 'B' | '%' | '/s';

export interface Metric {
  /** Key in the sample; also the last part of the id, unless it is `value`. */
  readonly key: string;
  readonly unit: Unit;
  readonly better: 'lower' | 'higher';
  readonly goals: readonly Goal[];
}

/** The engine and its rivals under one load. */
export interface Match {
  readonly id: string;
  readonly metrics: readonly Metric[];
  readonly rounds: number;
  /**
   * Opens the engine's side; the library is an argument, so that two builds can meet.
   *
   * @throws NotMeasured where this machine, or the build, has not what is measured
   */
  engine(library: Library): Promise<Session>;
  readonly contenders: readonly Contender[];
}

export interface BenchCase {
  readonly id: string;
  readonly suite: Suite;
  readonly title: string;
  /** What nobody should conclude from the number. */
  readonly cannotTell: string;
  matches(context: BenchContext): Promise<readonly Match[]>;
}

export interface BenchContext {
  readonly library: Library;
  readonly quick: boolean;
  readonly rivals: boolean;
  /** Worker threads of every contender. */
  readonly workers: number;
  readonly signal: AbortSignal;
}

/** A contender that cannot take part here; the report says so instead of counting it as beaten. */
export class NotMeasured extends Error {
  override readonly name = 'NotMeasured';
}
