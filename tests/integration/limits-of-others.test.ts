import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { AttachedThread } from '../support/attached-thread.ts';
import { type TestEngine, withEngine } from '../support/engines.ts';
import { isIsolated } from '../support/isolation.ts';
import type { Limited } from '../support/tasks.ts';
import { until, within } from '../support/until.ts';

const TASK_GATE = 0;
const OWN_GATE = 1;
const SOON: Limited = { task: 'block', gate: TASK_GATE, timeoutMs: 20, killGraceMs: 20 };
const LATE_KILL = 60_000;

async function works(engine: TestEngine): Promise<void> {
  assert.equal(await within(engine.run('squared', 3), 'a later task'), 9);
}

function losses(engine: TestEngine): { readonly causes: readonly unknown[] } {
  const causes: unknown[] = [];
  engine.on('workerLost', ({ cause }) => {
    causes.push(cause);
  });
  return { causes };
}

describe('limits of a nested task', () => {
  for (const timeoutMs of [0, 20]) {
    it(`that blocks the very worker which asked for it are kept: ${String(timeoutMs)} ms`, async () => {
      await withEngine({}, async (engine) => {
        const outer = within(engine.run('limited', { ...SOON, timeoutMs }), 'the outer task');
        await assert.rejects(outer, (error: Error) => {
          assert.equal('code' in error && error.code, 'ERR_WORKER_LOST');
          assert.match((error.cause as Error).message, /killGraceMs/);
          return true;
        });
        await works(engine);
      });
    });
  }

  it('are kept while the worker that asked for it is blocked', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      const lost = once(engine, 'workerLost');
      const outer = engine.run('limited', { ...SOON, blockAt: OWN_GATE });
      await within(lost, 'the worker of the nested task to be ended');
      board.open(OWN_GATE);
      assert.equal(await within(outer, 'the outer task'), 'ERR_TASK_TIMEOUT');
      await works(engine);
    });
  });

  it('begin with the wish that it stops', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      const { causes } = losses(engine);
      const limits = { ...SOON, task: 'untilCancelled', killGraceMs: LATE_KILL };
      const outer = engine.run('limited', { ...limits, blockAt: OWN_GATE });
      await until(() => board.logged().includes(1), 'the nested task to stop by itself');
      board.open(OWN_GATE);
      const outcome = await within(outer, 'the outer task');
      assert.ok(outcome === true || outcome === 'ERR_TASK_TIMEOUT', String(outcome)); // whichever it hears of first
      await works(engine);
      assert.deepEqual(causes, []);
    });
  });

  it('outlive the worker that asked for it', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      const { causes } = losses(engine);
      const outer = engine.run('limited', { ...SOON, blockAt: OWN_GATE, exit: true });
      outer.catch(() => undefined);
      await board.arrived(TASK_GATE);
      board.open(OWN_GATE);
      await assert.rejects(within(outer, 'the outer task'), { code: 'ERR_WORKER_LOST' });
      await until(() => causes.length === 2, 'both workers to be lost');
      await works(engine);
    });
  });
});

describe('a running task whose submitter asked it to stop', { skip: isIsolated() }, () => {
  for (const then of ['blocks', 'ends'] as const) {
    it(`and then ${then} is ended by the host`, async () => {
      await withEngine({}, async (engine, board) => {
        const thread = await AttachedThread.start(engine.attach());
        const lost = once(engine, 'workerLost');
        thread.ask('runKillable', 'block', TASK_GATE + 1).catch(() => undefined);
        await board.arrived(TASK_GATE + 1);
        await within(thread.ask('abortAndBlock', '', board.buffer), 'the abort');
        await board.arrived(0);
        if (then === 'ends') await thread.end();
        await within(lost, 'the worker to be ended');
        await works(engine);
        if (then === 'blocks') await thread.end();
      });
    });
  }
});
