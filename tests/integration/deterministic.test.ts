import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, it } from 'node:test';
import { type EngineOptions, Priority, TallyError } from '../../src/index.ts';
import { KERNELS, TASKS, type TestEngine, withEngine } from '../support/engines.ts';
import { Board } from '../support/board.ts';
import { RUNS, SETUPS, TEARDOWNS } from '../support/tasks.ts';
import { turn, until, within } from '../support/until.ts';
import { taskModule } from './bad-input.ts';

const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7];
const CONTEXT = new URL('../../src/worker/context.js', import.meta.url).href;

/** Runs a body with engines of several seeds. */
async function withSeeds(
  options: EngineOptions,
  use: (engine: TestEngine, board: Board, seed: number) => Promise<void>,
): Promise<void> {
  for (const seed of SEEDS) {
    await withEngine({ workers: 4, ...options, deterministic: { seed } }, async (engine, board) => {
      await use(engine, board, seed);
    });
  }
}

describe('deterministic mode: the engine', () => {
  it('has all of its methods', async () => {
    await withSeeds({ tasks: TASKS, kernels: KERNELS }, async (engine) => {
      assert.deepEqual(await engine.run('echo', { a: [1, 'x'] }), { a: [1, 'x'] });
      assert.deepEqual(await engine.runMany('squaredLater', [1, 2, 3]), [1, 4, 9]);
      const mapped: number[] = [];
      for await (const square of engine.map('squared', [1, 2, 3, 4, 5])) mapped.push(square);
      assert.deepEqual(mapped, [1, 4, 9, 16, 25]);
      assert.deepEqual(await engine.broadcast('whichWorker'), [0, 1, 2, 3]);
      const id = engine.submitTask(engine.taskType('squared'), 12, Priority.High);
      assert.equal(engine.poll(id), 'queued');
      assert.equal(await engine.wait(id), 144);
      assert.throws(() => engine.poll(id), { code: 'ERR_STALE_TASK' });
      engine.release(engine.submitTask(engine.taskType('squared'), 1));
      await engine.drain();
      const { submitted, completed, cancelled, queued, running, poolBytesUsed } = engine.stats();
      assert.deepEqual(
        { submitted, completed, cancelled, queued, running, poolBytesUsed },
        { submitted: 15, completed: 14, cancelled: 1, queued: 0, running: 0, poolBytesUsed: 0 },
      );
    });
  });

  it('runs kernels alone, and spreads them', async () => {
    const workers = new Set<number>();
    for (const seed of SEEDS) {
      await withEngine<Record<'onWorker' | 'square', (x: number) => number>>(
        { kernels: KERNELS, workers: 4, deterministic: { seed } },
        async (engine) => {
          for (const worker of await engine.runMany('onWorker', new Array<number>(40).fill(0))) workers.add(worker);
          assert.equal(await engine.run('square', 5), 25);
        },
      );
    }
    assert.deepEqual([...workers].sort(), [0, 1, 2, 3]);
  });

  it('takes kernels in batches, and steals from them', async () => {
    let batches = 0;
    for (let seed = 0; seed < 32; ++seed) {
      await withEngine({ kernels: KERNELS, tasks: TASKS, workers: 4, deterministic: { seed } }, async (engine) => {
        await engine.runMany(
          'square' as 'squared',
          Array.from({ length: 200 }, (_, x) => x),
        );
        for (const { stolen } of engine.stats().workers) batches += stolen;
      });
    }
    assert.ok(batches > 0);
  });

  it('runs the most urgent first: one worker, strict priorities', async () => {
    await withSeeds({ workers: 1, starvationInterval: 0 }, async (engine, board, seed) => {
      const submitted = [2, 0, 3, 1, 0, 2, 1, 3, 3, 0].map((priority, at) => ({ priority, entry: 10 * priority + at }));
      await Promise.all(
        submitted.map(({ priority, entry }) => engine.run('note', entry, { priority: priority as Priority })),
      );
      const expected = submitted.map(({ entry }) => entry).sort((a, b) => a - b); // within a priority as they came
      assert.deepEqual(board.logged(), expected, `seed ${String(seed)}`);
    });
  });

  it('tells of posted tasks that fail, of rest and of the close', async () => {
    await withSeeds({}, async (engine) => {
      const told: string[] = [];
      engine.on('taskError', ({ task }) => told.push(task));
      engine.on('drain', () => told.push('drain'));
      engine.on('close', ({ failed }) => told.push(`close ${String(failed)}`));
      engine.post('fail', 'on purpose');
      await engine.drain();
      await engine.close();
      assert.deepEqual(told, ['fail', 'drain', 'close 1']);
    });
  });

  it('runs more tasks than it has slots, and payloads larger than what is left of the pool', async () => {
    await withSeeds({ capacity: 2, memory: { poolBytes: 1 << 20 } }, async (engine) => {
      const sizes = await engine.runMany(
        'size',
        Array.from({ length: 20 }, () => new Uint8Array(400_000)),
      );
      assert.deepEqual(sizes, new Array<number>(20).fill(400_000));
      const trees = await engine.runMany('tree', new Array(5).fill({ depth: 3, width: 2 }));
      assert.deepEqual(trees, [15, 15, 15, 15, 15]);
    });
  });

  it('gives blocks back that workers keep, also one whose places are all taken', async () => {
    const poolBytes = 1 << 20;
    await withSeeds({ workers: 2, memory: { poolBytes } }, async (engine, board) => {
      const texts = Array.from({ length: 60 }, (_, n) => 'x'.repeat(1 + 2 * n));
      for (let round = 0; round < 4; ++round) {
        const before = engine.runMany('echo', texts);
        const paused = engine.run('pause', round);
        const after = engine.runMany('echo', texts);
        assert.deepEqual(await Promise.all([before, after]), [texts, texts]);
        assert.equal(await within(engine.run('size', new Uint8Array(poolBytes)), 'the large one'), poolBytes);
        board.open(round);
        assert.equal(await paused, round);
      }
    });
  });

  it('starts no thread', async () => {
    const started: unknown[] = [];
    const onWorker = (worker: unknown): void => void started.push(worker);
    process.on('worker', onWorker);
    await withSeeds({}, async (engine) => {
      await engine.run('tree', { depth: 2, width: 3 });
    });
    process.off('worker', onWorker);
    assert.deepEqual(started, []);
  });

  it('lets timers run while tasks follow each other without end', async () => {
    await withSeeds({}, async (engine) => {
      const over = new AbortController();
      setTimeout(() => {
        over.abort();
      }, 1);
      while (!over.signal.aborted) await engine.run('squared', 2);
    });
  });

  it('runs beside others, each in its own order', async () => {
    const places = async (seed: number): Promise<number[]> => {
      let workers: number[] = [];
      await withEngine({ deterministic: { seed }, workers: 4 }, async (engine) => {
        workers = await engine.runMany('whichWorker', new Array<undefined>(20).fill(undefined));
      });
      return workers;
    };
    const alone = [await places(1), await places(2)];
    assert.notDeepEqual(alone[0], alone[1]);
    assert.deepEqual(await Promise.all([places(1), places(2), places(1)]), [...alone, alone[0]]);
  });
});

