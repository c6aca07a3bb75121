import type { Unit } from './case.ts';
import { formatValue } from './format.ts';
import { median } from './spread.ts';

/** Stands for whichever of the measured pools has the best median. */
export const BEST_POOL = 'best pool';

/**
 * `speedup`: how many times better than the rival. `cost`: how many times the rival's figure. `difference`: figure less
 * the rival's. `value`: the figure alone; its ratio is figure / limit.
 */
export type Comparison = 'speedup' | 'cost' | 'difference' | 'value';

/** Medians by contender, for limits that a control in the same run sets. */
type Medians = ReadonlyMap<string, number>;

export interface Goal {
  readonly rival: string;
  readonly comparison: Comparison;
  readonly bound: '≥' | '≤';
  readonly limit: number | ((medians: Medians) => number);
}

export function fasterThan(rival: string, times: number): Goal {
  return { rival, comparison: 'speedup', bound: '≥', limit: times };
}

export function costOf(rival: string, times: number): Goal {
  return { rival, comparison: 'cost', bound: '≤', limit: times };
}

export function atMost(limit: Goal['limit']): Goal {
  return { rival: 'goal', comparison: 'value', bound: '≤', limit };
}

export function atLeast(limit: Goal['limit']): Goal {
  return { rival: 'goal', comparison: 'value', bound: '≥', limit };
}

export function atMostMore(rival: string, limit: number): Goal {
  return { rival, comparison: 'difference', bound: '≤', limit };
}

/** Compares round by round, since neighbouring rounds saw the same machine, and takes the median. */
export function compare(
  comparison: Exclude<Comparison, 'value'>,
  better: 'lower' | 'higher',
  ours: readonly number[],
  theirs: readonly number[],
): number {
  const pairs = ours.slice(0, theirs.length).map((our, round): [number, number] => [our, theirs[round] ?? Number.NaN]);
  return median(
    pairs.map(([our, their]) => {
      if (comparison === 'difference') return our - their;
      return (comparison === 'speedup') === (better === 'lower') ? their / our : our / their;
    }),
  );
}

export function meets(goal: Goal, figure: number, limit: number): boolean {
  return goal.bound === '≥' ? figure >= limit : figure <= limit;
}

export function describeGoal(goal: Goal, limit: number, unit: Unit): string {
  const amount =
    goal.comparison === 'speedup' || goal.comparison === 'cost' ? `${trim(limit)} ×` : formatValue(limit, unit);
  return `${goal.bound} ${amount}${goal.comparison === 'difference' ? ' more' : ''}`;
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)));
}
