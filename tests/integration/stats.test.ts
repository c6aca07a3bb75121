import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type EngineStats, Priority } from '../../src/index.ts';
import { KERNELS, withEngine } from '../support/engines.ts';
import { notIsolated } from '../support/isolation.ts';
import { until } from '../support/until.ts';

const LATER = 'a process reports at most every 100 ms';

function isDeeplyFrozen(value: unknown): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen))
  );
}

function balance(stats: EngineStats): number {
  return stats.completed + stats.failed + stats.cancelled + stats.timedOut + stats.lost + stats.queued + stats.running;
}

describe('stats', () => {
  it('is frozen plain data without BigInt', async () => {
    await withEngine({ workers: 2 }, async (engine) => {
      const stats = engine.stats();
      assert.ok(isDeeplyFrozen(stats));
      assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(stats)) as object), Object.keys(stats));
      assert.deepEqual(Object.keys(stats.priorities), ['critical', 'high', 'normal', 'low']);
      assert.deepEqual(
        stats.workers.map(({ id, node }) => ({ id, node })),
        [
          { id: 0, node: 0 },
          { id: 1, node: 0 },
        ],
      );
      await engine.run('squared', 1);
      assert.equal(stats.submitted, 0);
    });
  });

  it('tells the pauses of garbage collection where there is a handler, and nothing where there is none', async () => {
    const litter = { tasks: new URL('../support/heap-tasks.js', import.meta.url) };
    await withEngine<typeof import('../support/heap-tasks.js')>(litter, async (engine) => {
      await engine.run('litter', 1);
      await engine.drain();
      const [{ gcPauseNs } = { gcPauseNs: null }] = engine.stats().workers;
      assert.ok(gcPauseNs !== null && gcPauseNs.count >= 8, JSON.stringify(gcPauseNs)); // so often it was asked for
      assert.ok(gcPauseNs.max > 1000 && gcPauseNs.total >= gcPauseNs.max, JSON.stringify(gcPauseNs));
    });
    await withEngine({ kernels: KERNELS }, async (engine) => {
      await engine.drain();
      assert.deepEqual(
        engine.stats().workers.map(({ gcPauseNs }) => gcPauseNs),
        [null],
      );
    });
  });

  it('counts balance while tasks wait, run and end', { skip: notIsolated(LATER) }, async () => {
    await withEngine({ capacity: 8 }, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const failing = assert.rejects(engine.run('fail', 'x'));
      const tasks = Array.from({ length: 20 }, (_, x) => engine.run('squared', x, { priority: Priority.Low }));
      const busy = engine.stats();
      assert.deepEqual(
        { submitted: busy.submitted, queued: busy.queued, running: busy.running, low: busy.priorities.low.queued },
        { submitted: 22, queued: 21, running: 1, low: 20 },
      );
      assert.equal(balance(busy), busy.submitted);
      board.open(0);
      await Promise.all([gate, failing, ...tasks]);
      const idle = engine.stats();
      assert.deepEqual(
        { completed: idle.completed, failed: idle.failed, queued: idle.queued, running: idle.running },
        { completed: 21, failed: 1, queued: 0, running: 0 },
      );
      assert.equal(idle.priorities.low.completed, 20);
      assert.equal(idle.priorities.normal.completed, 2);
      assert.equal(idle.capacity, 8);
    });
  });

  it(
    'counts a cancelled task neither as queued nor as running, before a worker has met it and after',
    { skip: notIsolated(LATER) },
    async () => {
      await withEngine({}, async (engine, board) => {
        const gate = engine.run('block', 0);
        await board.arrived(0);
        const controller = new AbortController();
        const { signal } = controller;
        const rejected = [Priority.Low, Priority.Low, Priority.High].map((priority) =>
          assert.rejects(engine.run('squared', 1, { priority, signal }), { code: 'ERR_TASK_ABORTED' }),
        );
        const low = engine.run('squared', 3, { priority: Priority.Low });
        const kept = engine.submitTask(engine.taskType('squared'), 4);
        assert.equal(engine.stats().queued, 5);
        controller.abort();
        engine.release(kept);
        const { queued, running, priorities } = engine.stats();
        assert.deepEqual(
          { queued, running, low: priorities.low.queued, high: priorities.high.queued },
          { queued: 1, running: 1, low: 1, high: 0 },
        );
        board.open(0);
        await Promise.all([gate, low, ...rejected]);
        await engine.run('squared', 2, { priority: Priority.Low }); // behind all of them
        const idle = engine.stats();
        assert.deepEqual({ queued: idle.queued, running: idle.running }, { queued: 0, running: 0 });
        const next = engine.run('block', 1);
        await board.arrived(1);
        const behind = engine.run('squared', 5);
        assert.equal(engine.stats().queued, 1);
        board.open(1);
        await Promise.all([next, behind]);
      });
    },
  );

  it('counts a task for one certain worker as queued until it runs', { skip: notIsolated(LATER) }, async () => {
    await withEngine({}, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const everywhere = engine.broadcast('squared', 3);
      const { queued, running } = engine.stats();
      assert.deepEqual({ queued, running }, { queued: 1, running: 1 });
      board.open(0);
      await Promise.all([gate, everywhere]);
      assert.equal(engine.stats().queued, 0);
    });
  });

  it('payload memory comes back', { skip: notIsolated(LATER) }, async () => {
    await withEngine({}, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const task = engine.run('size', new Uint8Array(100_000));
      assert.ok(engine.stats().poolBytesUsed >= 100_000);
      assert.equal(engine.stats().poolBytes, 16 << 20);
      board.open(0);
      await Promise.all([gate, task]);
      assert.deepEqual(await engine.run('echo', ['a', { b: 1n }]), ['a', { b: 1n }]);
      assert.equal(engine.stats().poolBytesUsed, 0);
    });
  });

  it('times waits and runs, and tells what each worker did', { skip: notIsolated(LATER) }, async () => {
    await withEngine({ workers: 2, timing: 'all' }, async (engine) => {
      await engine.runMany(
        'squared',
        Array.from({ length: 1000 }, (_, x) => x),
      );
      const { normal, high } = engine.stats().priorities;
      for (const { p50, p99, p999, max } of [normal.waitUs, normal.runUs]) {
        assert.ok(p50 >= 0 && p50 <= p99 && p99 <= p999 && p999 <= max * 1.07, JSON.stringify(normal));
      }
      assert.ok(Number.isNaN(high.waitUs.p50));
      await until(() => engine.stats().workers.every(({ state }) => state === 'parked'), 'the workers to park');
      const { workers } = engine.stats();
      assert.equal(
        workers.reduce((sum, { executed }) => sum + executed, 0),
        1000,
      );
      for (const { utilization, parked } of workers) assert.ok(utilization >= 0 && utilization <= 1 && parked > 0);
      assert.ok(workers.some(({ utilization }) => utilization > 0));
    });
  });

  it('timing off leaves the histograms empty', async () => {
    await withEngine({ timing: 'off' }, async (engine) => {
      await engine.runMany('squared', [1, 2, 3]);
      assert.ok(Number.isNaN(engine.stats().priorities.normal.runUs.max));
    });
  });
});
