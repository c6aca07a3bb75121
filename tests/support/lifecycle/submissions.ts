/** Rows of docs/lifecycle.md: who submits, and who looks. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type EngineStats, Priority, type TaskErrorEvent } from '../../../src/index.ts';
import { AttachedThread } from '../attached-thread.ts';
import { until, within } from '../until.ts';
import { inState, type LifecycleEngine, refusing, type Row } from './states.ts';
import { TASK_GATE } from './tasks.ts';

const URGENT = { priority: Priority.Critical };

async function runsAttached(engine: LifecycleEngine, check: (thread: AttachedThread) => Promise<void>): Promise<void> {
  const thread = await AttachedThread.start(engine.attach());
  try {
    await check(thread);
  } finally {
    await thread.end();
  }
}

function looks(
  state: 'draining' | 'closing' | 'closed' | 'given up',
  workers: EngineStats['workers'][number]['state'][],
) {
  return (): Promise<void> =>
    inState(state, (engine) => {
      const stats = engine.stats();
      assert.ok(Object.isFrozen(stats));
      assert.equal(stats.workers.length, 1);
      assert.ok(workers.includes(stats.workers[0]?.state as never), String(stats.workers[0]?.state));
      assert.equal(stats.running, state === 'draining' ? 1 : 0);
      return Promise.resolve();
    });
}

export const SUBMISSIONS: Readonly<Record<string, Row>> = {
  run: {
    running: () =>
      inState('running', async (engine) => {
        assert.equal(await within(engine.run('squared', 3), 'the task'), 9);
      }),
    ...refusing(async (engine, code) => {
      await assert.rejects(within(engine.run('squared', 3), 'the refusal'), { code });
    }),
  },
  submitTask: {
    running: () =>
      inState('running', async (engine) => {
        assert.equal(await within(engine.wait(engine.submitTask(engine.taskType('squared'), 3)), 'the task'), 9);
      }),
    ...refusing((engine, code) => {
      assert.throws(() => engine.submitTask(engine.taskType('squared'), 3), { code });
      return Promise.resolve();
    }),
  },
  post: {
    running: () =>
      inState('running', async (engine) => {
        engine.post('squared', 3);
        await within(engine.drain(), 'the task');
        assert.equal(engine.stats().completed, 1);
      }),
    ...refusing(async (engine, code) => {
      const event = once(engine, 'taskError');
      engine.post('squared', 3);
      const [{ task, error }] = (await within(event, "'taskError'")) as [TaskErrorEvent];
      assert.equal(task, 'squared');
      assert.equal((error as { code: unknown }).code, code);
    }),
  },
  map: {
    running: () =>
      inState('running', async (engine) => {
        const results: number[] = [];
        for await (const result of engine.map('squared', [1, 2])) results.push(result);
        assert.deepEqual(results, [1, 4]);
      }),
    ...refusing(async (engine, code) => {
      await assert.rejects(within(engine.map('squared', [1]).next(), 'the refusal'), { code });
    }),
  },
  broadcast: {
    running: () =>
      inState('running', async (engine) => {
        assert.deepEqual(await within(engine.broadcast('squared', 3), 'the tasks'), [9]);
      }),
    ...refusing(async (engine, code) => {
      await assert.rejects(within(engine.broadcast('squared', 3), 'the refusal'), { code });
    }),
  },
  allocate: {
    running: () =>
      inState('running', (engine) => {
        const buffer = engine.allocate(8);
        assert.equal(engine.stats().poolBytesUsed, 64);
        buffer.free();
        return Promise.resolve();
      }),
    ...refusing((engine, code) => {
      assert.throws(() => engine.allocate(8), { code });
      return Promise.resolve();
    }),
  },
  attach: {
    running: () =>
      inState('running', (engine) =>
        runsAttached(engine, async (thread) => {
          assert.equal(await within(thread.ask('run', 'squared', 3), 'the task'), 9);
        }),
      ),
    ...refusing((engine) =>
      runsAttached(engine, async (thread) => {
        await assert.rejects(within(thread.ask('run', 'squared', 3), 'the refusal'), { code: 'ERR_CLOSED' });
      }),
    ),
    'given up': () =>
      inState('running', (engine, board) =>
        runsAttached(engine, async (thread) => {
          const gate = engine.run('untilSignal', 0);
          await board.arrived(TASK_GATE);
          const lost = Promise.allSettled(Array.from({ length: 6 }, () => engine.run('exit', 1, URGENT)));
          const pending = thread.ask('run', 'squared', 3).then(String, String);
          await until(() => engine.stats().queued === 7, 'its task to be queued');
          board.open(TASK_GATE);
          await Promise.all([gate, lost]);
          assert.match(await within(pending, 'the refusal'), /Error: .*close\(\) was called/);
          await assert.rejects(within(thread.ask('run', 'squared', 3), 'the refusal'), { code: 'ERR_CLOSED' });
        }),
      ),
  },
  'stats()': {
    running: () =>
      inState('running', async (engine) => {
        await engine.run('squared', 3);
        const { submitted, completed, running } = engine.stats();
        assert.deepEqual({ submitted, completed, running }, { submitted: 1, completed: 1, running: 0 });
      }),
    draining: looks('draining', ['running', 'parked']),
    closing: looks('closing', ['starting', 'running', 'parked']),
    closed: looks('closed', ['stopped']),
    'given up': looks('given up', ['stopped']),
  },
};
