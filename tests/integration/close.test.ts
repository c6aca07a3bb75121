import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe } from 'node:test';
import { type CloseReport, createEngine, Priority, type RunOptions, type TaskErrorEvent } from '../../src/index.ts';
import { TASKS, type Tasks, type TestEngine, withEngine } from '../support/engines.ts';
import { it } from '../support/rerun.ts';
import { RUNS, TEARDOWNS } from '../support/tasks.ts';
import { until, within } from '../support/until.ts';

const CLOSED = { code: 'ERR_CLOSED' };

function sumOf({ completed, failed, cancelled, timedOut, lost }: CloseReport): number {
  return completed + failed + cancelled + timedOut + lost;
}

describe('close', () => {
  it('of an idle engine: an empty report, everything rejects afterwards', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      const event = once(engine, 'close');
      const report = await within(engine.close(), 'close()');
      assert.deepEqual(report, { completed: 0, failed: 0, cancelled: 0, timedOut: 0, lost: 0, forced: false });
      assert.ok(Object.isFrozen(report));
      assert.deepEqual(await within(event, "'close'"), [report]);
      assert.equal(board.counter(TEARDOWNS), 2);
      await assert.rejects(engine.run('squared', 1), CLOSED);
      await assert.rejects(engine.broadcast('squared', 1), CLOSED);
      await within(engine.drain(), 'drain() of a closed engine');
      assert.equal(engine.stats().workers.length, 2);
    });
  });

  it('drains by default: what is queued runs, what comes later rejects', async () => {
    await withEngine({ capacity: 4096 }, async (engine, board) => {
      const gate = engine.run('block', 0);
      const queued = Array.from({ length: 10_000 }, () => engine.run('count'));
      const failing = assert.rejects(engine.run('fail', 'x'));
      const closed = engine.close();
      const late = assert.rejects(engine.run('count'), CLOSED);
      board.open(0);
      const report = await within(closed, 'close()');
      await Promise.all([gate, failing, late, ...queued]);
      assert.equal(board.counter(RUNS), 10_000);
      assert.deepEqual(
        { ...report },
        { completed: 10_001, failed: 1, cancelled: 0, timedOut: 0, lost: 0, forced: false },
      );
    });
  });

  it('twice gives the same report', async () => {
    await withEngine({}, async (engine, board) => {
      const gate = engine.run('block', 0);
      const both = Promise.all([engine.close(), engine.close()]);
      board.open(0);
      const [first, second] = await within(both, 'close()');
      assert.equal(first, second);
      assert.equal(await engine.close(), first);
      await gate;
    });
  });

  it('drain: false rejects 10,000 queued tasks, on the workers and beyond the capacity', async () => {
    await withEngine({ capacity: 2048 }, async (engine, board) => {
      const gate = engine.run('untilCancelled', 0).catch(() => undefined);
      const queued = Array.from({ length: 10_000 }, () => engine.run('count'));
      const outcomes = Promise.allSettled(queued);
      const closed = engine.close({ drain: false });
      for (const outcome of await within(outcomes, 'all to reject')) {
        assert.ok(outcome.status === 'rejected' && (outcome.reason as { code: unknown }).code === 'ERR_CLOSED');
      }
      const report = await within(closed, 'close()');
      await gate;
      assert.equal(report.forced, true);
      assert.equal(sumOf(report), 10_001);
      assert.equal(board.counter(RUNS), 0);
    });
  });

  it('drain: false ends handlers that never settle or block, and rejects them', async () => {
    for (const task of ['never', 'block'] as const) {
      await withEngine({ workers: 2 }, async (engine, board) => {
        const stuck = assert.rejects(engine.run(task, 0), CLOSED);
        await board.arrived(0);
        const report = await within(engine.close({ drain: false }), 'close()');
        await within(stuck, 'the stuck task');
        assert.deepEqual({ ...report }, { completed: 0, failed: 0, cancelled: 1, timedOut: 0, lost: 0, forced: true });
      });
    }
  });

  it('drain: false ends nested tasks that never settle though nobody waits for them', async () => {
    await withEngine({}, async (engine, board) => {
      await engine.run('scatter', { task: 'never', inputs: [0] });
      await board.arrived(0);
      await within(engine.close({ drain: false }), 'close()');
    });
  });

  it('drain: false lets what runs see its cancel flag', async () => {
    await withEngine({}, async (engine, board) => {
      const running = engine.run('untilSignal');
      while (board.logged().length === 0) await new Promise((resolve) => setImmediate(resolve));
      const report = await within(engine.close({ drain: false }), 'close()');
      await within(running, 'the handler that ended in time');
      assert.deepEqual(board.logged(), [0, 1]);
      assert.deepEqual({ completed: report.completed, forced: report.forced }, { completed: 1, forced: true });
    });
  });

  it('drain: false lets what runs for a submitTask hear its signal', async () => {
    await withEngine({}, async (engine, board) => {
      const lost: unknown[] = [];
      engine.on('workerLost', (event) => lost.push(event));
      engine.submitTask(engine.taskType('untilSignal'), 0);
      await until(() => board.logged().length > 0, 'the handler to run');
      await within(engine.close({ drain: false }), 'close()');
      assert.deepEqual(board.logged(), [0, 1]);
      assert.deepEqual(lost, []);
    });
  });

  it('after timeoutMs a draining close goes on as a forced one; so does a later drain: false', async () => {
    for (const force of [false, true]) {
      await withEngine({}, async (engine, board) => {
        const stuck = assert.rejects(engine.run('never', 0), CLOSED);
        await board.arrived(0);
        const queued = assert.rejects(engine.run('count'), CLOSED);
        const closed = engine.close(force ? {} : { timeoutMs: 20 });
        if (force) void engine.close({ drain: false });
        assert.equal((await within(closed, 'close()')).forced, true);
        await within(Promise.all([stuck, queued]), 'both to reject');
      });
    }
  });

  it('right after a worker was lost', async () => {
    await withEngine({ workers: 2 }, async (engine) => {
      const lost = assert.rejects(engine.run('exit', 1), { code: 'ERR_WORKER_LOST' });
      const report = await within(engine.close(), 'close()');
      await lost;
      assert.deepEqual({ lost: report.lost, forced: report.forced }, { lost: 1, forced: false });
    });
  });

  it('counts every task once, however it ended', async () => {
    await withEngine({}, async (engine, board) => {
      const aborted = new AbortController();
      const { signal } = aborted;
      const early = [engine.run('squared', 1), engine.run('fail', 'x'), engine.run('exit', 0), engine.run('block', 0)];
      const settled = Promise.allSettled(early);
      await board.arrived(0);
      const late = engine.run('squared', 3, { startWithinMs: 1 });
      const given = assert.rejects(engine.run('squared', 2, { signal }), { code: 'ERR_TASK_ABORTED' });
      const kept = engine.submitTask(engine.taskType('squared'), 4);
      aborted.abort();
      await Promise.all([given, assert.rejects(within(late, 'the late one'), { code: 'ERR_DEADLINE' })]);
      board.open(0);
      assert.equal(await engine.wait(kept), 16);
      await settled;
      const report = await within(engine.close(), 'close()');
      assert.deepEqual({ ...report }, { completed: 3, failed: 1, cancelled: 1, timedOut: 1, lost: 1, forced: false });
      assert.equal(engine.stats().submitted, sumOf(report));
    });
  });

  it('rejects options that are none', async () => {
    await withEngine({}, async (engine) => {
      for (const options of [null, { drain: 'no' }, { timeoutMs: -1 }, { timeoutMs: NaN }]) {
        await assert.rejects(engine.close(options as never), { code: 'ERR_INVALID_OPTION' });
      }
      assert.equal(await engine.run('squared', 2), 4);
    });
  });

  it('Symbol.asyncDispose drains and closes', async () => {
    const engine = await createEngine<Tasks>({ tasks: TASKS, workers: 1 });
    const last = engine.run('squared', 9);
    await within(engine[Symbol.asyncDispose](), 'the disposal');
    assert.equal(await last, 81);
    await assert.rejects(engine.run('squared', 1), CLOSED);
  });
});

