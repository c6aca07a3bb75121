import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe } from 'node:test';
import { Priority, WorkStealingError } from '../../src/index.ts';
import { KERNELS, withEngine } from '../support/engines.ts';
import { isIsolated, notIsolated } from '../support/isolation.ts';
import { it } from '../support/rerun.ts';
import { RUNS } from '../support/tasks.ts';
import { DEADLINE_MS, until, within } from '../support/until.ts';

const BLOCKED = 'a host that blocks sends nothing';
/** No machine is so slow that a task which has nothing to do takes as long. */
const AMPLE_MS = 1_000;

async function failureOf(promise: Promise<unknown>): Promise<WorkStealingError> {
  const reason: unknown = await within(promise, 'the task to reject').then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(reason instanceof WorkStealingError, 'expected a WorkStealingError');
  return reason;
}

function warnings(): { readonly seen: Error[]; stop: () => void } {
  const seen: Error[] = [];
  const listener = (warning: Error): void => {
    seen.push(warning);
  };
  process.on('warning', listener);
  return { seen, stop: () => process.off('warning', listener) };
}

describe('AbortSignal', () => {
  it('already aborted: the task never runs, its error names the reason', async () => {
    await withEngine({}, async (engine, board) => {
      const why = new Error('too late');
      const error = await failureOf(engine.run('count', undefined, { signal: AbortSignal.abort(why) }));
      assert.equal(error.name, 'AbortError');
      assert.equal(error.code, 'ERR_TASK_ABORTED');
      assert.equal(error.cause, why);
      await engine.run('squared', 1);
      assert.equal(board.counter(RUNS), 0);
    });
  });

  it('aborted by a getter of the input: the task never runs, and the next one may', async () => {
    await withEngine({}, async (engine, board) => {
      const controller = new AbortController();
      const why = new Error('read it');
      const input = {
        text: 'x'.repeat(10_000),
        get aborts(): boolean {
          controller.abort(why);
          return true;
        },
      };
      const error = await failureOf(engine.run('count', input as never, { signal: controller.signal }));
      assert.equal(error.code, 'ERR_TASK_ABORTED');
      assert.equal(error.cause, why);
      assert.deepEqual(await engine.run('echo', { text: 'next' }), { text: 'next' });
      assert.equal(board.counter(RUNS), 0);
      assert.equal(engine.stats().submitted, 1);
    });
  });

  it('aborted while queued: rejects at once and never runs', async () => {
    await withEngine({}, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const controller = new AbortController();
      const queued = engine.run('count', undefined, { signal: controller.signal });
      const behind = engine.run('squared', 3);
      controller.abort('changed my mind');
      const error = await failureOf(queued); // the worker is still blocked
      assert.equal(error.code, 'ERR_TASK_ABORTED');
      assert.equal(error.cause, 'changed my mind');
      board.open(0);
      assert.equal(await behind, 9);
      await gate;
      assert.equal(board.counter(RUNS), 0);
      const { cancelled, completed, submitted } = engine.stats();
      assert.deepEqual({ cancelled, completed, submitted }, { cancelled: 1, completed: 2, submitted: 3 });
    });
  });

  it('aborted while it waits beyond the capacity: rejects at once and never runs', async () => {
    await withEngine({ capacity: 2 }, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const controller = new AbortController();
      const { signal } = controller;
      const before = engine.run('squared', 2);
      const aborted = Array.from({ length: 20 }, () => engine.run('count', undefined, { signal }));
      const behind = engine.run('squared', 3);
      if (!isIsolated()) assert.equal(engine.stats().queued, 22); // a process reports later what runs
      controller.abort();
      for (const task of aborted) assert.equal((await failureOf(task)).name, 'AbortError');
      board.open(0);
      assert.deepEqual(await Promise.all([before, behind, gate]), [4, 9, 0]);
      assert.equal(board.counter(RUNS), 0);
    });
  });

  it('aborted while it runs: rejects at once; a synchronous loop sees context.cancelled', async () => {
    await withEngine({}, async (engine, board) => {
      const controller = new AbortController();
      const running = engine.run('untilCancelled', 0, { signal: controller.signal });
      await until(() => board.logged().length > 0, 'the task to start');
      controller.abort();
      assert.equal((await failureOf(running)).code, 'ERR_TASK_ABORTED');
      await until(() => board.logged().includes(1), 'the task to see its flag');
      assert.equal(await engine.run('squared', 4), 16);
      assert.equal(engine.stats().cancelled, 1);
    });
  });

  it('aborted while it runs: rejects though the task takes no notice', async () => {
    await withEngine({}, async (engine, board) => {
      const controller = new AbortController();
      const running = engine.run('block', 0, { signal: controller.signal });
      await board.arrived(0);
      controller.abort();
      assert.equal((await failureOf(running)).code, 'ERR_TASK_ABORTED');
      board.open(0);
      await engine.drain();
      const { cancelled, completed, running: stillRunning } = engine.stats();
      assert.deepEqual({ cancelled, completed, stillRunning }, { cancelled: 1, completed: 0, stillRunning: 0 });
    });
  });

  it('aborted while it runs: an asynchronous handler hears context.signal', async () => {
    for (const concurrency of [1, 4]) {
      await withEngine({ concurrency }, async (engine, board) => {
        const controller = new AbortController();
        const running = engine.run('untilSignal', undefined, { signal: controller.signal });
        await until(() => board.logged().length > 0, 'the task to start');
        controller.abort();
        assert.equal((await failureOf(running)).code, 'ERR_TASK_ABORTED');
        await until(() => board.logged().includes(1), 'the handler to hear its signal');
        assert.equal(await engine.run('squared', 4), 16);
      });
    }
  });

  it('aborts a running kernel, after which its worker parks again', async () => {
    await withEngine<Record<string, (x?: number) => number>>({ kernels: KERNELS }, async (engine) => {
      const controller = new AbortController();
      const running = engine.run('spinUntilCancelled', 1e15, { signal: controller.signal });
      await until(() => engine.stats().running === 1, 'the kernel to start');
      controller.abort();
      assert.equal((await failureOf(running)).code, 'ERR_TASK_ABORTED');
      assert.equal(await within(engine.run('square', 3), 'the next kernel'), 9);
      await until(() => engine.stats().workers[0]?.state === 'parked', 'the worker to park');
    });
  });

  it('after the end of the task nothing happens', async () => {
    await withEngine({}, async (engine) => {
      const controller = new AbortController();
      assert.equal(await engine.run('squared', 5, { signal: controller.signal }), 25);
      controller.abort();
      assert.equal(await engine.run('squared', 6), 36);
      assert.equal(engine.stats().cancelled, 0);
    });
  });

  it('ten thousand tasks share one signal: one listener, no warning, all reject', async () => {
    const { seen, stop } = warnings();
    await withEngine({ capacity: 4096 }, async (engine, board) => {
      const controller = new AbortController();
      const { signal } = controller;
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const tasks = Array.from({ length: 10_000 }, () => engine.run('count', undefined, { signal }));
      assert.equal(getEventListeners(signal, 'abort').length, 1);
      controller.abort();
      const outcomes = await within(Promise.allSettled(tasks), 'all tasks to reject');
      assert.ok(outcomes.every(({ status }) => status === 'rejected'));
      board.open(0);
      await gate;
      await engine.drain();
      assert.equal(board.counter(RUNS), 0);
      assert.equal(engine.stats().cancelled, 10_000);
    });
    stop();
    assert.deepEqual(seen, []);
  });

  it('many runMany and map share one signal without a warning', async () => {
    const { seen, stop } = warnings();
    await withEngine({}, async (engine) => {
      const { signal } = new AbortController();
      const maps = Array.from({ length: 40 }, async () => {
        const results: number[] = [];
        for await (const result of engine.map('squared', [1, 2, 3], { signal })) results.push(result);
        return results;
      });
      const many = Array.from({ length: 40 }, () => engine.runMany('squared', [1, 2, 3], { signal }));
      for (const results of await Promise.all([...maps, ...many])) assert.deepEqual(results, [1, 4, 9]);
    });
    stop();
    assert.deepEqual(seen, []);
  });
});

