import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe } from 'node:test';
import { Priority } from '../../src/index.ts';
import { KERNELS, TASKS, withEngine } from '../support/engines.ts';
import { notIsolated } from '../support/isolation.ts';
import { it } from '../support/rerun.ts';
import { MOST_IN_FLIGHT, RUNS } from '../support/tasks.ts';
import { within } from '../support/until.ts';

const RELEASED = 'tasks that wait on the host come a moment later than the next one that was released';

const LEVELS = [Priority.Critical, Priority.High, Priority.Normal, Priority.Low] as const;

describe('run', () => {
  it('gives the result of a handler, at every priority', async () => {
    await withEngine({ workers: 2 }, async (engine) => {
      for (const priority of LEVELS) {
        assert.equal(await engine.run('squared', 7, { priority }), 49);
        assert.equal(await engine.run('squaredLater', -3, { priority }), 9);
        assert.deepEqual(await engine.run('echo', { list: [1, 'two'] }, { priority }), { list: [1, 'two'] });
      }
    });
  });

  it('runs kernels, by themselves and beside handlers', async () => {
    for (const tasks of [undefined, TASKS]) {
      await withEngine<Record<string, (input?: unknown) => unknown>>({ kernels: KERNELS, tasks }, async (engine) => {
        assert.equal(await engine.run('square', 12), 144);
        assert.equal(await engine.run('sumBytes', 'abc'), 97 + 98 + 99);
        assert.deepEqual(await engine.run('reverse', Uint8Array.of(1, 2, 3)), Uint8Array.of(3, 2, 1));
        await assert.rejects(engine.run('fails', 42), { code: 'ERR_TASK_FAILED', task: 'fails' });
      });
    }
  });

  it('keeps the order of submission within a priority on one worker', async () => {
    await withEngine({}, async (engine, board) => {
      const entries = Array.from({ length: 500 }, (_, entry) => entry);
      const gate = engine.run('block', 0);
      const notes = entries.map((entry) => engine.run('note', entry));
      board.open(0);
      await Promise.all([gate, ...notes]);
      assert.deepEqual(board.logged(), entries);
    });
  });

  it('takes the most urgent task first, whatever was submitted first', { skip: notIsolated(RELEASED) }, async () => {
    await withEngine({ starvationInterval: 0 }, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const notes = LEVELS.toReversed().flatMap((priority) =>
        [0, 1, 2].map((n) => engine.run('note', priority * 10 + n, { priority })),
      );
      board.open(0);
      await Promise.all([gate, ...notes]);
      assert.deepEqual(board.logged(), [0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32]);
    });
  });

  it('starves nobody: every lower priority gets a share while urgent tasks are queued', async () => {
    const starvationInterval = 4;
    await withEngine({ starvationInterval }, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const urgent = Array.from({ length: 200 }, () => engine.run('note', 0, { priority: Priority.Critical }));
      const others = LEVELS.slice(1).map((priority) => engine.run('note', priority, { priority }));
      board.open(0);
      await Promise.all([gate, ...urgent, ...others]);
      for (const priority of LEVELS.slice(1)) {
        const place = board.logged().indexOf(priority);
        assert.ok(place < 3 * starvationInterval, `priority ${String(priority)} came at place ${String(place)}`);
      }
    });
  });

  it('with starvationInterval 0 the least urgent task comes last', { skip: notIsolated(RELEASED) }, async () => {
    await withEngine({ starvationInterval: 0 }, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const low = engine.run('note', 3, { priority: Priority.Low });
      const urgent = Array.from({ length: 300 }, () => engine.run('note', 0, { priority: Priority.Critical }));
      board.open(0);
      await Promise.all([gate, low, ...urgent]);
      assert.equal(board.logged().indexOf(3), 300);
    });
  });

  it('rejects with what the handler threw as cause', async () => {
    await withEngine({}, async (engine) => {
      for (const task of ['fail', 'failLater'] as const) {
        const error: unknown = await engine.run(task, 'no such tree').catch((reason: unknown) => reason);
        assert.ok(error instanceof Error && error.cause instanceof Error);
        assert.equal('code' in error && error.code, 'ERR_TASK_FAILED');
        assert.equal('task' in error && error.task, task);
        assert.match(error.message, /no such tree/);
        assert.equal(error.cause.message, 'no such tree');
        assert.equal(error.cause.name, 'RangeError');
      }
    });
  });

  it('keeps the AsyncLocalStorage context of its caller', async () => {
    const storage = new AsyncLocalStorage<string>();
    await withEngine({}, async (engine) => {
      const seen = ['a', 'b', 'c'].map((name) =>
        storage.run(name, async () => {
          await engine.run('squared', 2);
          await engine.runMany('squared', [1, 2]);
          for await (const result of engine.map('squared', [1, 2]))
            assert.deepEqual([storage.getStore(), result > 0], [name, true]);
          return storage.getStore();
        }),
      );
      assert.deepEqual(await Promise.all(seen), ['a', 'b', 'c']);
    });
  });

  it('runs at most `concurrency` asynchronous handlers at once on a worker, and that many if there are', async () => {
    await withEngine({ concurrency: 3 }, async (engine, board) => {
      const tasks = Array.from({ length: 10 }, () => engine.run('pauseTogether', 0));
      await board.arrived(0, 3);
      board.open(0);
      await Promise.all(tasks);
      assert.equal(board.counter(MOST_IN_FLIGHT), 3);
    });
  });

  it('one asynchronous handler at a time is the default', async () => {
    await withEngine({}, async (engine, board) => {
      const tasks = Array.from({ length: 10 }, () => engine.run('pauseTogether', 0));
      await board.arrived(0);
      board.open(0);
      await Promise.all(tasks);
      assert.equal(board.counter(MOST_IN_FLIGHT), 1);
    });
  });
});

