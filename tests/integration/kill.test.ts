import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe } from 'node:test';
import { auditMemory, isClean } from '../support/audit.ts';
import { type Board } from '../support/board.ts';
import { FAULTY, KERNELS, type TestEngine, withEngine as withAnyEngine } from '../support/engines.ts';
import { type EngineOptions, Priority } from '../../src/index.ts';
import { isIsolated, notIsolated } from '../support/isolation.ts';
import { it } from '../support/rerun.ts';
import { RUNS } from '../support/tasks.ts';
import { until, within } from '../support/until.ts';

const LATER = 'a process reports at most every 100 ms';
const ABORTED = { code: 'ERR_TASK_ABORTED' };
const TIMEOUT = { code: 'ERR_TASK_TIMEOUT' };

type Tasks = typeof import('../support/faulty.js');
type Kernels = Record<string, (input: number) => number>;

function withEngine(
  options: EngineOptions,
  use: (engine: TestEngine<Tasks>, board: Board) => Promise<void>,
): Promise<void> {
  return withAnyEngine<Tasks>({ tasks: FAULTY, ...options }, use);
}

async function slotsAreBack(engine: { attach: TestEngine['attach'] }): Promise<void> {
  if (isIsolated()) return; // their memory is out of reach
  const { memory } = engine.attach().source;
  await until(() => isClean(auditMemory(memory.buffer)), 'all slots and blocks to be back');
}

describe('a task that does not stop when it is asked to', () => {
  for (const task of ['spinForEver', 'waitForEver', 'neverSettles'] as const) {
    it(`is ended with its worker: ${task}`, async () => {
      await withEngine({ workers: 2 }, async (engine, board) => {
        const lost = once(engine, 'workerLost');
        const started = once(engine, 'workerStarted');
        const controller = new AbortController();
        const promise = engine.run(task, 0, { signal: controller.signal, killGraceMs: 20 });
        await board.arrived(0);
        controller.abort();
        await assert.rejects(within(promise, 'the promise'), ABORTED);
        const [event] = (await within(lost, "'workerLost'")) as [{ worker: number; cause: Error }];
        assert.match(event.cause.message, /killGraceMs/);
        await within(started, "'workerStarted'");
        const all = await within(engine.runMany('squared', [1, 2, 3, 4]), 'the next tasks');
        assert.deepEqual(all, [1, 4, 9, 16]);
        const { cancelled, lost: lostTasks, completed, submitted } = engine.stats();
        assert.deepEqual(
          { cancelled, lostTasks, completed, submitted },
          { cancelled: 1, lostTasks: 0, completed: 4, submitted: 5 },
        );
        await slotsAreBack(engine);
      });
    });
  }

  it('a kernel: after its time-out', async () => {
    await withAnyEngine<Kernels>({ kernels: KERNELS, workers: 2 }, async (engine) => {
      const lost = once(engine, 'workerLost');
      const looping = engine.run('loopForEver', 0, { timeoutMs: 5, killGraceMs: 5 });
      await assert.rejects(within(looping, 'the promise'), TIMEOUT);
      await within(lost, "'workerLost'");
      assert.equal(await within(engine.run('square', 5), 'the next task'), 25);
      await slotsAreBack(engine);
    });
  });

  it('a kernel that has allocated its result', async () => {
    await withAnyEngine<Kernels>({ kernels: KERNELS }, async (engine) => {
      const looping = engine.run('loopWithResult', 0, { timeoutMs: 1, killGraceMs: 0 });
      await assert.rejects(within(looping, 'the promise'), TIMEOUT);
      assert.equal(await within(engine.run('square', 5), 'the next task'), 25);
      await slotsAreBack(engine);
    });
  });

  it('takes nothing with it that was queued behind it', async () => {
    await withEngine({}, async (engine, board) => {
      const controller = new AbortController();
      const looping = engine.run('spinForEver', 0, { signal: controller.signal, killGraceMs: 1 });
      await board.arrived(0);
      controller.abort();
      const behind = Array.from({ length: 200 }, (_, x) => engine.run('squared', x));
      await assert.rejects(within(looping, 'the promise'), ABORTED);
      assert.deepEqual(
        await within(Promise.all(behind), 'the tasks behind'),
        Array.from({ length: 200 }, (_, x) => x * x),
      );
      await slotsAreBack(engine);
    });
  });

  it('with killGraceMs Infinity it goes on', async () => {
    await withEngine({}, async (engine, board) => {
      const controller = new AbortController();
      const blocked = engine.run('block', 0, { signal: controller.signal, killGraceMs: Infinity });
      await board.arrived(0);
      controller.abort();
      await assert.rejects(blocked, ABORTED);
      const next = engine.run('squared', 2);
      board.open(0);
      assert.equal(await within(next, 'the next task'), 4);
      await engine.drain();
      const { workers } = engine.stats();
      assert.equal(workers[0]?.executed, 2);
    });
  });

  it('one that stops in time keeps its worker', async () => {
    await withEngine({}, async (engine, board) => {
      let losses = 0;
      engine.on('workerLost', () => (losses += 1));
      for (let round = 0; round < 20; ++round) {
        const controller = new AbortController();
        const promise = engine.run('heedful', 0, { signal: controller.signal, killGraceMs: 5_000 });
        await board.arrived(0, round + 1);
        controller.abort();
        await assert.rejects(promise, ABORTED);
      }
      await within(engine.drain(), 'drain()');
      assert.equal(losses, 0);
    });
  });

  it('an asynchronous one: its neighbours end first', async () => {
    await withEngine({ concurrency: 4 }, async (engine, board) => {
      const controller = new AbortController();
      const stuck = engine.run('neverSettles', 0, { signal: controller.signal, killGraceMs: 1 });
      const neighbours = [1, 2, 3].map((x) => engine.run('squaredAfter', { x, ms: 30 }));
      await board.arrived(0);
      controller.abort();
      await assert.rejects(stuck, ABORTED);
      assert.deepEqual(await within(Promise.all(neighbours), 'the neighbours'), [1, 4, 9]);
      assert.equal(await within(engine.run('squared', 7), 'the next task'), 49);
      assert.equal(engine.stats().lost, 0);
      await slotsAreBack(engine);
    });
  });

  it(
    'of an asynchronous handler with a lent place: its nested tasks run meanwhile',
    { skip: notIsolated(LATER) },
    async () => {
      await withEngine({ concurrency: 2 }, async (engine, board) => {
        const controller = new AbortController();
        const stuck = engine.run('neverSettles', 0, { signal: controller.signal, killGraceMs: 1 });
        await board.arrived(0);
        const parent = engine.run('relayAfter', { task: 'squared', input: 6, gate: 1, ms: 20 });
        await board.arrived(1);
        controller.abort();
        await assert.rejects(stuck, ABORTED);
        board.open(1);
        assert.equal(await within(parent, 'the parent'), 36);
        await slotsAreBack(engine);
      });
    },
  );

  it('a nested one: its submitter has it ended', async () => {
    await withEngine({ workers: 2 }, async (engine) => {
      const lost = once(engine, 'workerLost');
      const outcome = await within(engine.run('timeOutNested', 'spinForEver'), 'the parent');
      assert.equal(outcome, 'ERR_TASK_TIMEOUT');
      await within(lost, "'workerLost'");
      await slotsAreBack(engine);
    });
  });
});

