import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Degradation, type EngineOptions, Priority } from '../../src/index.ts';
import { ProcessScheduler } from '../../src/node-process/process-scheduler.ts';
import type { Board } from '../support/board.ts';
import { type Tasks, type TestEngine, withEngine } from '../support/engines.ts';
import { turn, until } from '../support/until.ts';

/** Windows of the host; those of the node process are as long as ever. */
const QUICK = { windowMs: 20 };

function listen(engine: TestEngine): string[] {
  const told: string[] = [];
  for (const event of ['degraded', 'recovered'] as const) {
    engine.on(event, ({ metric }: Degradation) => told.push(`${event} ${metric}`));
  }
  return told;
}

function withProcess(options: EngineOptions, use: (engine: TestEngine, board: Board) => Promise<void>): Promise<void> {
  return withEngine({ ...options, isolation: 'process' }, use, (all) => ProcessScheduler.startOn<Tasks>(QUICK, all));
}

describe('objectives of an engine in a process of its own', () => {
  it('tasks that stand still in the process, or on the host', async () => {
    await withProcess({ objectives: { normal: { p99Us: 500 }, low: { p99Us: 500 } } }, async (engine, board) => {
      const told = listen(engine);
      const all = [engine.run('block', 1), engine.run('squared', 2)];
      await board.arrived(1);
      await until(() => told.length === 1, 'the one in the process to be late');
      assert.deepEqual(told, ['degraded normal.p99Us']);
      for (let n = 0; n < 10; ++n) all.push(engine.run('squared', n, { priority: Priority.Low }));
      await until(() => told.length === 2, 'the ones on the host to be late');
      assert.deepEqual(told.slice(1), ['degraded low.p99Us']);
      assert.equal(engine.checkObjectives()?.threshold, 500);
      board.openAll();
      await Promise.all(all);
      await until(() => told.length === 4, 'both to recover');
      assert.deepEqual(told.slice(2).sort(), ['recovered low.p99Us', 'recovered normal.p99Us']);
      assert.equal(engine.checkObjectives(), undefined);
    });
  });

  it('waits that end', async () => {
    const waits = { p99Us: 1e-3 };
    await withProcess({ objectives: { high: waits, normal: { p99Us: 60e6 } } }, async (engine) => {
      const told = listen(engine);
      while (told.length === 0) {
        await engine.runMany('squared', new Array<number>(2000).fill(2), { priority: Priority.High });
        await engine.runMany('squared', new Array<number>(2000).fill(2));
        await turn();
      }
      assert.equal(told[0], 'degraded high.p99Us');
      assert.ok(told.every((event) => event.endsWith('high.p99Us')));
    });
  });

  it('errors', async () => {
    await withProcess({ objectives: { errorRate: 0.2 } }, async (engine) => {
      const told = listen(engine);
      while (told.length === 0) {
        await Promise.allSettled(Array.from({ length: 10 }, () => engine.run('fail', 'x')));
        await turn();
      }
      while (told.length === 1) await engine.run('squared', 2);
      assert.deepEqual(told, ['degraded errorRate', 'recovered errorRate']);
    });
  });

  it('a process that is lost takes what was missed in it along', async () => {
    await withProcess({ workers: 2, objectives: { critical: { p99Us: 500 } } }, async (engine, board) => {
      const told = listen(engine);
      const critical = { priority: Priority.Critical };
      const lost = [
        engine.run('block', 1, critical),
        engine.run('block', 1, critical),
        engine.run('crash', 'SIGKILL', critical),
      ];
      const outcomes = Promise.allSettled(lost);
      await board.arrived(1, 2);
      await until(() => told.length === 1, 'the third one to be late');
      assert.deepEqual(told, ['degraded critical.p99Us']);
      board.openAll();
      await outcomes;
      await until(() => told.length === 2, 'it to be forgotten');
      assert.deepEqual(told, ['degraded critical.p99Us', 'recovered critical.p99Us']);
      assert.equal(engine.checkObjectives(), undefined);
      assert.equal(await engine.run('squared', 3), 9);
    });
  });
});
