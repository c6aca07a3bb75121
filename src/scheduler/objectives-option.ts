import { WorkStealingError } from '../base/errors.ts';
import { givenOf } from '../base/given.ts';
import { invalid, rejectUnknown } from '../client/run-options.ts';

/** How long tasks of one priority may be queued. */
export interface WaitObjective {
  /** 99 of 100 tasks start within so many microseconds of their submission; more than 0. @default none */
  readonly p99Us?: number | undefined;
  /** 999 of 1,000 tasks do. @default none */
  readonly p999Us?: number | undefined;
}

/** What an engine is to keep to. Events `degraded` and `recovered` tell when it does not, and when it does again. docs/objectives.md */
export interface Objectives {
  /** Of tasks of priority Critical. @default none */
  readonly critical?: WaitObjective | undefined;
  /** Of tasks of priority High. @default none */
  readonly high?: WaitObjective | undefined;
  /** Of tasks of priority Normal. @default none */
  readonly normal?: WaitObjective | undefined;
  /** Of tasks of priority Low. @default none */
  readonly low?: WaitObjective | undefined;
  /**
   * Share of the tasks that may end badly, 0 … 1: that fail, run into a time limit or go with their worker. Of those that this
   * thread submitted, without the ones that were cancelled. @default none
   */
  readonly errorRate?: number | undefined;
  /**
   * Share of the steals that may come to nothing, 0 … 1: of the times that a worker reaches into another one's queue that is not
   * empty, those in which somebody else was faster. @default none
   */
  readonly stealFailureRate?: number | undefined;
}

/** Names of the priorities, by priority. */
export const PRIORITY_NAMES = ['critical', 'high', 'normal', 'low'] as const;

const OF_WAITS = ['p99Us', 'p999Us'] as const;
const SHARES = ['errorRate', 'stealFailureRate'] as const;
const KNOWN = [...PRIORITY_NAMES, ...SHARES];

/**
 * Reads option `objectives`.
 *
 * @param read gives the other options
 * @returns a copy without names that were not given; undefined when none was
 * @throws WorkStealingError ERR_INVALID_OPTION
 */
export function objectivesOf(value: unknown, read: (option: string) => unknown): Objectives | undefined {
  if (value === undefined) return undefined;
  const given = optionsOf('objectives', value, KNOWN);
  const objectives: Record<string, unknown> = {};
  for (const name of PRIORITY_NAMES) {
    const wait = waitObjective(`objectives.${name}`, given[name]);
    if (wait === undefined) continue;
    if (read('timing') === 'off') throw needsTiming(name);
    objectives[name] = wait;
  }
  for (const name of SHARES) {
    const share = shareOf(`objectives.${name}`, given[name]);
    if (share !== undefined) objectives[name] = share;
  }
  return Object.keys(objectives).length === 0 ? undefined : Object.freeze(objectives);
}

function optionsOf(name: string, value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(name, `an object { ${known.join(', ')} }`, value);
  }
  rejectUnknown(value, known, name);
  return givenOf(value, known);
}

function waitObjective(name: string, value: unknown): WaitObjective | undefined {
  if (value === undefined) return undefined;
  const given = optionsOf(name, value, OF_WAITS);
  const objective: Record<string, number> = {};
  for (const key of OF_WAITS) {
    const limit = given[key];
    if (limit === undefined) continue;
    if (typeof limit !== 'number' || !(limit > 0 && limit < Infinity)) {
      throw invalid(`${name}.${key}`, 'microseconds, more than 0 and finite', limit);
    }
    objective[key] = limit;
  }
  return Object.keys(objective).length === 0 ? undefined : Object.freeze(objective);
}

function shareOf(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw invalid(name, 'a share, 0 … 1', value);
}

function needsTiming(priority: string): WorkStealingError {
  return new WorkStealingError(
    'ERR_INVALID_OPTION',
    `expected timing 'sampled' or 'all' with objectives.${priority}, got 'off', with which no wait is measured: leave timing out, ` +
      'or the objective',
    { option: 'timing' },
  );
}
