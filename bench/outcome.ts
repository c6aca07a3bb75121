import type { Match, Metric, Unit } from './case.ts';
import { BEST_POOL, compare, describeGoal, meets, type Comparison, type Goal } from './goal.ts';
import type { Entry } from './rounds.ts';
import { spreadOf, type Spread } from './spread.ts';

/** One line of the report and one entry of the JSON file: the engine against one rival in one metric. */
export interface Outcome {
  readonly id: string;
  readonly rival: string;
  /** What `ratio` is. */
  readonly comparison: Comparison;
  /** `null` where the engine or the rival was not measured. A difference is in `unit`. */
  readonly ratio: number | null;
  readonly goal: string | null;
  /** `null` where there is no goal, or nothing to hold against it. */
  readonly ok: boolean | null;
  readonly measured: boolean;
  /** Why it was not measured. */
  readonly reason?: string;
  readonly rounds: number;
  readonly unit: Unit;
  readonly ours: Spread;
  readonly theirs: Spread | null;
}

/** What the engine did in one metric. */
interface Subject {
  readonly id: string;
  readonly rounds: number;
  readonly unit: Unit;
  readonly ours: Spread;
  /** Why it could not take part. */
  readonly reason?: string;
}

/** Everything that the rounds of one metric say: first the goals, then the contenders without one. */
export function judge(match: Match, metric: Metric, engine: Entry, others: readonly Entry[]): readonly Outcome[] {
  const subject = describeSubject(match, metric, engine);
  const held = metric.goals.map((goal) => hold(goal, subject, metric, others));
  const named = new Set(held.map(({ rival }) => rival));
  const rest = others.filter(({ name }) => !named.has(name));
  return [...held, ...rest.map((rival) => versus(subject, metric, rival, rival.role === 'floor' ? 'cost' : 'speedup'))];
}

/** Two builds of the engine: how many times the old figure the new one is. */
export function judgeBuilds(match: Match, metric: Metric, engine: Entry, old: Entry): Outcome {
  const outcome = versus(describeSubject(match, metric, engine), metric, old, 'speedup');
  const ratio = compare('cost', 'lower', figuresOf(engine, metric), figuresOf(old, metric));
  return { ...outcome, comparison: 'cost', ratio: outcome.measured ? ratio : null };
}

function hold(goal: Goal, subject: Subject, metric: Metric, others: readonly Entry[]): Outcome {
  const limit = typeof goal.limit === 'number' ? goal.limit : goal.limit(mediansOf(metric, others));
  const text = describeGoal(goal, limit, metric.unit);
  if (goal.comparison === 'value') {
    if (subject.rounds === 0) return notMeasured(subject, goal, text);
    const ok = meets(goal, subject.ours.median, limit);
    const ratio = subject.ours.median / limit;
    return { ...subject, rival: goal.rival, comparison: 'value', ratio, goal: text, ok, measured: true, theirs: null };
  }
  const rival = goal.rival === BEST_POOL ? bestPool(metric, others) : others.find(({ name }) => name === goal.rival);
  if (rival === undefined) return notMeasured({ ...subject, reason: 'not part of this run' }, goal, text);
  const outcome = versus(subject, metric, rival, goal.comparison);
  return { ...outcome, goal: text, ok: outcome.ratio === null ? null : meets(goal, outcome.ratio, limit) };
}

function notMeasured(subject: Subject, { rival, comparison }: Goal, goal: string): Outcome {
  return { ...subject, rival, comparison, ratio: null, goal, ok: null, measured: false, theirs: null };
}

function versus(
  subject: Subject,
  metric: Metric,
  { name, missing, ...rival }: Entry,
  comparison: Exclude<Comparison, 'value'>,
): Outcome {
  const figures = figuresOf(rival, metric);
  const measured = figures.length > 0 && subject.rounds > 0;
  return {
    ...subject,
    rival: name,
    comparison,
    ratio: measured ? compare(comparison, metric.better, subject.ours.rounds, figures) : null,
    goal: null,
    ok: null,
    measured,
    ...(missing === undefined ? {} : { reason: missing }),
    theirs: measured ? spreadOf(figures) : null,
  };
}

function describeSubject(match: Match, metric: Metric, engine: Entry): Subject {
  const ours = spreadOf(figuresOf(engine, metric));
  const id = metric.key === 'value' ? match.id : `${match.id}/${metric.key}`;
  const reason = engine.missing === undefined ? {} : { reason: engine.missing };
  return { id, rounds: ours.rounds.length, unit: metric.unit, ours, ...reason };
}

function figuresOf({ samples }: Pick<Entry, 'samples'>, { key }: Metric): readonly number[] {
  return samples.map((sample) => sample[key]).filter((figure) => figure !== undefined);
}

function mediansOf(metric: Metric, entries: readonly Entry[]): ReadonlyMap<string, number> {
  const measured = entries.filter(({ samples }) => samples.length > 0);
  return new Map(measured.map((entry) => [entry.name, spreadOf(figuresOf(entry, metric)).median]));
}

function bestPool(metric: Metric, entries: readonly Entry[]): Entry | undefined {
  const pools = entries.filter(({ role }) => role === 'pool');
  const medians = mediansOf(metric, pools);
  const sign = metric.better === 'lower' ? 1 : -1;
  const [best] = [...medians].sort(([, one], [, other]) => sign * (one - other));
  return pools.find(({ name }) => name === best?.[0]) ?? pools[0];
}
