import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe } from 'node:test';
import { WorkStealingError } from '../../src/index.ts';
import { withEngine } from '../support/engines.ts';
import { notIsolated } from '../support/isolation.ts';
import { it } from '../support/rerun.ts';
import { within } from '../support/until.ts';
import { taskModule } from './bad-input.ts';

const LOST = { code: 'ERR_WORKER_LOST' };

describe('a lost worker', () => {
  it('rejects its task, tells so, is replaced; the engine goes on', async () => {
    await withEngine({}, async (engine) => {
      const lost = once(engine, 'workerLost');
      const started = once(engine, 'workerStarted');
      await assert.rejects(within(engine.run('exit', 7), 'the lost task'), { ...LOST, worker: 0 });
      const [event] = (await within(lost, "'workerLost'")) as unknown[];
      assert.deepEqual(event, { worker: 0, node: 0, exitCode: 7, cause: undefined });
      const [replacement] = (await within(started, "'workerStarted'")) as [Record<string, unknown>];
      assert.equal(replacement['worker'], 0);
      assert.equal(typeof replacement['threadId'], 'number');
      assert.equal(await within(engine.run('squared', 5), 'the next task'), 25);
      const { lost: lostTasks, submitted, completed, running } = engine.stats();
      assert.deepEqual(
        { lostTasks, submitted, completed, running },
        { lostTasks: 1, submitted: 2, completed: 1, running: 0 },
      );
    });
  });

  it('what was queued behind it is run by its replacement', async () => {
    await withEngine({}, async (engine) => {
      const lost = engine.run('exit', 1);
      const others = Array.from({ length: 50 }, (_, x) => engine.run('squared', x));
      await assert.rejects(lost, LOST);
      assert.deepEqual(
        await within(Promise.all(others), 'the tasks behind it'),
        Array.from({ length: 50 }, (_, x) => x * x),
      );
    });
  });

  it('takes only its own tasks with it', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      const other = engine.run('block', 0);
      await board.arrived(0);
      await assert.rejects(within(engine.run('exit', 0), 'the lost task'), LOST);
      board.open(0);
      assert.equal(await other, 0);
    });
  });

  it('rejects a task in a spare slot', async () => {
    await withEngine({ capacity: 1 }, async (engine) => {
      const kept = engine.submitTask(engine.taskType('squared'), 2);
      await engine.drain();
      await assert.rejects(within(engine.run('exit', 1), 'the lost task'), LOST);
      assert.equal(await engine.wait(kept), 4);
      assert.equal(await within(engine.run('squared', 3), 'the next task'), 9);
    });
  });

  it('passes on a broadcast that it had taken out of its mailbox', async () => {
    await withEngine({}, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const lost = engine.broadcast('exit', 1);
      const next = engine.broadcast('whichWorker');
      board.open(0);
      await gate;
      await assert.rejects(within(lost, 'the lost task'), LOST);
      assert.deepEqual(await within(next, 'the broadcast behind it'), [0]);
    });
  });

  it('with nested tasks pending: drain and close end all the same', async () => {
    await withEngine({}, async (engine) => {
      await assert.rejects(within(engine.run('relay', { task: 'exit', input: 1 }), 'the parent'), LOST);
      await within(engine.drain(), 'drain()');
      assert.equal(await within(engine.run('relay', { task: 'squared', input: 3 }), 'a nested task'), 9);
      await within(engine.close(), 'close()');
    });
  });

  it('leaves completions behind that its replacement does not take for its own', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      const lost = engine.run('exitWhileNested', 0); // its nested task blocks the other worker
      await Promise.all([board.arrived(0), board.arrived(1)]);
      const replaced = once(engine, 'workerStarted');
      board.open(1);
      await assert.rejects(within(lost, 'the parent'), LOST);
      await within(replaced, 'the replacement');
      board.open(0);
      for (let round = 0; round < 20; ++round) {
        const trees = Array.from({ length: 8 }, () => engine.run('tree', { depth: 2, width: 3 }));
        assert.deepEqual(new Set(await within(Promise.all(trees), 'nested tasks of the replacement')), new Set([13]));
      }
      await within(engine.drain(), 'drain()');
    });
  });
});

describe('a worker whose loop fails after it was ready', () => {
  it('is lost as any other, with the error as the cause; what waits is run by its replacement', async () => {
    const tasks = taskModule("Atomics.waitAsync = () => { throw new RangeError('nothing to wait for'); };");
    await withEngine<Record<string, (value: number) => number>>({ tasks }, async (engine) => {
      const [event] = (await within(once(engine, 'workerLost'), "'workerLost'")) as [{ cause: unknown }];
      assert.match(String(event.cause), /RangeError: nothing to wait for/);
      assert.equal(await within(engine.run('echo', 5), 'the task'), 5);
    });
  });

  for (const [when, breaks] of [
    ['in a later turn', '() => { spoil(); return "text"; }'],
    ['when the promise of a handler settles', 'async () => { spoil(); return "text"; }'],
  ] as const) {
    it(`${when}, though its module catches what is uncaught: the same`, async () => {
      const tasks = taskModule(`
        const { write } = Buffer.prototype;
        const spoil = () => {
          Buffer.prototype.write = () => {
            Buffer.prototype.write = write;
            throw new RangeError('nothing can be written');
          };
        };
        process.on('uncaughtException', () => undefined);
        export const later = () => new Promise((resolve) => setImmediate(resolve, 1));
        export const breaks = ${breaks};`);
      await withEngine<Record<string, (value: number) => number>>({ tasks }, async (engine) => {
        await within(engine.run('later', 0), 'a task that ends in a later turn');
        const error: unknown = await within(engine.run('breaks', 0), 'the lost task').catch(
          (reason: unknown) => reason,
        );
        assert.ok(error instanceof WorkStealingError && error.code === LOST.code, String(error));
        assert.match(String(error.cause), /RangeError: nothing can be written/);
        assert.equal(await within(engine.run('echo', 5), 'the next task'), 5);
      });
    });
  }
});

describe(
  'a replacement that Node refuses to start',
  { skip: notIsolated('a process has its own copy of workerData') },
  () => {
    const spoil = (data: Record<string, unknown>): void => {
      data['function'] = () => 0; // no thread can be given that
    };

    it('is tried again: the engine goes on once Node takes it', async () => {
      const data: Record<string, unknown> = {};
      await withEngine({ workerData: data }, async (engine) => {
        spoil(data);
        const refused = new Promise<{ cause: unknown }>((resolve) => {
          engine.on('workerLost', (event) => {
            if (event.cause !== undefined) resolve(event);
          });
        });
        const queued = [assert.rejects(engine.run('exit', 1), LOST), engine.run('squared', 5)] as const;
        assert.match(String((await within(refused, 'the refusal')).cause), /expected workerData .*could not be cloned/);
        delete data['function'];
        await within(queued[0], 'the lost task');
        assert.equal(await within(queued[1], 'the task behind it'), 25);
      });
    });

    it('five times: the engine gives up with the reason', async () => {
      const data: Record<string, unknown> = {};
      await withEngine({ workerData: data }, async (engine) => {
        spoil(data);
        const failure = once(engine, 'error');
        const queued = [engine.run('exit', 1), engine.run('squared', 5)];
        for (const lost of queued) await assert.rejects(within(lost, 'a lost task'), LOST);
        const [error] = (await within(failure, "'error'")) as [Error];
        assert.match(error.message, /5 workers in a row .*could not be cloned.* gives up/);
      });
    });
  },
);
