import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEngine } from '../../src/index.ts';
import { withEngine } from '../support/engines.ts';
import { SETUPS, TEARDOWNS } from '../support/tasks.ts';
import { turn, within } from '../support/until.ts';

type Counted = Record<string, (input?: unknown) => unknown>;

const NOTHING = { completed: 0, failed: 0, cancelled: 0, timedOut: 0, lost: 0 };

function moduleOf(source: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

describe('setup and teardown', () => {
  it('run once per worker, with workerData, before any task and after the last', async () => {
    await withEngine({ workers: 3 }, async (engine, board) => {
      assert.equal(board.counter(SETUPS), 3); // asynchronous, and awaited
      await engine.runMany('squared', [1, 2, 3]);
      assert.equal(board.counter(TEARDOWNS), 0);
      await engine.close();
      assert.deepEqual([board.counter(SETUPS), board.counter(TEARDOWNS)], [3, 3]);
    });
  });

  it('run again on the worker that replaces a lost one', async () => {
    await withEngine({}, async (engine, board) => {
      await assert.rejects(engine.run('exit', 1));
      await within(engine.run('squared', 1), 'a task of the replacement');
      assert.equal(board.counter(SETUPS), 2);
    });
  });

  it('a setup that throws or rejects is ERR_MODULE_LOAD with its cause', async () => {
    for (const setup of [
      'function setup() { throw new Error("no database") }',
      'async function setup() { throw new Error("no database") }',
    ]) {
      const tasks = moduleOf(`export ${setup}; export const task = () => 1;`);
      await assert.rejects(within(createEngine({ tasks, workers: 2 }), 'the refusal'), (error: Error) => {
        assert.match(error.message, /setup\(\).*no database/);
        assert.equal('code' in error && error.code, 'ERR_MODULE_LOAD');
        assert.ok(error.cause instanceof Error && error.cause.message === 'no database');
        return true;
      });
    }
  });

  it("a teardown that throws is a 'taskError'; close ends all the same", async () => {
    const tasks = moduleOf(
      'export async function teardown() { throw new Error("still open") }; export const task = () => 1;',
    );
    const engine = await createEngine<Counted>({ tasks, workers: 1 });
    const errors: unknown[] = [];
    engine.on('taskError', (event) => errors.push(event));
    const report = await within(engine.close(), 'close()');
    assert.equal(report.forced, false);
    assert.equal(errors.length, 1);
    assert.match(String((errors[0] as { error: unknown }).error), /still open/);
  });

  it('a teardown that never settles is cut off: some time after timeoutMs, or after a forced close', async () => {
    const tasks = moduleOf('export const teardown = () => new Promise(() => {}); export const task = () => 1;');
    const patient = await createEngine<Counted>({ tasks, workers: 2 });
    assert.deepEqual(await within(patient.close({ timeoutMs: 1 }), 'close()'), { ...NOTHING, forced: true });
    const forced = await createEngine<Counted>({ tasks, workers: 1 });
    const draining = forced.close();
    await turn();
    assert.equal((await within(forced.close({ drain: false }), 'close()')).forced, true);
    assert.equal((await draining).forced, true);
  });
});

describe('currentContext', () => {
  it('gives the context of the handler that runs, across awaits and nested tasks', async () => {
    const context = new URL('../../src/worker/context.js', import.meta.url).href;
    const tasks = moduleOf(`
      import { currentContext } from ${JSON.stringify(context)};
      export const same = (_, context) => currentContext() === context;
      export async function later(_, context) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return currentContext() === context;
      }
      export const nested = (name) => currentContext().run(name);
      export const outside = () => new Promise((resolve) => resolve(typeof currentContext));
    `);
    const engine = await createEngine<Counted>({ tasks, workers: 1, concurrency: 4 });
    const results = await within(
      Promise.all([
        engine.run('same'),
        engine.run('later'),
        engine.run('later'),
        engine.run('nested', 'later'),
        engine.run('nested', 'same'),
      ]),
      'the handlers',
    );
    assert.deepEqual(results, [true, true, true, true, true]);
    await engine.close();
  });
});
