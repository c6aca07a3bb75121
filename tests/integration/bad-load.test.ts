import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe } from 'node:test';
import { createEngine } from '../support/create-engine.ts';
import { it } from '../support/rerun.ts';
import { until } from '../support/until.ts';
import { assertBalanced, refused, runScript, speaks, taskModule, temporary, withEngine } from './bad-input.ts';

const tasks = taskModule(`
  import { existsSync } from 'node:fs';
  const nap = new Int32Array(new SharedArrayBuffer(4));
  export const waitFor = (path) => { while (!existsSync(path)) Atomics.wait(nap, 0, 0, 1); return 'done'; };
  export const later = () => new Promise((resolve) => setImmediate(resolve, 'done'));
  export const never = () => new Promise(() => {});
  export const fails = (value) => { throw new Error('no ' + value); };
  export const deep = async (depth, context) => depth === 0 ? 1 : 1 + await context.run('deep', depth - 1);
  export const deepObject = async ({ depth }, context) =>
    depth === 0 ? { sum: 1 } : { sum: 1 + (await context.run('deepObject', { depth: depth - 1 })).sum };
  export const detached = (_, context) => { void context.run('busy').catch(() => {}); return 'started'; };
  export const busy = () => { for (;;); };
  export const hasCancelled = (_, context) => new Promise((resolve) => context.signal.addEventListener('abort', () => resolve('seen')));
`);

void describe('more than fits', () => {
  for (const input of [1, { n: 1 }]) {
    it(`more tasks than capacity (${typeof input}): they wait, and all run`, async () => {
      await withEngine({ tasks, workers: 2, capacity: 4 }, async (engine) => {
        const results = await Promise.all(Array.from({ length: 1000 }, () => engine.run('echo', input)));
        assert.equal(results.length, 1000);
        assert.deepEqual(await engine.runMany('echo', new Array(500).fill(input)), new Array(500).fill(input));
      });
    });
  }

  it('capacity 1, more workers than slots', async () => {
    await withEngine({ tasks, workers: 3, capacity: 1 }, async (engine) => {
      assert.deepEqual(await Promise.all([1, 2, 3, 4].map((n) => engine.run('later', n))), new Array(4).fill('done'));
      assert.equal((await engine.broadcast('later')).length, 3);
    });
  });

  it('maxQueue exceeded: ERR_QUEUE_FULL at once, those that wait still run', async () => {
    await withEngine({ tasks, workers: 1, capacity: 4, maxQueue: 2 }, async (engine) => {
      const go = temporary('go'); // until then no slot comes back
      const promises = Array.from({ length: 20 }, () => engine.run('waitFor', go));
      const all = Promise.allSettled(promises);
      writeFileSync(go, '');
      const rejected = (await all).filter(({ status }) => status === 'rejected').length;
      assert.equal(rejected, 14);
      assert.ok(promises[19] !== undefined);
      const error = await refused(
        promises[19],
        'ERR_QUEUE_FULL',
        'at most 4',
        '2 waiting',
        'raise capacity or maxQueue',
      );
      assert.equal(Reflect.get(error, 'capacity'), 4);
      assert.equal(engine.stats().submitted, 6);
    });
  });

  it('post refused is a taskError, and a listener that throws loses no task', async () => {
    const { code, stdout, stderr } = await runScript(`
      const engine = await createEngine({ tasks: new URL(${JSON.stringify(tasks.href)}), workers: 1 });
      let uncaught = 0;
      process.on('uncaughtException', () => { uncaught += 1; });
      for (const event of ['taskError', 'drain']) engine.on(event, () => { throw new Error('listener'); });
      for (let i = 0; i < 10; ++i) engine.post('fails', i);
      engine.post('nobody');
      const results = await Promise.all(Array.from({ length: 50 }, (_, i) => engine.run('echo', { i })));
      await engine.drain();
      const { failed } = await engine.close();
      console.log(results.length, failed, uncaught >= 11);`);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '50 10 true\n' }, stderr);
  });

  it('post of what is no name is a taskError, whatever it is', async () => {
    await withEngine({ tasks, workers: 1 }, async (engine) => {
      const wrong = [Object.create(null), Symbol('name'), { toString: () => assert.fail('called') }, 5, undefined];
      for (const given of wrong as unknown[]) {
        const posted = once(engine, 'taskError');
        engine.post(given as string);
        const [{ task, error }] = (await posted) as [{ task: string; error: unknown }];
        assert.equal(task, typeof given);
        assert.equal(Reflect.get(error as object, 'code'), 'ERR_INVALID_OPTION');
      }
    });
  });

  it('more workers than CPUs', async () => {
    const workers = availableParallelism() + 4;
    await withEngine({ tasks, workers }, async (engine) => {
      assert.equal(engine.stats().workers.length, workers);
      assert.equal((await engine.broadcast('echo', 1)).length, workers);
      assert.equal((await engine.runMany('echo', new Array(500).fill(1))).length, 500);
    });
  });

  for (const name of ['deep', 'deepObject']) {
    it(`${name}: nested three deep, 100 roots, one worker, concurrency 1, capacity 64`, async () => {
      await withEngine({ tasks, workers: 1, concurrency: 1, capacity: 64 }, async (engine) => {
        const input = name === 'deep' ? 3 : { depth: 3 };
        const results = await Promise.all(Array.from({ length: 100 }, () => engine.run(name, input)));
        assert.deepEqual(results, new Array(100).fill(name === 'deep' ? 4 : { sum: 4 }));
      });
    });
  }
});

