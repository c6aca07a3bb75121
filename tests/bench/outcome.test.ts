import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Match, Metric } from '../../bench/case.ts';
import { atLeast, atMost, atMostMore, BEST_POOL, costOf, fasterThan, type Goal } from '../../bench/goal.ts';
import { judge, judgeBuilds } from '../../bench/outcome.ts';
import { outcomeLine } from '../../bench/report.ts';
import type { Entry } from '../../bench/rounds.ts';

function entry(name: string, role: Entry['role'], values: readonly number[]): Entry {
  return { name, role, samples: values.map((value) => ({ value })) };
}

function metric(goals: readonly Goal[], better: Metric['better'] = 'lower'): Metric {
  return { key: 'value', unit: 'ns', better, goals };
}

const match: Match = {
  id: 'example',
  metrics: [],
  rounds: 3,
  engine: () => Promise.reject(new Error('never opened')),
  contenders: [],
};
const ours = entry('tallyio', 'engine', [100, 110, 90]);
const slow = entry('slow', 'pool', [4_000, 4_400, 3_600]);
const fast = entry('fast', 'pool', [1_000, 1_100, 900]);
const absent: Entry = { name: 'absent', role: 'pool', samples: [], missing: 'absent is not installed' };

describe('judge', () => {
  it('holds the goal against the best of the measured pools', () => {
    const [first] = judge(match, metric([fasterThan(BEST_POOL, 5)]), ours, [slow, fast, absent]);
    assert.equal(first?.rival, 'fast');
    assert.equal(first.ratio, 10);
    assert.equal(first.ok, true);
    assert.equal(first.goal, '≥ 5 ×');
  });

  it('takes the highest figure as best where more is better', () => {
    const [first] = judge(match, metric([fasterThan(BEST_POOL, 1)], 'higher'), ours, [fast, slow]);
    assert.equal(first?.rival, 'slow');
    assert.equal(first.ok, false);
  });

  it('reports an absent rival as not measured, never as beaten', () => {
    const outcomes = judge(match, metric([fasterThan('absent', 5)]), ours, [absent]);
    assert.deepEqual(
      outcomes.map(({ ok, measured, ratio, reason }) => ({ ok, measured, ratio, reason })),
      [{ ok: null, measured: false, ratio: null, reason: 'absent is not installed' }],
    );
    assert.match(outcomeLine(outcomes[0] ?? assert.fail()), /absent: not measured .* goal ≥ 5 × +not measured$/);
  });

  it('reports an engine that was not measured with the reason, whatever the goal', () => {
    const nobody: Entry = { name: 'tallyio', role: 'engine', samples: [], missing: 'one node' };
    const outcomes = judge(match, metric([atLeast(95), fasterThan('fast', 5)]), nobody, [
      { ...fast, samples: [] },
      slow,
    ]);
    assert.deepEqual(
      outcomes.map(({ ok, measured, ratio, reason, goal }) => ({ ok, measured, ratio, reason, goal })),
      ['≥ 95.0 ns', '≥ 5 ×', null].map((goal) => ({
        ok: null,
        measured: false,
        ratio: null,
        reason: 'one node',
        goal,
      })),
    );
    assert.match(
      outcomeLine(outcomes[0] ?? assert.fail()),
      /^example +– +goal: not measured \(one node\) +goal ≥ 95.0 ns +not measured$/,
    );
    assert.equal(judgeBuilds(match, metric([]), nobody, fast).ratio, null);
  });

  it('holds a value against a least one', () => {
    const [high, low] = judge(match, metric([atLeast(100), atLeast(101)]), ours, []);
    assert.deepEqual([high?.ok, low?.ok], [true, false]);
  });

  it('names a goal whose rival is not part of the run', () => {
    const [first] = judge(match, metric([costOf('native', 2)]), ours, []);
    assert.equal(first?.measured, false);
    assert.equal(first.ok, null);
  });

  it('lists the contenders without a goal after the goals', () => {
    const outcomes = judge(match, metric([fasterThan('slow', 5)]), ours, [fast, slow, absent]);
    assert.deepEqual(
      outcomes.map(({ rival, goal }) => [rival, goal]),
      [
        ['slow', '≥ 5 ×'],
        ['fast', null],
        ['absent', null],
      ],
    );
  });

  it('compares values, costs and differences', () => {
    const goals = [atMost(100), costOf('fast', 0.05), atMostMore('fast', -950)];
    const outcomes = judge(match, metric(goals), ours, [fast]);
    assert.deepEqual(
      outcomes.map(({ ratio, ok }) => [ratio, ok]),
      [
        [1, true],
        [0.1, false],
        [-900, false],
      ],
    );
  });

  it('lets a control of the same run set the limit', () => {
    const goal = atMost((medians) => 2 * (medians.get('fast') ?? 0));
    const [first] = judge(match, metric([goal]), ours, [fast]);
    assert.equal(first?.goal, '≤ 2.00 µs');
    assert.equal(first.ok, true);
  });

  it('pairs the rounds, so that a machine that slows down does not decide', () => {
    const drifting = entry('tallyio', 'engine', [100, 200, 400]);
    const rival = entry('rival', 'pool', [500, 1_000, 2_000]);
    const [first] = judge(match, metric([fasterThan('rival', 5)]), drifting, [rival]);
    assert.equal(first?.ratio, 5);
  });
});

describe('judgeBuilds', () => {
  it('says how many times the old figure the new one is, whichever is better', () => {
    const old = entry('abc1234', 'engine', [200, 220, 180]);
    assert.equal(judgeBuilds(match, metric([]), ours, old).ratio, 0.5);
    assert.equal(judgeBuilds(match, metric([], 'higher'), ours, old).ratio, 0.5);
  });
});