describe('retry', () => {
  it('a task whose worker was lost runs again, so often and no more', async () => {
    await withEngine({ retry: 1 }, async (engine, board) => {
      assert.equal(await within(engine.run('exitTimes', 1), 'the second attempt'), 2);
      assert.equal(await within(engine.run('squared', 2), 'another'), 4);
      const hopeless = engine.run('exit', 0, { retry: 2 });
      await assert.rejects(within(hopeless, 'the third attempt'), { code: 'ERR_WORKER_LOST', attempts: 3, worker: 0 });
      assert.equal(board.counter(RUNS), 2);
      await slotsAreBack(engine);
    });
  });

  it(
    'of a task that found no slot is its own',
    { skip: notIsolated('the backlog of a host knows no slots') },
    async () => {
      await withEngine({ capacity: 2 }, async (engine, board) => {
        const gate = engine.run('block', 0);
        await board.arrived(0);
        const controller = new AbortController();
        const cancelled = assert.rejects(engine.run('echo', 1, { signal: controller.signal }), ABORTED);
        controller.abort(); // its slot is taken until a worker comes across it
        const waiting = engine.run('echo', 'text', { retry: 3 });
        const once = assert.rejects(engine.run('exit', 0, { priority: Priority.Critical }), {
          code: 'ERR_WORKER_LOST',
          attempts: 1,
        });
        board.open(0);
        await within(Promise.all([gate, cancelled, once]), 'the task that may run once');
        assert.equal(await within(waiting, 'the one that waited'), 'text');
      });
    },
  );

  it('with its payload, for tasks that had an input in the pool', async () => {
    await withEngine({}, async (engine) => {
      const text = 'x'.repeat(10_000);
      assert.equal(await within(engine.run('exitFirst', text, { retry: 1 }), 'the second attempt'), text);
      await slotsAreBack(engine);
    });
  });

  it('not for a task that was aborted', async () => {
    await withEngine({ retry: 5 }, async (engine, board) => {
      const aborted = engine.run('spinForEver', 0, { timeoutMs: 1, killGraceMs: 1 });
      await assert.rejects(within(aborted, 'the promise'), TIMEOUT);
      assert.equal(await within(engine.run('squared', 3), 'the next task'), 9);
      assert.equal(board.counter(RUNS), 1);
      await slotsAreBack(engine);
    });
  });

  it('a broadcast comes to the same worker again', async () => {
    await withEngine({ workers: 2, retry: 1 }, async (engine) => {
      assert.deepEqual(await within(engine.broadcast('exitFirst', 'here'), 'broadcast'), ['here', 'here']);
      await slotsAreBack(engine);
    });
  });

  it('refuses what is no number of times', async () => {
    await withEngine({}, async (engine) => {
      for (const retry of [-1, 1.5, NaN, Infinity, '1', null]) {
        const options = { retry: retry as number };
        await assert.rejects(engine.run('squared', 1, options), { code: 'ERR_INVALID_OPTION', option: 'retry' });
      }
      for (const killGraceMs of [-1, NaN, '1', null]) {
        const options = { killGraceMs: killGraceMs as number };
        await assert.rejects(engine.run('squared', 1, options), { code: 'ERR_INVALID_OPTION', option: 'killGraceMs' });
      }
      assert.equal(await engine.run('squared', 2), 4);
    });
  });
});
