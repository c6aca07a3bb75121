import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { Priority, type TaskId } from '../../src/index.ts';
import { type TestEngine, withEngine } from '../support/engines.ts';
import { isIsolated, notIsolated } from '../support/isolation.ts';
import { it } from '../support/rerun.ts';
import { RUNS } from '../support/tasks.ts';
import { until, within } from '../support/until.ts';

const RELEASED = 'tasks that wait on the host come a moment later than the next one that was released';
const STALE = { code: 'ERR_STALE_TASK' };

function submit(engine: TestEngine, name: Parameters<TestEngine['taskType']>[0], argument = 0): TaskId {
  return engine.submitTask(engine.taskType(name), argument, Priority.Normal);
}

async function ended(engine: TestEngine, id: TaskId): Promise<void> {
  await until(() => engine.poll(id) !== 'queued' && engine.poll(id) !== 'running', 'the task to end');
}

describe('submitTask', () => {
  it('wait gives the result, before and after the task ended', async () => {
    await withEngine({}, async (engine) => {
      assert.equal(await engine.wait(submit(engine, 'squared', 5)), 25);
      const id = submit(engine, 'squared', 6);
      await ended(engine, id);
      assert.equal(engine.poll(id), 'done');
      await engine.drain();
      assert.equal(engine.poll(id), 'done');
      assert.equal(await engine.wait(id), 36);
      const { submitted, completed } = engine.stats();
      assert.deepEqual({ submitted, completed }, { submitted: 2, completed: 2 });
    });
  });

  it('poll tells where a task stands', async () => {
    await withEngine({}, async (engine, board) => {
      const running = submit(engine, 'block', 0);
      const queued = submit(engine, 'failLater');
      await board.arrived(0);
      assert.equal(engine.poll(running), 'running');
      if (!isIsolated()) assert.equal(engine.poll(queued), 'queued'); // it was released: the host knows no more
      board.open(0);
      await ended(engine, queued);
      assert.equal(engine.poll(running), 'done');
      assert.equal(engine.poll(queued), 'failed');
      await assert.rejects(engine.wait(queued), { code: 'ERR_TASK_FAILED' });
      engine.release(running);
      assert.throws(() => engine.poll(running), STALE);
    });
  });

  it('an id is good for one wait or one release', async () => {
    await withEngine({}, async (engine) => {
      const id = submit(engine, 'squared', 3);
      const result = engine.wait(id);
      await assert.rejects(engine.wait(id), STALE);
      assert.throws(() => {
        engine.release(id);
      }, STALE);
      assert.equal(await result, 9);
      await assert.rejects(engine.wait(id), STALE);
      const again = submit(engine, 'squared', 4);
      assert.notEqual(again, id);
      assert.throws(() => engine.poll(id), STALE);
      engine.release(again);
      for (const bad of [NaN, -1, 0.5, 2 ** 53, Infinity]) assert.throws(() => engine.poll(bad as TaskId), STALE);
    });
  });

  it('release while queued cancels, while running drops, when done frees', async () => {
    await withEngine({ capacity: 8 }, async (engine, board) => {
      const running = submit(engine, 'block', 0);
      await board.arrived(0);
      const queued = submit(engine, 'count');
      engine.release(queued);
      engine.release(running);
      await until(() => engine.stats().cancelled === 1, 'the queued one to be cancelled');
      board.open(0);
      const done = submit(engine, 'squared', 2);
      await ended(engine, done);
      engine.release(done);
      await within(engine.drain(), 'everything to end');
      assert.equal(board.counter(RUNS), 0);
      // No slot is lost: all of them can be taken again, many times over.
      for (let round = 0; round < 20; ++round) {
        const ids = Array.from({ length: 8 }, (_, x) => submit(engine, 'squared', x));
        assert.deepEqual(await Promise.all(ids.map((id) => engine.wait(id))), [0, 1, 4, 9, 16, 25, 36, 49]);
        await engine.drain();
      }
      const { submitted, completed, cancelled } = engine.stats();
      assert.deepEqual({ submitted, completed, cancelled }, { submitted: 163, completed: 162, cancelled: 1 });
    });
  });

  it('says what makes room for another one: no maxQueue does', async () => {
    await withEngine({ capacity: 4 }, async (engine) => {
      for (let x = 0; x < 4; ++x) submit(engine, 'squared', x);
      assert.throws(
        () => submit(engine, 'squared'),
        (error: Error) => {
          assert.match(error.message, /at most 4 tasks .*: release or await some, or raise capacity$/);
          return true;
        },
      );
      await engine.drain();
    });
  });

  it('throws ERR_QUEUE_FULL when all slots are taken; run still finds its way', async () => {
    await withEngine({ capacity: 4 }, async (engine) => {
      const ids = Array.from({ length: 4 }, (_, x) => submit(engine, 'squared', x));
      assert.throws(() => submit(engine, 'squared'), { code: 'ERR_QUEUE_FULL', capacity: 4 });
      for (const id of ids) await ended(engine, id);
      assert.throws(() => submit(engine, 'squared'), { code: 'ERR_QUEUE_FULL' });
      assert.equal(await within(engine.run('squared', 9), 'a task beside kept ones'), 81);
      for (const id of ids) engine.release(id);
      assert.equal(await engine.wait(submit(engine, 'squared', 7)), 49);
    });
  });

  it('refuses what is not a task type, a number or a priority', async () => {
    await withEngine({}, async (engine) => {
      assert.throws(() => engine.submitTask(99, 1), { code: 'ERR_UNKNOWN_TASK' });
      assert.throws(() => engine.submitTask(-1, 1), { code: 'ERR_UNKNOWN_TASK' });
      assert.throws(() => submit(engine, 'nobody' as 'squared'), { code: 'ERR_UNKNOWN_TASK' });
      await engine.close();
      assert.throws(() => engine.submitTask(0, 1), { code: 'ERR_CLOSED' });
    });
  });

  it('a forced close loses it: wait says so once, whether it ran or was queued', async () => {
    await withEngine({}, async (engine, board) => {
      const done = submit(engine, 'squared', 3);
      await ended(engine, done);
      const running = submit(engine, 'block', 0);
      await board.arrived(0);
      const queued = Array.from({ length: 4 }, (_, x) => submit(engine, 'squared', x));
      const [released, waited, polled, given] = queued as [TaskId, TaskId, TaskId, TaskId];
      engine.release(released);
      const waiting = assert.rejects(engine.wait(waited), { code: 'ERR_CLOSED' });
      const report = await within(engine.close({ drain: false }), 'close()');
      assert.deepEqual([report.completed, report.cancelled], [1, 5]);
      await waiting;
      for (const id of [running, polled]) {
        assert.equal(engine.poll(id), 'cancelled');
        await assert.rejects(engine.wait(id), { code: 'ERR_CLOSED' });
        assert.throws(() => engine.poll(id), STALE);
      }
      engine.release(given);
      for (const id of [running, ...queued]) await assert.rejects(engine.wait(id), STALE);
      assert.equal(await engine.wait(done), 9);
    });
  });

  it('takes the most urgent task first', { skip: notIsolated(RELEASED) }, async () => {
    await withEngine({ starvationInterval: 0 }, async (engine, board) => {
      submit(engine, 'block', 0);
      await board.arrived(0);
      const note = engine.taskType('note');
      const ids = [3, 2, 1, 0].map((level) => engine.submitTask(note, level, level as Priority));
      board.open(0);
      await Promise.all(ids.map((id) => engine.wait(id)));
      assert.deepEqual(board.logged(), [0, 1, 2, 3]);
    });
  });
});
