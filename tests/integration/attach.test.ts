import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { TaskErrorEvent } from '../../src/index.ts';
import { attach, currentContext } from '../../src/worker/context.ts';
import { AttachedThread } from '../support/attached-thread.ts';
import { auditMemory, isClean } from '../support/audit.ts';
import { Board } from '../support/board.ts';
import { type TestEngine, withEngine } from '../support/engines.ts';
import { RUNS } from '../support/tasks.ts';
import { until, within } from '../support/until.ts';

const CLOSED = { code: 'ERR_CLOSED' };

async function withThread(engine: TestEngine, use: (thread: AttachedThread) => Promise<void>): Promise<void> {
  const thread = await AttachedThread.start(engine.attach());
  try {
    await use(thread);
  } finally {
    await thread.end();
  }
}

async function endBy(thread: AttachedThread, how: 'finish' | 'exit' | 'crash' | 'terminate'): Promise<void> {
  if (how === 'terminate') await thread.end();
  else void thread.ask(how);
  await thread.exited();
}

describe('an attached thread', () => {
  it('runs tasks in every way', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      await withThread(engine, async (thread) => {
        assert.equal(await thread.ask('run', 'squared', 5), 25);
        assert.deepEqual(await thread.ask('runMany', 'squared', [1, 2, 3]), [1, 4, 9]);
        assert.deepEqual(await thread.ask('map', 'squaredLater', [4, 5, 6]), [16, 25, 36]);
        assert.deepEqual(await thread.ask('run', 'echo', { a: [1, 'x'] }), { a: [1, 'x'] });
        assert.equal(await thread.ask('submitTask', 'squared', 9), 81);
        await thread.ask('post', 'count');
        await until(() => board.counter(RUNS) === 1, 'the posted task');
        await assert.rejects(thread.ask('run', 'fail', 'there'), { code: 'ERR_TASK_FAILED' });
        await assert.rejects(thread.ask('run', 'nobody'), { code: 'ERR_UNKNOWN_TASK' });
        await thread.ask('detach');
        await assert.rejects(thread.ask('run', 'squared', 1), CLOSED);
      });
      assert.equal(await engine.run('squared', 3), 9);
    });
  });

  it('cancels its own: queued ones never run, running ones hear their signal', async () => {
    await withEngine({}, async (engine, board) => {
      await withThread(engine, async (thread) => {
        const running = thread.ask('runAbortable', 'untilSignal');
        await until(() => board.logged().length === 1, 'the task to start');
        const queued = thread.ask('runAbortable', 'count');
        const aborted = { code: 'ERR_TASK_ABORTED' };
        const both = Promise.all([assert.rejects(running, aborted), assert.rejects(queued, aborted)]);
        await thread.ask('abortAll');
        await within(both, 'both to reject');
        await until(() => board.logged().includes(1), 'the handler to hear its signal');
        assert.equal(await thread.ask('run', 'squared', 2), 4);
        assert.equal(board.counter(RUNS), 0);
      });
    });
  });

  it('is not waited for when it blocks after its last answer', async () => {
    await withEngine({}, async (engine, board) => {
      await withThread(engine, async (thread) => {
        const blocked = thread.ask('runThenBlock', 'squared', board.buffer);
        for (let gate = 0; gate < 8; ++gate) {
          await board.arrived(gate);
          await within(engine.drain(), 'drain()');
          board.open(gate);
        }
        await blocked;
      });
    });
  });

  it('is waited for by drain() and a draining close', async () => {
    await withEngine({}, async (engine, board) => {
      await withThread(engine, async (thread) => {
        const endings: (() => Promise<unknown>)[] = [() => engine.drain(), () => engine.close()];
        for (const [gate, ending] of endings.entries()) {
          const task = thread.ask('run', 'block', gate);
          await board.arrived(gate);
          assert.equal(engine.stats().running, 1);
          const ended = ending();
          board.open(gate);
          await within(ended, 'the engine to come to rest');
          assert.equal(await task, gate);
        }
        await assert.rejects(thread.ask('run', 'squared', 1), CLOSED);
      });
    });
  });

  it('a forced close rejects its tasks, whatever they do', async () => {
    for (const task of ['never', 'block'] as const) {
      await withEngine({}, async (engine, board) => {
        await withThread(engine, async (thread) => {
          const running = thread.ask('run', task, 0);
          await board.arrived(0);
          const queued = thread.ask('run', 'count');
          await thread.ask('abortAll');
          const both = Promise.all([assert.rejects(running, CLOSED), assert.rejects(queued, CLOSED)]);
          const report = await within(engine.close({ drain: false }), 'close()');
          await within(both, 'both to reject');
          assert.equal(report.forced, true);
          assert.equal(board.counter(RUNS), 0);
        });
      });
    }
  });

  it('sixteen at once, no more; a place that was given back is free', async () => {
    await withEngine({}, async (engine) => {
      const handle = engine.attach();
      const attached = Array.from({ length: 16 }, () => attach(handle));
      assert.deepEqual(
        await Promise.all(attached.map((each, x) => each.run('squared', x))),
        attached.map((_, x) => x * x),
      );
      assert.throws(() => attach(handle), { code: 'ERR_RESOURCE_EXHAUSTED', limit: 16, unit: 'slots' });
      await attached[3]?.detach();
      const next = attach(handle);
      assert.equal(await next.run('squared', 7), 49);
      await Promise.all([...attached, next].map((each) => each.detach()));
    });
  });

  it('detach waits for what is pending and may be called twice', async () => {
    await withEngine({}, async (engine, board) => {
      const attached = attach(engine.attach());
      const task = attached.run('block', 0);
      await board.arrived(0);
      const detached = Promise.all([attached.detach(), attached.detach()]);
      await assert.rejects(attached.run('squared', 1), CLOSED);
      board.open(0);
      assert.equal(await task, 0);
      await within(detached, 'detach()');
    });
  });

  it('tells of a posted task that failed: an event, a warning when nobody listens', async () => {
    await withEngine({}, async (engine) => {
      const attached = attach(engine.attach());
      const warned = once(process, 'warning');
      attached.post('fail', 'first');
      const [warning] = (await within(warned, 'the warning')) as [Error];
      assert.deepEqual([warning.name, warning.message.includes('first')], ['TallyioWarning', true]);
      const told = once(attached, 'taskError');
      attached.post('fail', 'second');
      const [{ task, error }] = (await within(told, "'taskError'")) as [TaskErrorEvent];
      assert.equal(task, 'fail');
      assert.match(String(error), /second/);
      await attached.detach();
    });
  });

  it('that detaches leaves no slot behind', async () => {
    await withEngine({ capacity: 8 }, async (engine) => {
      for (let round = 0; round < 12; ++round) {
        const attached = attach(engine.attach());
        attached.submitTask(attached.taskType('squared'), round);
        await attached.detach();
      }
      const free = Array.from({ length: 7 }, () => engine.submitTask(engine.taskType('squared'), 2));
      assert.deepEqual(new Set(await Promise.all(free.map((id) => engine.wait(id)))), new Set([4]));
    });
  });

  for (const how of ['finish', 'exit', 'crash', 'terminate'] as const) {
    it(`gives its place back when it ends without detach: ${how}`, async () => {
      await withEngine({}, async (engine) => {
        const handle = engine.attach();
        const others = Array.from({ length: 15 }, () => attach(handle));
        for (let round = 0; round < 2; ++round) {
          const thread = await AttachedThread.start(handle);
          assert.equal(await thread.ask('run', 'squared', 4), 16);
          assert.throws(() => attach(handle), { code: 'ERR_RESOURCE_EXHAUSTED' });
          await endBy(thread, how);
        }
        const next = attach(handle);
        assert.equal(await next.run('squared', 7), 49);
        await Promise.all([...others, next].map((each) => each.detach()));
      });
    });
  }

  for (const how of ['exit', 'crash', 'terminate'] as const) {
    it(`is not waited for when it ends with tasks pending: ${how}`, async () => {
      await withEngine({ capacity: 64 }, async (engine, board) => {
        const handle = engine.attach();
        const thread = await AttachedThread.start(handle);
        for (const name of ['block', 'count', 'count']) void thread.ask('run', name, 0);
        await board.arrived(0);
        for (let n = 0; n < 12; ++n) await thread.ask('keep', 'count', n);
        await endBy(thread, how);
        await within(engine.drain(), 'drain()');
        const heir = attach(handle);
        const behind = heir.run('echo', 'behind');
        board.open(0);
        assert.equal(await within(behind, 'a task of the next thread'), 'behind');
        const runs = how === 'terminate' ? 14 : 0;
        await until(() => board.counter(RUNS) === runs, 'what a terminated thread had submitted');
        await within(heir.detach(), 'detach()');
        // No slot is lost with the thread.
        const { queued, running } = engine.stats();
        assert.deepEqual({ queued, running }, { queued: 0, running: 0 });
        const { memory } = handle.source;
        await until(() => isClean(auditMemory(memory.buffer)), 'all slots to be free');
        await within(engine.close(), 'close()');
      });
    });
  }

  it('attach and currentContext refuse what they are not made for', () => {
    assert.throws(() => attach({} as never), { code: 'ERR_INVALID_OPTION' });
    assert.throws(() => currentContext(), { code: 'ERR_UNKNOWN_TASK' });
  });

  it('attach refuses a handle that left its memory behind', async () => {
    await withEngine({}, (engine) => {
      const copy = JSON.parse(
        JSON.stringify(engine.attach(), (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)),
      ) as never;
      assert.throws(() => attach(copy), {
        code: 'ERR_INVALID_OPTION',
        message: /with its shared memory, got one without/,
      });
      return Promise.resolve();
    });
  });

  it('that blocks with a task in flight and is terminated after a forced close: drain() resolves all the same', async () => {
    await withEngine({}, async (engine, board) => {
      await withThread(engine, async (thread) => {
        const stop = new Board();
        await thread.ask('runAndBlock', 'never', stop.buffer);
        await stop.arrived(0);
        await board.arrived(1);
        const before = engine.drain();
        await within(engine.close({ drain: false }), 'the close');
        await endBy(thread, 'terminate');
        await within(before, 'drain() that began before');
        await within(engine.drain(), 'drain() after it');
      });
    });
  });
});