describe('post', () => {
  it('runs the task and tells nobody', async () => {
    await withEngine({}, async (engine, board) => {
      engine.post('count');
      engine.post('note', 5, { priority: Priority.High });
      await engine.drain();
      assert.equal(board.counter(RUNS), 1);
      assert.deepEqual(board.logged(), [5]);
    });
  });
});

describe('broadcast', () => {
  it('runs a handler once on every worker and gives the results by worker', async () => {
    await withEngine({ workers: 3 }, async (engine) => {
      for (let i = 0; i < 20; ++i) assert.deepEqual(await engine.broadcast('whichWorker'), [0, 1, 2]);
      assert.deepEqual(await engine.broadcast('echo', { a: 1 }), [{ a: 1 }, { a: 1 }, { a: 1 }]);
    });
  });

  it('runs a kernel once on every worker', async () => {
    for (const tasks of [undefined, TASKS]) {
      await withEngine<Record<string, (input?: unknown) => unknown>>(
        { workers: 3, kernels: KERNELS, tasks },
        async (engine) => {
          for (let i = 0; i < 20; ++i) assert.deepEqual(await engine.broadcast('onWorker'), [0, 1, 2]);
        },
      );
    }
  });

  it('reaches a worker that is parked, busy, or holds an asynchronous handler', async () => {
    await withEngine({ workers: 3 }, async (engine, board) => {
      const blocked = engine.run('block', 0);
      const paused = engine.run('pause', 1);
      await Promise.all([board.arrived(0), board.arrived(1)]);
      const all = engine.broadcast('whichWorker');
      board.open(0);
      board.open(1);
      assert.deepEqual(await within(all, 'the broadcast to reach every worker'), [0, 1, 2]);
      await Promise.all([blocked, paused]);
    });
  });

  it('waits for a place of an asynchronous handler without holding its event loop', async () => {
    await withEngine({}, async (engine, board) => {
      const paused = engine.run('pause', 0);
      await board.arrived(0);
      const all = engine.broadcast('whichWorker');
      board.open(0);
      assert.equal(await within(paused, 'the handler to go on'), 0);
      assert.deepEqual(await within(all, 'the broadcast to be taken'), [0]);
    });
  });

  it('rejects with the first failure', async () => {
    await withEngine({ workers: 2 }, async (engine) => {
      await assert.rejects(engine.broadcast('fail', 'everywhere'), { code: 'ERR_TASK_FAILED' });
      assert.deepEqual(await engine.broadcast('whichWorker'), [0, 1]);
    });
  });
});
