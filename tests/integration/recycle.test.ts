import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe } from 'node:test';
import type { EngineOptions } from '../../src/index.ts';
import type { Board } from '../support/board.ts';
import { type TestEngine, withEngine } from '../support/engines.ts';
import { it } from '../support/rerun.ts';
import { SETUPS, TEARDOWNS } from '../support/tasks.ts';
import { until, within } from '../support/until.ts';

type HeapTasks = typeof import('../support/heap-tasks.js');
type Use = (engine: TestEngine<HeapTasks>, board: Board) => Promise<void>;

/** Much more than a worker has to begin with, and a part of what it may have. */
const FULL_MIB = 48;
const TASKS = new URL('../support/heap-tasks.js', import.meta.url);

/** A worker that may keep 38 MiB. */
const SMALL_HEAP: EngineOptions = {
  tasks: TASKS,
  concurrency: 2,
  resourceLimits: { maxOldGenerationSizeMb: 128 },
  memory: { poolBytes: 1 << 20, recycleAt: 0.3 },
};

/** No worker may be lost. */
async function withSmallHeap(options: EngineOptions, use: Use): Promise<void> {
  await withEngine<HeapTasks>({ ...SMALL_HEAP, ...options }, async (engine, board) => {
    const lost: unknown[] = [];
    engine.on('workerLost', (event) => lost.push(event));
    await use(engine, board);
    assert.deepEqual(lost, []);
  });
}

describe('a worker whose heap has grown too large', () => {
  it('is replaced: it tells so, tears down, and the next one begins anew', async () => {
    await withSmallHeap({}, async (engine, board) => {
      const told = once(engine, 'pressure');
      const started = once(engine, 'workerStarted');
      assert.equal(await within(engine.run('hoard', FULL_MIB), 'the hoard'), FULL_MIB);
      const [pressure] = (await within(told, "'pressure'")) as [Record<string, unknown>];
      const { usage, limit, ...others } = pressure;
      assert.deepEqual(others, { resource: 'heap', unit: 'bytes', level: 'recycle', worker: 0 });
      assert.ok(Number(usage) >= Number(limit) && Number(usage) > FULL_MIB << 20, JSON.stringify(pressure));
      await within(started, "'workerStarted'");
      assert.equal(await within(engine.run('hoard', 1), 'a task of the next worker'), 1);
      assert.deepEqual([board.counter(SETUPS), board.counter(TEARDOWNS)], [2, 1]);
      const { lost, failed, completed, submitted } = engine.stats();
      assert.deepEqual({ lost, failed, completed, submitted }, { lost: 0, failed: 0, completed: 2, submitted: 2 });
    });
  });

  it('garbage is no reason', async () => {
    await withSmallHeap({}, async (engine, board) => {
      const pressures: unknown[] = [];
      engine.on('pressure', (pressure) => pressures.push(pressure));
      assert.ok((await within(engine.run('litter', FULL_MIB), 'the litter')) > FULL_MIB << 20);
      assert.equal(await within(engine.run('hoard', 1), 'the next task'), 1);
      assert.equal(await within(engine.run('squared', 3), 'another'), 9);
      assert.deepEqual(pressures, []);
      assert.equal(board.counter(SETUPS), 1);
    });
  });

  it('finishes what it has in hand, nested tasks too, and takes nothing new', async () => {
    await withSmallHeap({ concurrency: 4 }, async (engine, board) => {
      const started = once(engine, 'workerStarted');
      const neighbour = engine.run('pause', 0);
      const parent = engine.run('relayBehind', { gate: 1, task: 'squared', input: 5, priority: 3 });
      await Promise.all([board.arrived(0), board.arrived(1)]);
      const told = once(engine, 'pressure');
      await within(engine.run('hoard', FULL_MIB), 'the hoard');
      await within(told, "'pressure'");
      // From the moment it retires what comes waits for its successor, which has kept nothing.
      await until(() => engine.stats().running === 2, 'the hoard to be over');
      await settle(engine);
      const kept = engine.run('hoard', 2);
      const mailed = engine.broadcast('whichWorker');
      board.open(1);
      assert.equal(await within(parent, 'the parent'), 25);
      assert.equal(board.counter(TEARDOWNS), 0);
      board.open(0);
      assert.equal(await within(neighbour, 'the neighbour'), 0);
      await within(started, "'workerStarted'");
      assert.equal(await within(kept, 'the task that waited'), 2);
      assert.deepEqual(await within(mailed, 'the broadcast'), [0]);
      assert.equal(board.counter(TEARDOWNS), 1);
    });
  });

  it('waits for nested tasks that nobody awaits', async () => {
    await withSmallHeap({ workers: 1, concurrency: 2 }, async (engine, board) => {
      const started = once(engine, 'workerStarted');
      assert.equal(await within(engine.run('leaveNested', 0), 'the parent'), 0);
      await board.arrived(0);
      const told = once(engine, 'pressure');
      await within(engine.run('hoard', FULL_MIB), 'the hoard');
      await within(told, "'pressure'");
      await settle(engine);
      assert.equal(board.counter(TEARDOWNS), 0);
      board.open(0);
      await within(started, "'workerStarted'");
      assert.equal(board.counter(TEARDOWNS), 1);
    });
  });

  it('a task that does not stop is ended with it as ever', async () => {
    await withEngine<HeapTasks>(SMALL_HEAP, async (engine, board) => {
      const controller = new AbortController();
      const endless = engine.run('neverSettles', 0, { signal: controller.signal, killGraceMs: 1 });
      await board.arrived(0);
      const told = once(engine, 'pressure');
      await within(engine.run('hoard', FULL_MIB), 'the hoard');
      await within(told, "'pressure'");
      await settle(engine);
      const lost = once(engine, 'workerLost');
      const next = engine.run('hoard', 1);
      controller.abort();
      await assert.rejects(endless, { code: 'ERR_TASK_ABORTED' });
      await within(lost, "'workerLost'");
      assert.equal(await within(next, 'a task of the next worker'), 1);
    });
  });

  it('the others go on meanwhile', async () => {
    // Three places each: wherever the two neighbours run, the other worker has a free one.
    await withSmallHeap({ workers: 2, concurrency: 3 }, async (engine, board) => {
      const neighbours = [engine.run('pause', 0), engine.run('pause', 0)];
      await board.arrived(0, 2);
      const told = once(engine, 'pressure');
      await within(engine.run('hoard', FULL_MIB), 'the hoard');
      await within(told, "'pressure'");
      const squares = Array.from({ length: 100 }, (_, x) => engine.run('squared', x));
      await within(Promise.all(squares), 'the others');
      board.open(0);
      await within(Promise.all(neighbours), 'its neighbours');
      await until(() => board.counter(SETUPS) === 3, 'the successor');
      assert.equal(await within(engine.run('squared', 3), 'another task'), 9);
    });
  });

  it('close() while it retires ends as ever', async () => {
    await withSmallHeap({ concurrency: 2 }, async (engine, board) => {
      const neighbour = engine.run('pause', 0);
      await board.arrived(0);
      const told = once(engine, 'pressure');
      await within(engine.run('hoard', FULL_MIB), 'the hoard');
      await within(told, "'pressure'");
      const probes = await settle(engine);
      const queued = engine.run('squared', 3);
      const closing = engine.close();
      board.open(0);
      assert.deepEqual(await within(Promise.all([neighbour, queued]), 'both tasks'), [0, 9]);
      const { completed, lost } = await within(closing, 'close()');
      assert.deepEqual({ completed, lost }, { completed: 3 + probes, lost: 0 });
    });
  });

  it('recycleAt Infinity: never', async () => {
    const options = { ...SMALL_HEAP, memory: { poolBytes: 1 << 20, recycleAt: Infinity } };
    await withEngine<HeapTasks>(options, async (engine, board) => {
      assert.equal(await within(engine.run('hoard', FULL_MIB), 'the hoard'), FULL_MIB);
      assert.equal(await within(engine.run('hoard', 1), 'another'), FULL_MIB + 1);
      assert.equal(board.counter(SETUPS), 1);
    });
  });
});

