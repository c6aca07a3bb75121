import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Priority } from '../../src/index.ts';
import { ProcessScheduler } from '../../src/node-process/process-scheduler.ts';
import { WorkStealingScheduler } from '../../src/scheduler/scheduler.ts';
import { AttachedThread } from '../support/attached-thread.ts';
import type { Board } from '../support/board.ts';
import { type TestEngine, withEngine } from '../support/engines.ts';
import { isIsolated, notIsolated } from '../support/isolation.ts';
import { MemoryTree } from '../support/memory-tree.ts';
import { until, within } from '../support/until.ts';

const LOW = { priority: Priority.Low };
const EXHAUSTED = { code: 'ERR_RESOURCE_EXHAUSTED' };
/** So that only the test's own looks change anything: readings are taken as fast as the event loop turns. */
const LOOK_EVERY_MS = 1;

type Use = (engine: TestEngine, tree: MemoryTree, board: Board) => Promise<void>;

/** The engine watches while it has a task: one that waits before this gate. */
const BUSY = 14;

/** Tasks that were let go of keep their slots until a worker comes by, which may be after the next round has begun. */
const ROOM_FOR_BOTH = 16;

/** One worker and room for eight tasks, of which one is there already; the machine's memory is what the tree says. */
async function underWatch(use: Use, capacity = 8): Promise<void> {
  const tree = new MemoryTree();
  const machine = { root: tree.root, lookEveryMs: LOOK_EVERY_MS };
  const start = isIsolated() ? ProcessScheduler : WorkStealingScheduler;
  try {
    await withEngine(
      { capacity, concurrency: 2 },
      async (engine, board) => {
        const busy = engine.run('pause', BUSY);
        await board.arrived(BUSY);
        await use(engine, tree, board);
        board.open(BUSY);
        await within(busy, 'the task that keeps it busy');
      },
      (options) => start.startOn(machine, options),
    );
  } finally {
    tree.remove();
  }
}

async function step(engine: TestEngine, change: () => void): Promise<unknown> {
  const told = once(engine, 'pressure');
  change();
  const [event] = (await within(told, "'pressure'")) as unknown[];
  return event;
}

const use = (engine: TestEngine, tree: MemoryTree, share: number): Promise<unknown> =>
  step(engine, () => {
    tree.use(share);
  });

