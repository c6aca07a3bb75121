import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createEngine,
  type Degradation,
  type EngineOptions,
  Priority,
  WorkStealingScheduler,
} from '../../src/index.ts';
import { attach } from '../../src/worker/context.ts';
import type { Board } from '../support/board.ts';
import { type Tasks, TASKS, type TestEngine, withEngine } from '../support/engines.ts';
import { turn, until } from '../support/until.ts';

/** As the engine's own, but shorter windows. */
const QUICK = { windowMs: 20 };

/** A task of a millisecond. */
const SLOW = { entry: 0, ms: 1 };

type Told = { readonly event: 'degraded' | 'recovered' } & Degradation;

function listen(engine: TestEngine): Told[] {
  const told: Told[] = [];
  for (const event of ['degraded', 'recovered'] as const) {
    engine.on(event, (degradation) => told.push({ event, ...degradation }));
  }
  return told;
}

const names = (told: readonly Told[]): string[] => told.map(({ event, metric }) => `${event} ${metric}`);

function withQuickEngine(
  options: EngineOptions,
  use: (engine: TestEngine, board: Board) => Promise<void>,
): Promise<void> {
  return withEngine(options, use, (all) => WorkStealingScheduler.startOn<Tasks>(QUICK, all));
}

describe('objectives', () => {
  it('Low tasks starve under a flood: degraded, until the flood is over and they have run', async () => {
    const objectives = { low: { p99Us: 1000 }, critical: { p99Us: 60e6 } };
    await withQuickEngine({ starvationInterval: 0, objectives, timing: 'all' }, async (engine) => {
      const told = listen(engine);
      const ending = new AbortController();
      const flood = engine.runMany('noteSlowly', new Array<typeof SLOW>(10_000).fill(SLOW), {
        priority: Priority.Critical,
        signal: ending.signal,
      });
      let hasRun = false;
      const starving = engine.run('squared', 7, { priority: Priority.Low }).then((value) => {
        hasRun = true;
        return value;
      });
      await until(() => told.length > 0 || hasRun, 'Low to be degraded');
      const [first] = told;
      assert.equal(hasRun, false);
      assert.deepEqual({ ...first, value: 0 }, { event: 'degraded', metric: 'low.p99Us', value: 0, threshold: 1000 });
      assert.ok((first?.value ?? 0) > 1000, String(first?.value));
      assert.equal(engine.checkObjectives()?.metric, 'low.p99Us');
      ending.abort();
      await assert.rejects(flood, { name: 'AbortError' });
      assert.equal(await starving, 49);
      await until(() => told.length > 1, 'Low to recover');
      assert.deepEqual(names(told), ['degraded low.p99Us', 'recovered low.p99Us']);
      assert.equal(engine.checkObjectives(), undefined);
    });
  });

  it('everything stands still: degraded, in shared memory and on the host', async () => {
    const objectives = { normal: { p99Us: 500 }, low: { p999Us: 500 } };
    await withQuickEngine({ capacity: 4, objectives }, async (engine, board) => {
      const told = listen(engine);
      const all = [engine.run('block', 1)];
      await board.arrived(1);
      for (let n = 0; n < 4; ++n) all.push(engine.run('squared', n)); // the last one waits on the host
      all.push(engine.run('squared', 9, { priority: Priority.Low }));
      await until(() => told.length === 2, 'both to be degraded');
      assert.deepEqual(names(told).sort(), ['degraded low.p999Us', 'degraded normal.p99Us']);
      board.openAll();
      assert.deepEqual(await Promise.all(all), [1, 0, 1, 4, 9, 81]);
      await until(() => told.length === 4, 'both to recover');
    });
  });

  it('tasks of attached threads count', async () => {
    await withQuickEngine({ objectives: { normal: { p99Us: 500 } } }, async (engine, board) => {
      const told = listen(engine);
      const attached = attach(engine.attach());
      const blocked = attached.run('block', 1);
      await board.arrived(1);
      const waiting = attached.run('squared', 2);
      await until(() => told.length === 1, 'it to be degraded');
      board.openAll();
      assert.deepEqual(await Promise.all([blocked, waiting]), [1, 4]);
      await until(() => told.length === 2, 'it to recover');
      await attached.detach();
    });
  });

  it('waits that are recorded: every percentile of a busy engine beyond an absurd threshold', async () => {
    const objectives = { normal: { p99Us: 0.001, p999Us: 1e9 } };
    await withQuickEngine({ objectives, timing: 'all' }, async (engine) => {
      const told = listen(engine);
      while (told.length === 0) await engine.runMany('squared', new Array<number>(300).fill(2));
      assert.deepEqual(names(told), ['degraded normal.p99Us']);
    });
  });

  it('errors beyond the rate: degraded, until tasks succeed again', async () => {
    await withQuickEngine({ objectives: { errorRate: 0.2 } }, async (engine) => {
      const told = listen(engine);
      const many = async (name: 'fail' | 'echo', count: number): Promise<void> => {
        await Promise.allSettled(Array.from({ length: count }, () => engine.run(name, 'x')));
        await turn();
      };
      while (told.length === 0) await Promise.all([many('fail', 3), many('echo', 7)]);
      assert.deepEqual(names(told), ['degraded errorRate']);
      const { value, threshold } = told[0] ?? { value: NaN, threshold: NaN };
      assert.ok(value > 0.2 && value <= 0.5, String(value));
      assert.equal(threshold, 0.2);
      while (told.length === 1) await Promise.all([many('fail', 1), many('echo', 9)]);
      assert.deepEqual(names(told), ['degraded errorRate', 'recovered errorRate']);
    });
  });

  it('an engine that meets its objectives tells nothing', async () => {
    const objectives = {
      critical: { p99Us: 6e7, p999Us: 6e7 },
      high: { p99Us: 6e7 },
      normal: { p99Us: 6e7, p999Us: 6e7 },
      low: { p99Us: 6e7 },
      errorRate: 0.01,
      stealFailureRate: 1,
    };
    await withQuickEngine({ workers: 2, objectives }, async (engine) => {
      const told = listen(engine);
      for (let n = 0; n < 50; ++n) {
        await engine.runMany('squared', new Array<number>(100).fill(n), { priority: (n % 4) as Priority });
        await turn();
      }
      assert.deepEqual(told, []);
      assert.equal(engine.checkObjectives(), undefined);
    });
  });

  it('a listener may close the engine', async () => {
    const engine: TestEngine = await WorkStealingScheduler.startOn<Tasks>(QUICK, {
      tasks: TASKS,
      workers: 1,
      objectives: { errorRate: 0 },
      memory: { poolBytes: 1 << 20 },
    });
    let closing: Promise<unknown> | undefined;
    engine.on('degraded', () => {
      closing ??= engine.close();
    });
    while (closing === undefined) {
      await engine.run('fail', 'x').catch(() => undefined);
      await turn();
    }
    await closing;
  });

  it('createEngine takes them', async () => {
    const engine = await createEngine({
      tasks: TASKS,
      workers: 1,
      objectives: { critical: { p999Us: 1000 }, normal: { p99Us: 5000 }, errorRate: 0.01, stealFailureRate: 0.9 },
    });
    await engine.close();
  });
});
