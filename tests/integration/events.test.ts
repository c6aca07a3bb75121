import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { WorkStealingError } from '../../src/index.ts';
import { withEngine } from '../support/engines.ts';
import { until, within } from '../support/until.ts';

describe('events', () => {
  it("'taskError' tells of a posted task that failed or was refused; post never throws", async () => {
    await withEngine({}, async (engine) => {
      const seen: { readonly task: string; readonly error: unknown }[] = [];
      const listener = (event: (typeof seen)[number]): unknown => seen.push(event);
      engine.on('taskError', listener);
      engine.post('fail', 'posted');
      engine.post('nobody' as 'squared', 1);
      engine.post('squared', 1, { priority: 9 as never });
      engine.post('echo', () => 1);
      await until(() => seen.length === 4, 'four events');
      engine.off('taskError', listener);
      const warned = once(process, 'warning');
      engine.post(Symbol('task') as never);
      assert.match(String(await within(warned, 'a warning')), /symbol: expected the name of a task, got symbol/);
      engine.on('taskError', listener);
      const codes = seen.map(({ task, error }) => [task, error instanceof WorkStealingError && error.code]);
      assert.deepEqual(
        new Set(codes.map(String)),
        new Set([
          'fail,ERR_TASK_FAILED',
          'nobody,ERR_UNKNOWN_TASK',
          'squared,ERR_INVALID_OPTION',
          'echo,ERR_NOT_SHAREABLE',
        ]),
      );
      await engine.close();
      engine.post('squared', 1);
      await until(() => seen.length === 5, 'the event of the refused task');
    });
  });

  it('a posted task that failed is a process warning when nobody listens', async () => {
    await withEngine({}, async (engine) => {
      const warned = once(process, 'warning');
      engine.post('fail', 'unheard');
      const [warning] = (await within(warned, 'a warning')) as [Error];
      assert.equal(warning.name, 'TallyioWarning');
      assert.match(warning.message, /fail.*unheard/);
    });
  });

  it('a listener that throws costs nobody else their result', async () => {
    await withEngine({}, async (engine) => {
      const uncaught: unknown[] = [];
      const listener = (error: unknown): void => {
        uncaught.push(error);
      };
      const others = process.rawListeners('uncaughtException');
      process.removeAllListeners('uncaughtException').on('uncaughtException', listener);
      try {
        for (const event of ['taskError', 'drain', 'workerLost'] as const) {
          engine.once(event, () => {
            throw new Error(event);
          });
        }
        engine.post('fail', 'x');
        const results = Array.from({ length: 50 }, (_, x) => engine.run('squared', x));
        assert.equal((await within(Promise.all(results), 'the others')).length, 50);
        await assert.rejects(within(engine.run('exit', 1), 'the lost task'), { code: 'ERR_WORKER_LOST' });
        assert.equal(await within(engine.run('squared', 3), 'a task on the replacement'), 9);
        await until(() => uncaught.length === 3, 'three uncaught errors');
      } finally {
        process.removeAllListeners('uncaughtException');
        for (const other of others) process.on('uncaughtException', other as () => void);
      }
    });
  });

  it("'drain' comes when the last task has ended", async () => {
    await withEngine({}, async (engine, board) => {
      let drained = 0;
      engine.on('drain', () => {
        drained += 1;
      });
      const gate = engine.run('block', 0);
      await board.arrived(0);
      assert.equal(drained, 0);
      board.open(0);
      await gate;
      await until(() => drained > 0, "'drain'");
    });
  });
});