describe('drain', () => {
  it('resolves at once when idle, else when everything has ended, nested tasks included', async () => {
    await withEngine({}, async (engine, board) => {
      await within(engine.drain(), 'drain() of an idle engine');
      await engine.run('scatter', { task: 'block', inputs: [0] });
      await board.arrived(0);
      let drained = false;
      const drains = Promise.all([engine.drain(), engine.drain()]).then(() => {
        drained = true;
      });
      assert.equal(drained, false);
      board.open(0);
      await within(drains, 'drain()');
      assert.equal(await engine.run('squared', 3), 9);
    });
  });
});

/** Ways to submit during which the caller's own code runs. */
const CLOSING: Readonly<Record<string, (engine: TestEngine, close: () => never[]) => Promise<unknown>>> = {
  'a getter of the options of run': (engine, close) => engine.run('echo', 1, optionsThat(close)),
  'a getter of the input of run': (engine, close) => engine.run('echo', inputThat(close)),
  'a getter of the options of runMany': (engine, close) => engine.runMany('echo', [1], optionsThat(close)),
  'a getter of an input of runMany': (engine, close) => engine.runMany('echo', [inputThat(close)]),
  'the inputs of runMany': (engine, close) =>
    engine.runMany(
      'echo',
      (function* (): Generator<number> {
        yield* [1, 2, ...close()];
      })(),
    ),
  'a getter of the options of post': (engine, close) => posted(engine, 1, optionsThat(close)),
  'a getter of the input of post': (engine, close) => posted(engine, inputThat(close)),
};

function optionsThat(close: () => never[]): RunOptions {
  return {
    get priority() {
      close();
      return Priority.Normal;
    },
  };
}

function inputThat(close: () => never[]): unknown {
  return {
    get one() {
      close();
      return 1;
    },
  };
}

async function posted(engine: TestEngine, input: unknown, options?: RunOptions): Promise<never> {
  const failed = once(engine, 'taskError') as Promise<[TaskErrorEvent]>;
  engine.post('echo', input, options);
  const [{ error }] = await failed;
  throw error;
}

describe('close, called while a task is being submitted', () => {
  for (const [by, submit] of Object.entries(CLOSING)) {
    it(`by ${by}: it is refused`, async () => {
      await withEngine({}, async (engine) => {
        let closed: Promise<CloseReport> | undefined;
        const submitted = submit(engine, () => {
          closed ??= engine.close();
          return [];
        });
        await assert.rejects(within(submitted, by), CLOSED);
        await within(closed ?? Promise.reject(new Error('nobody closed it')), 'close()');
        assert.equal(engine.stats().submitted, 0);
      });
    });
  }
});