describe('timeoutMs', () => {
  it('ends a running task that is too slow; a queued one has all its time', async () => {
    await withEngine({}, async (engine, board) => {
      const slow = engine.run('untilCancelled', 0, { timeoutMs: AMPLE_MS });
      const patient = engine.run('squared', 5, { timeoutMs: AMPLE_MS });
      const error = await failureOf(slow);
      assert.equal(error.name, 'TimeoutError');
      assert.equal(error.code, 'ERR_TASK_TIMEOUT');
      assert.equal('timeoutMs' in error && error.timeoutMs, AMPLE_MS);
      assert.equal(await patient, 25);
      assert.deepEqual(board.logged(), [0, 1]);
      assert.equal(engine.stats().timedOut, 1);
    });
  });

  it('of tasks that wait for their turn is watched by one timer, and still counts from the start of each', async () => {
    await withEngine({}, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const before = timers();
      const queued = Array.from({ length: 200 }, (_, n) => engine.run('squared', n, { timeoutMs: AMPLE_MS }));
      const slow = failureOf(engine.run('untilCancelled', 1, { timeoutMs: 7 }));
      assert.ok(timers() - before >= 200, `${String(timers())} timers, ${String(before)} before`);
      await until(() => timers() - before < 10, 'the timers to be one'); // by then all have waited for longer than they may run
      board.open(0);
      await within(gate, 'the gate');
      assert.equal((await within(Promise.all(queued), 'those that waited')).length, 200);
      assert.equal((await slow).code, 'ERR_TASK_TIMEOUT');
      await until(() => board.logged().length === 2, 'the slow one to be told');
      assert.equal(engine.stats().timedOut, 1);
    });
  });

  it('of a task that is aborted while it waits is watched no more', async () => {
    await withEngine({}, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const before = timers();
      const controller = new AbortController();
      const { signal } = controller;
      const queued = Array.from({ length: 3 }, () =>
        failureOf(engine.run('count', undefined, { timeoutMs: 1, signal })),
      );
      const end = performance.now() + 20; // until they are late, if they ran
      await until(() => performance.now() > end, 'a few looks');
      controller.abort();
      for (const error of await Promise.all(queued)) assert.equal(error.code, 'ERR_TASK_ABORTED');
      await until(() => timers() <= before, 'no timer');
      board.open(0);
      await gate;
    });
  });

  it('does not touch a task that ended before anybody looked', { skip: notIsolated(BLOCKED) }, async () => {
    await withEngine({}, async (engine, board) => {
      const quick = engine.run('note', 1, { timeoutMs: 30_000 });
      blockHost(() => board.logged().length > 0, 0);
      assert.equal(await quick, 1);
    });
  });
});