describe('deterministic mode: handlers', () => {
  it('are set up for each virtual worker before any task and torn down after the last', async () => {
    await withSeeds({ workers: 3 }, async (engine, board) => {
      assert.equal(board.counter(SETUPS), 3);
      await engine.run('squared', 1);
      assert.equal(board.counter(TEARDOWNS), 0);
      await engine.close();
      assert.deepEqual([board.counter(SETUPS), board.counter(TEARDOWNS)], [3, 3]);
    });
  });

  it('get a copy of workerData for each worker', async () => {
    const tasks = taskModule(
      'const seen = []; export const setup = (data) => seen.push(data.n++); export const all = () => seen;',
    );
    const given = { n: 5 };
    await withEngine<Record<'all', () => number[]>>(
      { tasks, workers: 3, workerData: given, deterministic: { seed: 1 } },
      async (engine) => {
        assert.deepEqual(await engine.run('all'), [5, 5, 5]);
      },
    );
    assert.equal(given.n, 5);
  });

  it('know their context, and not that of whoever submits', async () => {
    const tasks = taskModule(`
      import { currentContext } from ${JSON.stringify(CONTEXT)};
      const inner = async () => { await null; return currentContext().workerIndex; };
      export const worker = async (_, context) => [context.workerIndex, await inner()];
      export const nested = async (_, context) => [await context.run('worker'), currentContext() === context];
      export const store = () => globalThis.hostStorage.getStore();
    `);
    const storage = new AsyncLocalStorage<string>();
    Reflect.set(globalThis, 'hostStorage', storage);
    for (const seed of SEEDS) {
      await withEngine<Record<'worker' | 'nested' | 'store', () => unknown[]>>(
        { tasks, workers: 4, deterministic: { seed } },
        async (engine) => {
          for (const [given, current] of await Promise.all([engine.run('worker'), engine.run('worker')])) {
            assert.equal(given, current);
          }
          const [[outer, inner], same] = (await engine.run('nested')) as [[number, number], boolean];
          assert.deepEqual([outer === inner, same], [true, true]);
          await turn(); // nothing is going on
          assert.equal(await storage.run('of the host', () => engine.run('store')), undefined);
        },
      );
    }
  });

  it('name the seed when they fail, once', async () => {
    await withSeeds({ tasks: TASKS, kernels: KERNELS }, async (engine, _board, seed) => {
      const suffix = ` (deterministic seed ${String(seed)})`;
      for (const [task, input, message] of [
        ['fail', 'on purpose', 'task "fail" failed: on purpose'],
        ['relay', { task: 'fail', input: 'below' }, 'task "relay" failed: task "fail" failed: below'],
        ['fails', 7, 'task "fails" failed: kernel failed with code 7'],
      ] as const) {
        const error: unknown = await engine.run(task as 'echo', input).catch((reason: unknown) => reason);
        assert.ok(error instanceof TallyError);
        assert.equal(error.message, message + suffix);
        assert.equal(error.details['seed'], seed);
        assert.equal(error.details['code'], task === 'fails' ? 7 : undefined);
      }
    });
  });

  it('may wait for the real world', async () => {
    await withSeeds({ workers: 2 }, async (engine, board) => {
      const paused = [engine.run('pause', 0), engine.run('pause', 1)];
      await board.arrived(1);
      assert.equal(engine.stats().running, 2);
      const behind = engine.run('count');
      board.open(1);
      assert.equal(await within(behind, 'the task behind'), 0);
      board.open(0);
      assert.deepEqual(await Promise.all(paused), [0, 1]);
    });
  });
});

