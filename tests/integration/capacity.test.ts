import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ARMED_ALL } from '../../src/abi/codes.ts';
import * as layout from '../../src/abi/layout.ts';
import { Priority } from '../../src/index.ts';
import { AttachedThread } from '../support/attached-thread.ts';
import { type TestEngine, withEngine } from '../support/engines.ts';
import { isIsolated, notIsolated } from '../support/isolation.ts';
import { until, within } from '../support/until.ts';

// docs/protocols/arming.md
function hostSleeps(engine: TestEngine): boolean {
  const words = new Int32Array(engine.attach().source.memory.buffer);
  const block = words[layout.HEADER_SUBMITTER_BLOCKS >>> 2] ?? 0;
  return Atomics.load(words, (block + layout.SUBMITTER_ARMED) >>> 2) === ARMED_ALL;
}

const SYNC = 'outcomes of a process come with the event loop only';
const RELEASED = 'tasks that wait on the host come a moment later than the next one that was released';
const FULL = { code: 'ERR_QUEUE_FULL', capacity: 64 };

describe('capacity and maxQueue', () => {
  it('beyond both, run rejects; slots are kept for Critical', async () => {
    await withEngine({ capacity: 64, maxQueue: 5 }, async (engine, board) => {
      const tasks: Promise<number>[] = [engine.run('block', 0)];
      await board.arrived(0);
      for (let task = 1; task < 60 + 5; ++task) tasks.push(engine.run('note', 2));
      await assert.rejects(engine.run('note', 2), FULL);
      await assert.rejects(engine.run('echo', 'a payload'), FULL);
      await assert.rejects(engine.runMany('note', [2, 2]), FULL);
      const urgent = [0, 0, 0, 0].map((note) => engine.run('note', note, { priority: Priority.Critical }));
      await assert.rejects(engine.run('note', 0, { priority: Priority.Critical }), FULL);
      if (!isIsolated()) assert.equal(engine.stats().queued, 68); // a process reports later what runs
      board.open(0);
      await within(Promise.all([...tasks, ...urgent]), 'what was accepted');
      if (!isIsolated()) assert.deepEqual(board.logged().slice(0, 4), [0, 0, 0, 0]);
      assert.equal(await engine.run('squared', 3), 9);
    });
  });

  it(
    'what waits beyond the capacity is admitted most urgent first, in order',
    { skip: notIsolated(RELEASED) },
    async () => {
      await withEngine({ capacity: 1, starvationInterval: 0 }, async (engine, board) => {
        const gate = engine.run('block', 0);
        await board.arrived(0);
        const notes = [3, 2, 1, 0, 3, 2, 1, 0].map((priority, n) =>
          engine.run('note', priority * 10 + n, { priority: priority as Priority }),
        );
        board.open(0);
        await within(Promise.all([gate, ...notes]), 'all');
        assert.deepEqual(board.logged(), [3, 7, 12, 16, 21, 25, 30, 34]);
      });
    },
  );

  it('a hundred times the capacity, numbers and payloads', async () => {
    await withEngine({ capacity: 16, workers: 2 }, async (engine) => {
      const echoes = Array.from({ length: 1600 }, (_, n) => (n % 2 === 0 ? n : `text ${String(n)}`));
      assert.deepEqual(await within(Promise.all(echoes.map((each) => engine.run('echo', each))), 'all'), echoes);
    });
  });

  it(
    'a thread that submits without a turn of its loop takes completions out itself',
    { skip: notIsolated(SYNC) },
    async () => {
      await withEngine({ capacity: 16 }, async (engine) => {
        const tasks: Promise<number>[] = [];
        for (let batch = 0; batch < 10_000 && engine.stats().completed === 0; ++batch) {
          for (let n = 0; n < 100; ++n) tasks.push(engine.run('squared', tasks.length));
        }
        assert.ok(engine.stats().completed > 0, 'none was taken out');
        const results = await within(Promise.all(tasks), 'all');
        assert.ok(results.every((result, n) => result === n * n));
        assert.equal(engine.stats().completed, tasks.length);
      });
    },
  );

  it('a thread that does so and rests then lets drain() end', { skip: notIsolated(SYNC) }, async () => {
    await withEngine({ capacity: 1 }, async (engine) => {
      const unshareable: Promise<unknown>[] = [];
      const task = engine.run('squared', 3);
      for (let n = 0; n < 1_000_000 && engine.stats().completed === 0; ++n) {
        unshareable.push(engine.run('echo', () => n).catch((error: unknown) => error));
      }
      assert.equal(engine.stats().completed, 1);
      await within(engine.drain(), 'drain()');
      assert.equal(await task, 9);
      for (const error of await Promise.all(unshareable)) {
        assert.equal((error as { code?: unknown }).code, 'ERR_NOT_SHAREABLE');
      }
    });
  });

  it('inputs that do not fit into the pool together wait for room', async () => {
    await withEngine({ memory: { poolBytes: 1 << 20 } }, async (engine) => {
      const bytes = Array.from({ length: 20 }, (_, n) => new Uint8Array(300_000).fill(n));
      const results = await within(Promise.all(bytes.map((each) => engine.run('size', each))), 'all');
      assert.deepEqual(new Set(results), new Set([300_000]));
    });
  });

  const when = 'what waits goes on when all that had slots were aborted before they ran';
  it(when, { skip: notIsolated('no thread attaches to a process') }, async () => {
    await withEngine({ capacity: 4 }, async (engine, board) => {
      const thread = await AttachedThread.start(engine.attach());
      try {
        const blocking = thread.ask('run', 'block', 0);
        await board.arrived(0);
        const controller = new AbortController();
        const aborted = [1, 2, 3].map((note) => engine.run('note', note, { signal: controller.signal }));
        const waiting = [4, 5].map((note) => engine.run('note', note));
        await until(() => hostSleeps(engine), 'the host sleeps: nothing will wake it but the abort');
        controller.abort();
        for (const each of aborted) await assert.rejects(each, { code: 'ERR_TASK_ABORTED' });
        board.open(0);
        assert.deepEqual(await within(Promise.all([...waiting, blocking]), 'what waited'), [4, 5, 0]);
      } finally {
        await thread.end();
      }
    });
  });

  it('an engine of the least size starts', async () => {
    await withEngine({ capacity: 1, memory: { poolBytes: 65536 } }, async (engine) => {
      assert.equal(await engine.run('squared', 3), 9);
    });
  });
});