void describe('closing', () => {
  for (const drain of [true, false]) {
    it(`10,000 queued tasks, drain ${String(drain)}: each settles once`, async () => {
      const engine = await createEngine({ tasks, workers: 2, capacity: 1024 });
      const settled = new Uint8Array(10_000);
      const promises = Array.from({ length: 10_000 }, (_, i) =>
        engine.run('echo', i % 2 === 0 ? i : { i }).then(
          () => ((settled[i] ?? 0) === 0 ? (settled[i] = 1) : assert.fail('settled twice')),
          (error: unknown) => {
            assert.equal(Reflect.get(error as object, 'code'), 'ERR_CLOSED');
            settled[i] = 2;
          },
        ),
      );
      const report = await engine.close({ drain });
      await Promise.all(promises);
      const completed = settled.filter((how) => how === 1).length;
      assert.deepEqual(
        { ...report },
        { completed, failed: 0, cancelled: 10_000 - completed, timedOut: 0, lost: 0, forced: !drain },
      );
      if (drain) assert.equal(completed, 10_000);
      assertBalanced(engine.stats());
    });
  }

  it('twice, together and afterwards, forced in between: one report', async () => {
    const engine = await createEngine({ tasks, workers: 1 });
    const stuck = engine.run('never');
    const closed = once(engine, 'close');
    const [first, second] = [engine.close(), engine.close()];
    const [a, b, c] = await Promise.all([first, second, engine.close({ drain: false }), refused(stuck, 'ERR_CLOSED')]);
    assert.equal(a, b);
    assert.equal(a, c);
    assert.equal(await engine.close(), a);
    assert.deepEqual(await closed, [a]);
    assert.equal(a.cancelled, 1);
  });

  it('everything after close rejects with ERR_CLOSED and the way out', async () => {
    const engine = await createEngine({ tasks, workers: 1 });
    await engine.close();
    const parts = ['ERR_CLOSED', 'close() was called', 'create another'] as const;
    await refused(engine.run('echo', 1), ...parts);
    await refused(engine.run('echo', {}), ...parts);
    await refused(engine.runMany('echo', [1]), ...parts);
    await refused(engine.broadcast('echo', 1), ...parts);
    await refused(engine.map('echo', [1]).next(), ...parts);
    const posted = once(engine, 'taskError');
    engine.post('echo', 1);
    const [{ task, error }] = (await posted) as [{ task: string; error: unknown }];
    assert.equal(task, 'echo');
    speaks(error, ...parts);
    await engine.drain();
    assert.equal(engine.stats().submitted, 0);
  });

  it('by force while a nested task that nobody awaits never ends', async () => {
    const engine = await createEngine({ tasks, workers: 1 });
    assert.equal(await engine.run('detached'), 'started');
    await until(() => engine.stats().workers[0]?.state === 'running', 'the nested task runs');
    const report = await engine.close({ drain: false });
    assert.equal(report.completed, 1);
    assert.equal(report.forced, true);
  });
});

