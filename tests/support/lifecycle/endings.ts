/** Rows of docs/lifecycle.md: what ends tasks, workers and engines. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { CloseReport } from '../../../src/index.ts';
import { Board } from '../board.ts';
import { turn, within } from '../until.ts';
import { inState, type LifecycleEngine, type Row, startLifecycle } from './states.ts';
import { SETUP_EXITS, TASK_GATE, TEARDOWN_EXITS, TEARDOWN_GATE } from './tasks.ts';

async function reportOf(engine: LifecycleEngine, drain = true): Promise<CloseReport> {
  return within(engine.close({ drain }), 'close()');
}

/** Whether a promise has settled some turns later. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  for (let turns = 0; turns < 5; ++turns) await turn();
  return settled;
}

export const ENDINGS: Readonly<Record<string, Row>> = {
  'drain()': {
    running: () =>
      inState('running', async (engine, board) => {
        void engine.run('pause');
        const drained = engine.drain();
        assert.equal(await settles(drained), false);
        board.open(TASK_GATE);
        await within(drained, 'drain()');
      }),
    draining: () =>
      inState('draining', async (engine, board) => {
        const drained = engine.drain();
        assert.equal(await settles(drained), false);
        board.open(TASK_GATE);
        await within(drained, 'drain()');
      }),
    closing: () => inState('closing', (engine) => within(engine.drain(), 'drain()')),
    closed: () => inState('closed', (engine) => within(engine.drain(), 'drain()')),
    'given up': () => inState('given up', (engine) => within(engine.drain(), 'drain()')),
  },
  'close()': {
    running: () =>
      inState('running', async (engine, board) => {
        const task = engine.run('untilSignal');
        const closed = engine.close();
        await board.arrived(TASK_GATE);
        await assert.rejects(engine.run('squared', 1), { code: 'ERR_CLOSED' });
        board.open(TASK_GATE);
        assert.equal(await within(task, 'the task'), 'gate');
        assert.equal((await within(closed, 'close()')).forced, false);
      }),
    draining: () =>
      inState('draining', async (engine, board) => {
        const both = Promise.all([engine.close(), engine.close()]);
        board.open(TASK_GATE);
        const [first, second] = await within(both, 'close()');
        assert.equal(first, second);
        assert.equal(first.forced, false);
      }),
    closing: () =>
      inState('closing', async (engine, board) => {
        const closed = engine.close();
        assert.equal(await settles(closed), false);
        board.open(TEARDOWN_GATE);
        assert.equal((await within(closed, 'close()')).forced, false);
      }),
    closed: () =>
      inState('closed', async (engine) => {
        assert.equal(await reportOf(engine), await reportOf(engine));
      }),
    'given up': () =>
      inState('given up', async (engine) => {
        const { lost, forced } = await reportOf(engine);
        assert.deepEqual({ lost, forced }, { lost: 5, forced: false });
        await assert.rejects(engine.run('squared', 1), { code: 'ERR_CLOSED' });
      }),
  },
  'close({ drain: false })': {
    running: () =>
      inState('running', async (engine, board) => {
        const task = engine.run('untilSignal');
        await board.arrived(TASK_GATE);
        const queued = assert.rejects(engine.run('squared', 1), { code: 'ERR_CLOSED' });
        const { completed, cancelled, forced } = await reportOf(engine, false);
        assert.deepEqual({ completed, cancelled, forced }, { completed: 1, cancelled: 1, forced: true });
        assert.equal(await task, 'signal');
        await queued;
      }),
    draining: () =>
      inState('draining', async (engine) => {
        const { cancelled, forced } = await reportOf(engine, false);
        assert.deepEqual({ cancelled, forced }, { cancelled: 1, forced: true });
      }),
    closing: () =>
      inState('closing', async (engine) => {
        assert.equal((await reportOf(engine, false)).forced, true); // its teardown is cut off
      }),
    closed: () =>
      inState('closed', async (engine) => {
        assert.equal((await reportOf(engine, false)).forced, false);
      }),
    'given up': () =>
      inState('given up', async (engine) => {
        const { lost, forced } = await reportOf(engine, false);
        assert.deepEqual({ lost, forced }, { lost: 5, forced: true });
      }),
  },
  'worker lost': {
    starting: async () => {
      const board = new Board();
      board.count(SETUP_EXITS);
      const refused = { code: 'ERR_MODULE_LOAD', exitCode: 3 };
      await within(assert.rejects(startLifecycle(board), refused), 'the refusal');
    },
    running: () =>
      inState('running', async (engine) => {
        const events = Promise.all([once(engine, 'workerLost'), once(engine, 'workerStarted')]);
        await assert.rejects(within(engine.run('exit', 3), 'the task'), { code: 'ERR_WORKER_LOST' });
        await within(events, 'the events');
        assert.equal(await within(engine.run('squared', 3), 'the next task'), 9);
      }),
    draining: () =>
      inState('running', async (engine, board) => {
        board.open(TEARDOWN_GATE);
        const lost = assert.rejects(engine.run('exit', 3), { code: 'ERR_WORKER_LOST' });
        const queued = engine.run('squared', 3);
        const report = await reportOf(engine);
        await lost;
        assert.equal(await queued, 9);
        assert.deepEqual(
          { lost: report.lost, completed: report.completed, forced: report.forced },
          { lost: 1, completed: 1, forced: false },
        );
      }),
    closing: () =>
      inState('running', async (engine, board) => {
        board.count(TEARDOWN_EXITS);
        engine.on('workerLost', () => {
          assert.fail('it was to leave');
        });
        assert.equal((await reportOf(engine)).forced, false);
      }),
  },
  'last task ends': {
    running: () =>
      inState('running', async (engine) => {
        const event = once(engine, 'drain');
        await engine.run('squared', 3);
        await within(event, "'drain'");
        assert.equal(await within(engine.run('squared', 4), 'another task'), 16);
      }),
    draining: () =>
      inState('draining', async (engine, board) => {
        const event = once(engine, 'close');
        board.open(TASK_GATE);
        const [report] = (await within(event, "'close'")) as [CloseReport];
        assert.deepEqual({ completed: report.completed, forced: report.forced }, { completed: 1, forced: false });
      }),
    closing: () =>
      inState('running', async (engine, board) => {
        const task = engine.run('untilSignal');
        await board.arrived(TASK_GATE);
        const closed = engine.close({ drain: false });
        assert.equal(await within(task, 'the task'), 'signal');
        assert.equal((await within(closed, 'close()')).completed, 1);
      }),
  },
};
