import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { KERNELS, TASKS, withEngine } from '../support/engines.ts';
import { it } from '../support/rerun.ts';
import { MOST_IN_FLIGHT, RUNS } from '../support/tasks.ts';
import { turn, until, within } from '../support/until.ts';

describe('nested tasks', () => {
  it('three deep, 100 roots, one worker, concurrency 1, capacity 64', async () => {
    await withEngine({ capacity: 64 }, async (engine) => {
      const roots = Array.from({ length: 100 }, () => engine.run('tree', { depth: 3, width: 2 }));
      assert.deepEqual(new Set(await within(Promise.all(roots), 'all trees')), new Set([15]));
    });
  });

  for (const capacity of [1, 2, 3, 4]) {
    it(`finish in ${String(capacity)} slots`, async () => {
      for (const workers of [1, 2]) {
        await withEngine({ capacity, workers }, async (engine) => {
          const roots = Array.from({ length: 12 }, () => engine.run('tree', { depth: 3, width: 3 }));
          assert.deepEqual(new Set(await within(Promise.all(roots), 'all trees')), new Set([40]));
        });
      }
    });
  }

  it('spread over several workers and places', async () => {
    await withEngine({ workers: 3, concurrency: 4 }, async (engine) => {
      const roots = Array.from({ length: 60 }, () => engine.run('tree', { depth: 3, width: 4 }));
      assert.deepEqual(new Set(await within(Promise.all(roots), 'all trees')), new Set([85]));
    });
  });

  it('may be kernels, with and without a free slot', async () => {
    for (const capacity of [1, 2, 1024]) {
      await withEngine({ capacity, kernels: KERNELS, tasks: TASKS }, async (engine) => {
        const squares = Array.from({ length: 20 }, (_, x) => engine.run('relay', { task: 'square', input: x }));
        assert.deepEqual(
          await within(Promise.all(squares), 'nested kernels'),
          Array.from({ length: 20 }, (_, x) => x * x),
        );
        const bytes = await within(engine.run('relay', { task: 'reverse', input: 'abc' }), 'bytes of a nested kernel');
        assert.deepEqual(bytes, Uint8Array.from(Buffer.from('cba')));
      });
    }
  });

  it('that fail reject in the handler, which fails with the cause', async () => {
    for (const capacity of [1, 64]) {
      await withEngine({ capacity, kernels: KERNELS, tasks: TASKS }, async (engine) => {
        for (const nested of ['fail', 'failLater', 'traps']) {
          const failure = within(engine.run('relay', { task: nested, input: 'deep' }), 'the failure');
          await assert.rejects(failure, { code: 'ERR_TASK_FAILED' });
        }
        await assert.rejects(engine.run('relay', { task: 'nobody', input: 0 }), /nobody/);
        assert.equal(await engine.run('squared', 2), 4);
      });
    }
  });

  const failures: readonly { readonly task: string; readonly input: unknown }[] = [
    { task: 'fail', input: 'deep' },
    { task: 'failLater', input: 'later' },
    { task: 'failOddly', input: { odd: [1] } },
    { task: 'failOddly', input: 'text' },
    { task: 'giveFunction', input: null },
    { task: 'giveBytes', input: (16 << 20) + 1 },
    { task: 'relay', input: { task: 'nobody', input: 0 } },
    { task: 'relay', input: { task: 'fail', input: 'deeper' } },
    { task: 'fails', input: 7 },
    { task: 'traps', input: 0 },
  ];
  for (const { task, input } of failures) {
    it(`fail alike with and without a free slot: ${task} ${JSON.stringify(input)}`, async () => {
      const outcomes: unknown[] = [];
      for (const capacity of [1, 64]) {
        await withEngine({ capacity, concurrency: 4, kernels: KERNELS, tasks: TASKS }, async (engine) => {
          outcomes.push(await within(engine.run('inline', { task, input }), 'the failure'));
        });
      }
      const [inline, slot] = outcomes as [Record<string, unknown>, unknown];
      assert.equal(inline['class'], 'WorkStealingError');
      assert.deepEqual(inline, slot);
    });
  }

  for (const abort of ['before', 'later'] as const) {
    it(`abort ${abort}, with and without a free slot`, async () => {
      const outcomes: unknown[] = [];
      for (const capacity of [1, 64]) {
        await withEngine({ capacity }, async (engine, board) => {
          outcomes.push(await within(engine.run('inline', { task: 'untilSignal', abort }), 'the abort'));
          const started = abort === 'later' && capacity === 1;
          if (started) await until(() => board.logged().includes(1), 'the handler to hear its signal');
          assert.equal(board.logged().includes(0), started);
          assert.equal(await engine.run('squared', 2), 4);
        });
      }
      const [inline, queued] = outcomes;
      const { code, name, cause } = inline as Record<string, unknown>;
      assert.deepEqual(
        { code, name, cause },
        { code: 'ERR_TASK_ABORTED', name: 'AbortError', cause: { thrown: 'enough' } },
      );
      assert.deepEqual(inline, queued);
    });
  }

  it('have their time limits, with and without a free slot', async () => {
    for (const capacity of [1, 64]) {
      await withEngine({ capacity, concurrency: 3 }, async (engine, board) => {
        const outcome = engine.run('inline', { task: 'untilSignal', timeoutMs: 1 });
        const { code, timeoutMs } = (await within(outcome, 'the timeout')) as Record<string, unknown>;
        assert.deepEqual({ code, timeoutMs }, { code: 'ERR_TASK_TIMEOUT', timeoutMs: 1 });
        await until(() => board.logged().includes(1), 'the handler to hear its signal');
      });
    }
  });

  it('nobody waits for are run all the same', async () => {
    await withEngine({}, async (engine, board) => {
      await engine.run('scatter', { task: 'count', inputs: Array.from({ length: 50 }, () => undefined) });
      await within(engine.drain(), 'the nested tasks');
      assert.equal(board.counter(RUNS), 50);
    });
  });

  it('nobody waits for are run before a draining close ends', async () => {
    for (const workers of [1, 2]) {
      await withEngine({ workers }, async (engine, board) => {
        const inputs = Array.from({ length: 50 }, () => ({ task: 'count', inputs: [0, 0] }));
        const root = engine.run('scatter', { task: 'scatter', inputs });
        const closed = engine.close();
        await root;
        await within(closed, 'the engine to close');
        assert.equal(board.counter(RUNS), 100);
      });
    }
  });

  it('nobody waits for are waited for by drain() and close() when they run inline', async () => {
    await withEngine({ capacity: 1 }, async (engine, board) => {
      const endings: (() => Promise<unknown>)[] = [() => engine.drain(), () => engine.close()];
      for (const [round, ending] of endings.entries()) {
        const [first, inline] = [2 * round, 2 * round + 1];
        await engine.run('scatter', { task: 'pause', inputs: [first, inline] });
        await Promise.all([board.arrived(first), board.arrived(inline)]);
        const order: string[] = [];
        const ended = ending().then(() => order.push('ended'));
        board.open(first);
        await until(() => engine.stats().workers[0]?.executed === 2 * round + 2, 'the task in the spare slot to end');
        await turn();
        await turn();
        order.push('opened');
        board.open(inline);
        await within(ended, 'the engine to come to rest');
        assert.deepEqual(order, ['opened', 'ended']);
      }
    });
  });

  it('nobody waits for lend no place: concurrency stays what it is', async () => {
    await withEngine({}, async (engine, board) => {
      const inputs = [0, 0, 0, 0, 0];
      await engine.run('scatter', { task: 'pauseTogether', inputs });
      await board.arrived(0);
      const behind = engine.run('squared', 3);
      board.open(0);
      await within(engine.drain(), 'the nested tasks');
      assert.equal(await behind, 9);
      assert.equal(board.counter(MOST_IN_FLIGHT), 1);
    });
  });

  it('run while their parent waits though all places are taken, other tasks do not', async () => {
    await withEngine({}, async (engine, board) => {
      const parent = engine.run('relay', { task: 'pause', input: 0 });
      await board.arrived(0);
      const other = engine.run('note', 2);
      board.open(0);
      assert.equal(await within(parent, 'the parent'), 0);
      assert.equal(await other, 2);
    });
  });
});