void describe('signals', () => {
  it('aborted already: AbortError with the reason, nothing is submitted', async () => {
    await withEngine({ tasks, workers: 1 }, async (engine) => {
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      for (const input of [1, { a: 1 }]) {
        const error = await refused(engine.run('echo', input, { signal }), 'ERR_TASK_ABORTED', 'its signal');
        assert.equal(error.name, 'AbortError');
        assert.equal(error.cause, reason);
      }
      await refused(engine.runMany('echo', [1, 2], { signal }), 'ERR_TASK_ABORTED');
      await refused(engine.map('echo', [1, 2], { signal }).next(), 'ERR_TASK_ABORTED');
      assert.equal(engine.stats().completed, 0);
    });
  });

  it('a signal of a map whose source is silent', async () => {
    await withEngine({ tasks, workers: 1 }, async (engine) => {
      const controller = new AbortController();
      const results = engine.map('echo', silentAfter(1), { signal: controller.signal });
      assert.deepEqual(await results.next(), { done: false, value: 1 });
      const next = results.next();
      controller.abort();
      await refused(next, 'ERR_TASK_ABORTED');
    });
  });
});

void describe('map', () => {
  it('stopped early: the source is told, what is in flight is cancelled', async () => {
    await withEngine({ tasks, workers: 1 }, async (engine) => {
      let returned = 0;
      function* source(): Generator<number> {
        try {
          for (let n = 0; ; ++n) yield n;
        } finally {
          returned += 1;
        }
      }
      const seen: unknown[] = [];
      for await (const value of engine.map('echo', source(), { concurrency: 8 })) {
        seen.push(value);
        if (seen.length === 3) break;
      }
      assert.deepEqual([seen, returned], [[0, 1, 2], 1]);
    });
  });

  it('stopped while its source is silent', async () => {
    await withEngine({ tasks, workers: 1 }, async (engine) => {
      for await (const value of engine.map('echo', silentAfter(2))) if (value === 2) break;
      await refused(engine.map('fails', silentAfter(1)).next(), 'ERR_TASK_FAILED', 'no 1');
    });
  });

  it('over an iterable that throws: after the results before it, with its own error', async () => {
    await withEngine({ tasks, workers: 1 }, async (engine) => {
      const boom = new Error('source');
      const broken = {
        *[Symbol.iterator](): Generator<number> {
          yield 1;
          yield 2;
          throw boom;
        },
      };
      const seen: unknown[] = [];
      await assert.rejects(
        async () => {
          for await (const value of engine.map('echo', broken)) seen.push(value);
        },
        (error) => error === boom,
      );
      assert.deepEqual(seen, [1, 2]);
      const refusing = { [Symbol.iterator]: () => assert.fail(boom) };
      await assert.rejects(engine.map('echo', refusing).next(), (error) => error === boom);
      await assert.rejects(engine.runMany('echo', broken), (error) => error === boom);
    });
  });
});

/** Counts to `last`, then waits for ever. */
async function* silentAfter(last: number): AsyncGenerator<number> {
  for (let n = 1; n <= last; ++n) yield n;
  await new Promise(() => undefined);
}