describe('memory pressure', () => {
  it('refuses Low tasks from shedAt on, all from refuseAt on, and none when it is over', async () => {
    await underWatch(async (engine, tree) => {
      assert.equal(await engine.run('squared', 2, LOW), 4);
      assert.deepEqual(await use(engine, tree, 0.91), {
        resource: 'memory',
        usage: 910_000,
        limit: 1_000_000,
        unit: 'bytes',
        level: 'shed',
      });
      const error = await engine.run('squared', 2, LOW).catch((reason: unknown) => reason as Error);
      assert.ok(error instanceof Error);
      assert.match(
        error.message,
        /^expected memory to be free for a task of priority Low, but 910000 of the 1000000 bytes /,
      );
      const { resource, usage, limit, unit } = error as unknown as Record<string, unknown>;
      assert.deepEqual(
        { resource, usage, limit, unit },
        {
          resource: 'memory',
          usage: 910_000,
          limit: 1_000_000,
          unit: 'bytes',
        },
      );
      assert.equal(await engine.run('squared', 3), 9);

      await use(engine, tree, 0.98);
      await assert.rejects(engine.run('squared', 2, { priority: Priority.Critical }), EXHAUSTED);
      await assert.rejects(engine.runMany('squared', [1, 2]), EXHAUSTED);
      await assert.rejects(engine.broadcast('whichWorker'), EXHAUSTED);
      await assert.rejects(engine.map('squared', [1]).next(), EXHAUSTED);
      assert.throws(() => engine.submitTask(engine.taskType('squared'), 2), EXHAUSTED);
      if (!isIsolated()) assert.throws(() => engine.allocate(8), EXHAUSTED);
      const refused = once(engine, 'taskError');
      engine.post('squared', 2);
      const [{ error: posted }] = (await within(refused, "'taskError'")) as [{ error: unknown }];
      assert.equal((posted as { code: unknown }).code, EXHAUSTED.code);
      assert.equal(engine.stats().submitted, 3, 'what was refused was not submitted');

      assert.equal(((await use(engine, tree, 0.1)) as { level: unknown }).level, 'none');
      assert.equal(await engine.run('squared', 4, LOW), 16);
    });
  });

  it('stalls count as well', async () => {
    await underWatch(async (engine, tree) => {
      const event = await step(engine, () => {
        tree.stall(0.5, 0.1);
      });
      assert.deepEqual(event, { resource: 'stall', usage: 50, limit: 30, unit: 'percent', level: 'shed' });
      await assert.rejects(engine.run('squared', 2, LOW), { ...EXHAUSTED, unit: 'percent', limit: 30 });
      assert.equal(await engine.run('squared', 3), 9);
    });
  });

  it('rejects Low tasks that have not started; all others run', async () => {
    await underWatch(async (engine, tree, board) => {
      const running = engine.run('block', 0, LOW);
      await board.arrived(0);
      // Capacity is 8: some of them have a slot, some wait on the host.
      const low = Array.from({ length: 12 }, (_, x) => engine.run('squared', x, LOW));
      const payloads = Array.from({ length: 4 }, () => engine.run('echo', 'text', LOW));
      const group = engine.runMany('squared', [1, 2, 3], LOW);
      const normal = Array.from({ length: 12 }, (_, x) => engine.run('squared', x));
      const outcomes = Promise.allSettled([...low, ...payloads, group]);
      await use(engine, tree, 0.95);
      if (isIsolated()) board.open(0); // the next ones were released to the child: they run
      const codes = (await within(outcomes, 'the Low tasks')).map((outcome) =>
        outcome.status === 'rejected' ? (outcome.reason as { code: unknown }).code : 'ran',
      );
      const shed = codes.filter((code) => code === EXHAUSTED.code).length;
      if (isIsolated()) assert.ok(shed >= codes.length - 4, codes.join());
      else assert.equal(shed, codes.length);
      board.open(0);
      assert.equal(await within(running, 'the Low task that ran'), 0);
      assert.deepEqual(
        await within(Promise.all(normal), 'the others'),
        Array.from({ length: 12 }, (_, x) => x * x),
      );
      board.open(BUSY);
      await within(engine.drain(), 'drain()');
      const { submitted, completed, failed, cancelled, queued } = engine.stats();
      assert.equal(submitted, completed + failed + cancelled);
      assert.equal(queued, 0);
    });
  });

  it('a kept Low task that was shed tells so', { skip: notIsolated('it was released to the child') }, async () => {
    await underWatch(async (engine, tree, board) => {
      const running = engine.run('block', 0);
      await board.arrived(0);
      const type = engine.taskType('squared');
      const [asked, awaited] = [engine.submitTask(type, 2, Priority.Low), engine.submitTask(type, 3, Priority.Low)];
      const waiting = assert.rejects(engine.wait(awaited), EXHAUSTED);
      await use(engine, tree, 0.92);
      await within(waiting, 'wait()');
      assert.equal(engine.poll(asked), 'cancelled');
      await assert.rejects(engine.wait(asked), EXHAUSTED);
      board.open(0);
      await running;
      await use(engine, tree, 0);
      const many = Array.from({ length: 20 }, (_, x) => engine.run('squared', x, LOW));
      assert.equal((await within(Promise.all(many), 'its slots to come back')).length, 20);
    });
  });

  it('nested tasks of what runs are taken, so that it can end', async () => {
    await underWatch(async (engine, tree, board) => {
      const parent = engine.run('relayBehind', { gate: 0, task: 'squared', input: 5, priority: Priority.Low });
      await board.arrived(0);
      await use(engine, tree, 0.99);
      await assert.rejects(engine.run('squared', 1), EXHAUSTED);
      board.open(0);
      assert.equal(await within(parent, 'the parent'), 25);
    });
  });

  it(
    'attached threads are refused, whether the host has tasks or not',
    { skip: notIsolated('nobody attaches to a process') },
    async () => {
      await underWatch(async (engine, tree, board) => {
        const thread = await AttachedThread.start(engine.attach());
        try {
          board.open(BUSY);
          await until(() => engine.stats().running === 0, 'the host to have no task');
          await use(engine, tree, 0.99);
          await assert.rejects(thread.ask('run', 'squared', 1), EXHAUSTED);
          await use(engine, tree, 0);
          assert.equal(await thread.ask('run', 'squared', 3), 9);
        } finally {
          await thread.end();
        }
      });
    },
  );

  it(
    'attached threads let go of their Low tasks that have not started; all others run',
    { skip: notIsolated('nobody attaches to a process') },
    async () => {
      await underWatch(async (engine, tree, board) => {
        const thread = await AttachedThread.start(engine.attach());
        try {
          for (const [round, share] of [0.92, 0.98].entries()) {
            const gate = engine.run('block', round);
            await board.arrived(round);
            const low = [1, 2, 3].map((x) => assert.rejects(thread.ask('runLow', 'squared', x), EXHAUSTED));
            const normal = thread.ask('run', 'squared', 5);
            await until(() => engine.stats().queued === 4, 'the tasks of the thread to be queued');
            await use(engine, tree, share);
            await within(Promise.all(low), 'the Low tasks');
            await use(engine, tree, 0);
            board.open(round);
            assert.equal(await within(normal, 'the other one'), 25);
            await within(gate, 'the gate');
          }
        } finally {
          await thread.end();
        }
      }, ROOM_FOR_BOTH);
    },
  );

  it('close() ends what is queued as ever, whatever the pressure', async () => {
    await underWatch(async (engine, tree, board) => {
      const running = engine.run('block', 0);
      await board.arrived(0);
      const queued = engine.run('squared', 3);
      await use(engine, tree, 0.99);
      const closing = engine.close();
      board.open(0);
      board.open(BUSY);
      assert.deepEqual(await within(Promise.all([running, queued]), 'both tasks'), [0, 9]);
      const { completed, forced } = await within(closing, 'close()');
      assert.deepEqual({ completed, forced }, { completed: 3, forced: false });
    });
  });
});