describe('deterministic mode: what ends a task early', () => {
  it('an abort rejects at once; a running handler sees its signal, a queued task does not run', async () => {
    await withSeeds({ workers: 1 }, async (engine, board) => {
      const controller = new AbortController();
      const running = engine.run('untilSignal', undefined, { signal: controller.signal });
      const queued = engine.run('count', undefined, { signal: controller.signal });
      await until(() => board.logged().length === 1, 'the handler runs');
      controller.abort('enough');
      await assert.rejects(running, { code: 'ERR_TASK_ABORTED', cause: 'enough' });
      await assert.rejects(queued, { code: 'ERR_TASK_ABORTED' });
      await until(() => board.logged().length === 2, 'the handler has seen its signal');
      assert.equal(board.counter(RUNS), 0);
    });
  });

  it('timeoutMs and startWithinMs are real time', async () => {
    await withSeeds({ workers: 1 }, async (engine) => {
      const stuck = engine.run('pause', 0, { timeoutMs: 20 });
      const late = engine.run('squared', 1, { startWithinMs: 5 });
      await assert.rejects(within(late, 'the deadline'), { code: 'ERR_DEADLINE' });
      await assert.rejects(within(stuck, 'the timeout'), { code: 'ERR_TASK_TIMEOUT' });
    });
  });

  it('timeoutMs of nested tasks, too, with a slot or without', async () => {
    for (const capacity of [1, 64]) {
      await withEngine({ capacity, workers: 2, deterministic: { seed: 3 } }, async (engine) => {
        const outcome = (await within(
          engine.run('inline', { task: 'never', input: 3, timeoutMs: 10 }),
          'the timeout',
        )) as { code: string };
        assert.equal(outcome.code, 'ERR_TASK_TIMEOUT');
      });
    }
  });

  it('a close without drain cancels what is queued and what listens', async () => {
    await withSeeds({ workers: 1 }, async (engine, board) => {
      const running = engine.run('untilSignal').catch((error: unknown) => error);
      const queued = engine.run('count').catch((error: unknown) => error);
      await until(() => board.logged().length === 1, 'the handler runs');
      const report = await within(engine.close({ drain: false }), 'close()');
      assert.deepEqual(report, { completed: 1, failed: 0, cancelled: 1, timedOut: 0, lost: 0, forced: true });
      assert.equal(await running, undefined);
      assert.equal(Reflect.get((await queued) as object, 'code'), 'ERR_CLOSED');
      assert.deepEqual(board.logged(), [0, 1]);
      await assert.rejects(engine.run('count'), { code: 'ERR_CLOSED' });
    });
  });

  it('a close without drain abandons a handler that goes on; what it returns later is dropped', async () => {
    await withSeeds({ workers: 2 }, async (engine, board) => {
      const stuck = engine.run('pause', 0);
      stuck.catch(() => undefined);
      await board.arrived(0);
      const report = await within(engine.close({ drain: false }), 'close()');
      assert.deepEqual([report.forced, report.cancelled], [true, 1]);
      await assert.rejects(stuck, { code: 'ERR_CLOSED' });
      const { running, failed } = engine.stats();
      board.open(0);
      await turn();
      assert.deepEqual([engine.stats().running, engine.stats().failed], [running, failed]);
    });
  });

  it('a draining close runs everything first, nested tasks as well', async () => {
    await withSeeds({}, async (engine) => {
      const tree = engine.run('tree', { depth: 3, width: 2 });
      const [first, second] = await Promise.all([engine.close(), engine.close()]);
      assert.equal(first, second);
      assert.deepEqual([await tree, first.completed, first.forced], [15, 1, false]);
    });
  });

  it('drain() takes no turn of the event loop where nothing waits for one', async () => {
    await withSeeds({}, async (engine) => {
      await engine.run('scatter', { task: 'tree', inputs: new Array(4).fill({ depth: 3, width: 2 }) });
      let turned = false;
      const word = new Int32Array(new SharedArrayBuffer(4));
      void Promise.resolve(Atomics.waitAsync(word, 0, 0).value).then(() => {
        turned = true;
      });
      Atomics.notify(word, 0); // which is heard in the next turn
      await engine.drain();
      assert.equal(turned, false);
      assert.equal(engine.stats().running, 0);
    });
  });

  it('drain() waits for nested tasks that nobody awaits', async () => {
    await withSeeds({}, async (engine, board) => {
      await engine.run('scatter', { task: 'pause', inputs: [0, 1] });
      await board.arrived(0);
      let drained = false;
      const drain = engine.drain().then(() => {
        drained = true;
      });
      board.open(0);
      await board.arrived(1);
      assert.equal(drained, false);
      board.open(1);
      await within(drain, 'drain()');
    });
  });
});