describe('startWithinMs', () => {
  it('rejects a task that waits too long, on the worker or beyond the capacity', async () => {
    await withEngine({ capacity: 2 }, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const late = Array.from({ length: 3 }, () => failureOf(engine.run('count', undefined, { startWithinMs: 10 })));
      for (const error of await Promise.all(late)) {
        assert.equal(error.name, 'TimeoutError');
        assert.equal(error.code, 'ERR_DEADLINE');
      }
      board.open(0);
      await gate;
      await engine.run('squared', 1, { priority: Priority.Low, startWithinMs: 30_000 });
      assert.equal(board.counter(RUNS), 0);
      assert.equal(engine.stats().timedOut, 3);
    });
  });

  it(
    'a task that started in time keeps its result, however late the host looks',
    { skip: notIsolated(BLOCKED) },
    async () => {
      await withEngine({}, async (engine, board) => {
        await engine.run('squared', 1);
        const started = engine.run('note', 4, { startWithinMs: AMPLE_MS });
        blockHost(() => board.logged().length > 0, 1.1 * AMPLE_MS);
        assert.equal(await started, 4);
        const running = engine.run('block', 0, { startWithinMs: AMPLE_MS });
        blockHost(() => board.arrivals(0) > 0, 1.1 * AMPLE_MS);
        board.open(0);
        assert.equal(await running, 0);
      });
    },
  );
});

/** Timers of this thread that hold its event loop. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

/** Keeps the event loop of this thread from running until the condition holds and so many milliseconds are over. */
function blockHost(condition: () => boolean, ms: number): void {
  const end = performance.now() + ms;
  const deadline = end + DEADLINE_MS;
  while (!condition() || performance.now() < end) assert.ok(performance.now() < deadline);
}
