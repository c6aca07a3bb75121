import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { describe } from 'node:test';
import { Priority } from '../../src/client/run-options.ts';
import { KERNELS, withEngine } from '../support/engines.ts';
import { QUICK } from '../support/quick.ts';
import { it } from '../support/rerun.ts';
import { RUNS } from '../support/tasks.ts';
import { notIsolated } from '../support/isolation.ts';
import { DEADLINE_MS, until, within } from '../support/until.ts';

const INPUTS = Array.from({ length: 3000 }, (_, x) => x);
const SQUARES = INPUTS.map((x) => x * x);

describe('runMany', () => {
  it('gives results in the order of the inputs, however many slots there are', async () => {
    for (const capacity of [1, 64, 65_536]) {
      await withEngine({ workers: 2, capacity }, async (engine) => {
        assert.deepEqual(await within(engine.runMany('squared', INPUTS), 'all'), SQUARES);
      });
    }
  });

  it('takes generators, payloads, a mixture, and nothing at all', async () => {
    await withEngine({}, async (engine) => {
      const some = function* (): Generator<number> {
        yield* [3, 4, 5];
      };
      assert.deepEqual(await engine.runMany('squared', some()), [9, 16, 25]);
      assert.deepEqual(await engine.runMany('sum', [[1, 2], [], [3]]), [3, 0, 3]);
      const mixture = [1, 'two', 3, { four: 4 }, 5, null, 7];
      assert.deepEqual(await engine.runMany('echo', mixture), mixture);
      assert.deepEqual(await engine.runMany('squared', []), []);
    });
  });

  it('runs kernels', async () => {
    await withEngine<Record<string, (input?: unknown) => unknown>>({ kernels: KERNELS }, async (engine) => {
      assert.deepEqual(await engine.runMany('square', INPUTS), SQUARES);
      assert.deepEqual(await engine.runMany('sumBytes', ['a', 'b']), [97, 98]);
    });
  });

  it('may be called, as any other way to submit, by a getter of its inputs', async () => {
    await withEngine({ workers: 2, capacity: 256 }, async (engine) => {
      const inner: Promise<unknown>[] = [];
      const inputs = Array.from({ length: 200 }, (_, index) => ({
        index,
        get doubled(): number {
          if (index % 4 === 0) inner.push(engine.run('echo', index));
          if (index % 4 === 1) inner.push(engine.run('echo', [index], { priority: Priority.Critical }));
          if (index % 4 === 2) inner.push(engine.runMany('echo', [1, { index }, 3], { priority: Priority.Low }));
          return 2 * index;
        },
      }));
      const expected = inputs.map(({ index }) => ({ index, doubled: 2 * index }));
      assert.deepEqual(await within(engine.runMany('echo', inputs), 'the outer tasks'), expected);
      const results = await within(Promise.all(inner), 'the inner tasks');
      assert.deepEqual(results.slice(0, 3), [0, [1], [1, { index: 2 }, 3]]);
      await engine.drain();
      const { submitted, completed } = engine.stats();
      assert.equal(completed, submitted);
    });
  });

  it('takes any number, and any result of one', async () => {
    await withEngine({}, async (engine) => {
      const numbers = [0, -0, 0.1, -1e300, NaN, Infinity, 2 ** 53, 7];
      assert.deepEqual(await engine.runMany('echo', numbers), numbers);
      const blocks = await engine.runMany('giveBytes', [3, 0, 20_000]);
      assert.deepEqual(
        blocks.map((bytes) => bytes.length),
        [3, 0, 20_000],
      );
    });
  });

  it('several at once, and others beside them, get their own results', async () => {
    await withEngine({ workers: 2, capacity: 4096 }, async (engine) => {
      for (let round = 0; round < 5; ++round) {
        const [squares, same, urgent, one] = await within(
          Promise.all([
            engine.runMany('squared', INPUTS),
            engine.runMany('echo', INPUTS),
            engine.runMany('squared', INPUTS, { priority: Priority.Critical }),
            engine.run('squared', round),
          ]),
          'all',
        );
        assert.deepEqual(squares, SQUARES);
        assert.deepEqual(same, INPUTS);
        assert.deepEqual(urgent, SQUARES);
        assert.equal(one, round * round);
      }
    });
  });

  it('the first number that fails rejects it; the others are cancelled and give their slots back', async () => {
    for (const capacity of [64, 65_536]) {
      await withEngine({ capacity }, async (engine, board) => {
        for (let round = 0; round < 3; ++round) {
          const gate = engine.run('block', round);
          await board.arrived(round);
          const many = engine.runMany('fail' as 'squared', INPUTS);
          const beside = engine.runMany('squared', INPUTS);
          board.open(round);
          await assert.rejects(within(many, 'runMany'), { code: 'ERR_TASK_FAILED', message: /: 0$/ });
          assert.deepEqual(await within(beside, 'the one beside it'), SQUARES);
          await gate;
        }
        await engine.drain();
        const { submitted, completed, failed, cancelled, queued, running } = engine.stats();
        assert.deepEqual([queued, running], [0, 0]);
        assert.ok(failed >= 3 && cancelled > 0, `${String(failed)} failed, ${String(cancelled)} were cancelled`);
        assert.equal(submitted, completed + failed + cancelled);
      });
    }
  });

  it('a forced close cancels the numbers that wait, wherever they do', async () => {
    await withEngine({ capacity: 64 }, async (engine, board) => {
      const many = assert.rejects(engine.runMany('block', [0, ...INPUTS.map(() => 1)]), { code: 'ERR_CLOSED' });
      await board.arrived(0);
      const closing = engine.close({ drain: false });
      await within(many, 'runMany');
      board.open(0);
      await within(closing, 'close()');
      const { submitted, completed, failed, cancelled } = engine.stats();
      assert.equal(submitted, INPUTS.length + 1);
      assert.equal(submitted, completed + failed + cancelled);
    });
  });

  it('runs none of them when an input cannot be shared', async () => {
    await withEngine({}, async (engine, board) => {
      const inputs = [1, { two: 2 }, () => 3];
      await assert.rejects(engine.runMany('count', inputs as never), { code: 'ERR_NOT_SHAREABLE' });
      await engine.drain();
      assert.equal(board.counter(RUNS), 0);
      assert.equal(await engine.run('count'), 0); // the first one
    });
  });

  it('the first failure rejects it and cancels the rest', async () => {
    await withEngine({}, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const many = engine.runMany(
        'failAt',
        INPUTS.map((at) => ({ at, bad: 2 })),
      );
      board.open(0);
      await assert.rejects(within(many, 'runMany'), { code: 'ERR_TASK_FAILED', message: /item 2/ });
      await gate;
      await engine.drain();
      const { submitted, completed, failed, cancelled } = engine.stats();
      assert.equal(failed, 1);
      assert.equal(submitted, completed + failed + cancelled);
      assert.ok(cancelled > 0);
    });
  });

  it(
    'submits no more after a failure that it hears of meanwhile',
    { skip: notIsolated('outcomes of a process come with the event loop only') },
    async () => {
      await withEngine({ capacity: 2 }, async (engine) => {
        let read = 0;
        const inputs = INPUTS.map((position) => ({
          bad: 0,
          get at(): number {
            read += 1;
            if (position === 2) {
              const deadline = performance.now() + DEADLINE_MS;
              while (engine.stats().queued + engine.stats().running > 0) assert.ok(performance.now() < deadline);
            }
            return position;
          },
        }));
        await assert.rejects(within(engine.runMany('failAt', inputs), 'runMany'), { message: /item 0/ });
        assert.ok(read < 10, `${String(read)} inputs were encoded`);
        await within(engine.drain(), 'drain()');
        const { submitted, completed, failed, cancelled } = engine.stats();
        assert.equal(submitted, read);
        assert.equal(submitted, completed + failed + cancelled);
      });
    },
  );

  it('a getter of an input that aborts its signal rejects it, and what comes after is not submitted', async () => {
    await withEngine({}, async (engine) => {
      const controller = new AbortController();
      const aborting = {
        get two(): number {
          controller.abort('enough');
          return 2;
        },
      };
      const many = engine.runMany('echo', [{ one: 1 }, aborting, { three: 3 }], { signal: controller.signal });
      await assert.rejects(within(many, 'runMany'), { code: 'ERR_TASK_ABORTED', cause: 'enough' });
      assert.equal(engine.stats().submitted, 1);
    });
  });

  it(
    'what has ended when it fails is not cancelled: its slot may be that of another task',
    { skip: notIsolated('its inputs and outcomes pass a thread of their own') },
    async () => {
      for (const capacity of [64, 256]) {
        await withEngine({ workers: 3, concurrency: 4, capacity }, async (engine, board) => {
          const inputs = Array.from({ length: 24 }, (_, at) => ({ at, length: 200_000 }));
          for (let round = 0; round < (QUICK ? 3 : 12); ++round) {
            const most = board.counter(RUNS) + 20 * inputs.length;
            const flood = engine.run('flood', most);
            while (board.counter(RUNS) < most) {
              const runs = board.counter(RUNS) + inputs.length;
              const many = engine.runMany('failFirst', inputs);
              // This thread takes no completion out before all are there, or as many as find a place.
              for (let looks = 0; looks < 50_000 && board.counter(RUNS) < runs; ++looks);
              await assert.rejects(many, { code: 'ERR_TASK_FAILED' });
            }
            assert.equal(await within(flood, 'nested tasks of somebody else'), true);
          }
        });
      }
    },
  );

  it(
    'what has ended when it fails is not waited for: no timer would end a worker for it',
    { skip: notIsolated('outcomes of a process come with the event loop only') },
    async () => {
      await withEngine({}, async (engine) => {
        const many = engine.runMany('fail' as 'squared', INPUTS);
        await Promise.resolve(); // it is submitted
        const deadline = performance.now() + DEADLINE_MS;
        while (engine.stats().queued + engine.stats().running > 0) assert.ok(performance.now() < deadline);
        let timers = 0;
        const hook = createHook({
          init: (_id, type) => {
            if (type === 'Timeout') timers += 1;
          },
        }).enable();
        await assert.rejects(many, { code: 'ERR_TASK_FAILED' });
        hook.disable();
        assert.ok(timers < 10, `${String(timers)} timers for ${String(INPUTS.length)} tasks`);
      });
    },
  );

  it('its signal and limits hold for each task', async () => {
    await withEngine({}, async (engine, board) => {
      const controller = new AbortController();
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const inputs = Array.from({ length: 100 }, () => undefined);
      const many = engine.runMany('count', inputs as never, { signal: controller.signal });
      controller.abort();
      await assert.rejects(within(many, 'runMany'), { name: 'AbortError' });
      const late = engine.runMany('count', inputs as never, { startWithinMs: 1 });
      await assert.rejects(within(late, 'runMany'), { code: 'ERR_DEADLINE' });
      board.open(0);
      await gate;
      await until(() => engine.stats().running === 0, 'rest');
      assert.equal(board.counter(RUNS), 0);
    });
  });

  it('rejects what cannot be run, and runs nothing of it', async () => {
    await withEngine({}, async (engine) => {
      await assert.rejects(engine.runMany('squared', 5 as never), { code: 'ERR_INVALID_OPTION' });
      await assert.rejects(engine.runMany('nobody' as 'squared', [1]), { code: 'ERR_UNKNOWN_TASK' });
      await assert.rejects(engine.runMany('echo', [1, () => 2, 3]), { code: 'ERR_NOT_SHAREABLE' });
      const source = (function* (): Generator<number> {
        yield 1;
        throw new RangeError('source');
      })();
      await assert.rejects(engine.runMany('squared', source), { message: 'source' });
      await engine.close();
      await assert.rejects(engine.runMany('squared', [1]), { code: 'ERR_CLOSED' });
    });
  });
});