describe('a worker that runs out of memory', () => {
  it('is lost, and the error tells the limit and the way out', async () => {
    await withEngine<HeapTasks>(SMALL_HEAP, async (engine) => {
      const lost = once(engine, 'workerLost');
      const error = await within(
        engine.run('overflow').catch((reason: unknown) => reason as Error),
        'the task',
      );
      assert.ok(error instanceof Error);
      assert.match(
        error.message,
        /was lost with worker 0, which exited while it ran \(expected worker 0 to keep less than 128 MiB/,
      );
      assert.match(error.message, /raise resourceLimits\.maxOldGenerationSizeMb/);
      const { code, resource, limit, unit } = error.cause as Record<string, unknown>;
      assert.deepEqual(
        { code, resource, limit, unit },
        { code: 'ERR_RESOURCE_EXHAUSTED', resource: 'heap', limit: 128 << 20, unit: 'bytes' },
      );
      const [event] = (await within(lost, "'workerLost'")) as [{ cause: Error }];
      assert.equal(event.cause.message, (error.cause as Error).message);
      assert.equal(await within(engine.run('squared', 3), 'the next task'), 9);
    });
  });
});

/** Until a task finds nobody who takes it: the only worker retires. @returns how many were taken before */
async function settle(engine: TestEngine<HeapTasks>): Promise<number> {
  for (let probe = 0; probe < 1000; ++probe) {
    const controller = new AbortController();
    const run = engine.run('squared', 1, { signal: controller.signal });
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, 50, 'late'));
    const outcome = await Promise.race([run, late]);
    if (outcome !== 'late') continue;
    controller.abort();
    await assert.rejects(run, { code: 'ERR_TASK_ABORTED' });
    return probe;
  }
  assert.fail('the worker did not retire');
}
