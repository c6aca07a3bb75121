import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { noCounts } from '../../../src/client/counts.ts';
import { mergeStats, type NodeView, reportOfNone } from '../../../src/node-process/node-stats.ts';
import { Histogram } from '../../../src/scheduler/histogram.ts';
import { FakeNodes } from '../../support/fake-nodes.ts';
import { histogramOf, type ReportParts, reportOf } from '../../support/reports.ts';

const NOTHING = { counts: noCounts(), waitingAt: () => 0 };

/** What is known of nodes that report this; the host has nothing for them. */
function viewsOf(parts: readonly ReportParts[]): NodeView[] {
  const nodes = new FakeNodes({ workers: parts.map(() => 1) });
  return parts.map((each, index) => ({ report: reportOf(each), tasks: nodes.node(index) }));
}

const parts = fc.record({
  queued: fc.nat({ max: 1000 }),
  running: fc.nat({ max: 50 }),
  completed: fc.nat({ max: 1e6 }),
  waitsNs: fc.array(fc.integer({ min: 0, max: 1e9 }), { maxLength: 50 }),
});

describe('mergeStats', () => {
  it('has the percentiles of all waits together, as if one process had seen them', () => {
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1, maxLength: 4 }), (reports) => {
        const merged = mergeStats(viewsOf(reports), NOTHING, 64);
        const whole = new Histogram();
        whole.addData(histogramOf(reports.flatMap(({ waitsNs }) => waitsNs)));
        assert.deepEqual(merged.priorities.normal.waitUs, whole.percentiles());
        assert.deepEqual(merged.priorities.low.waitUs, { p50: NaN, p99: NaN, p999: NaN, max: NaN });
      }),
    );
  });

  it('adds what the processes have, and never counts below 0', () => {
    fc.assert(
      fc.property(fc.array(parts, { minLength: 1, maxLength: 4 }), fc.nat({ max: 99 }), (reports, waiting) => {
        const host = { counts: noCounts(), waitingAt: (priority: number) => (priority === 2 ? waiting : 0) };
        const { queued, running, priorities, poolBytes, workers } = mergeStats(viewsOf(reports), host, 64);
        const sum = (of: (each: (typeof reports)[number]) => number): number =>
          reports.reduce((total, each) => total + of(each), 0);
        assert.equal(
          running,
          sum((each) => each.running),
        );
        assert.equal(queued, waiting + sum((each) => each.queued));
        assert.equal(priorities.normal.queued, waiting + sum((each) => each.queued));
        assert.equal(
          priorities.normal.completed,
          sum((each) => each.completed),
        );
        assert.deepEqual([poolBytes, workers.length], [reports.length << 20, reports.length]);
      }),
    );
  });

  it('counts as queued what was released behind the last report, and nothing that the report says runs', () => {
    const nodes = new FakeNodes({ workers: [4, 4] });
    nodes.connect();
    for (let n = 0; n < 6; ++n) nodes.submit(n, { node: 0 });
    const queuedWith = (running: number): number =>
      mergeStats([{ report: reportOf({ running }), tasks: nodes.node(0) }], NOTHING, 64).queued;
    assert.deepEqual([0, 4, 6, 9].map(queuedWith), [6, 2, 0, 0]);
  });

  it('has the capacity of the engine, and the workers of all in the order of the nodes; it is frozen', () => {
    const stats = mergeStats(viewsOf([{ workers: [0, 1] }, { workers: [2] }]), NOTHING, 77);
    assert.equal(stats.capacity, 77);
    assert.deepEqual(
      stats.workers.map(({ id }) => id),
      [0, 1, 2],
    );
    assert.ok(Object.isFrozen(stats) && Object.isFrozen(stats.workers[0]) && Object.isFrozen(stats.priorities.low));
  });

  it('of a process that is gone: it has nothing, what it did still counts', () => {
    const report = reportOf({ queued: 5, running: 3, completed: 70, waitsNs: [1000], workers: [4, 5] });
    const { stats, histograms } = reportOfNone(report, 'stopped');
    assert.deepEqual([stats.queued, stats.running, stats.priorities.normal.queued], [0, 0, 0]);
    assert.equal(stats.priorities.normal.completed, 70);
    assert.equal(histograms, report.histograms);
    assert.deepEqual(
      stats.workers.map(({ id, state }) => [id, state]),
      [
        [4, 'stopped'],
        [5, 'stopped'],
      ],
    );
  });
});
