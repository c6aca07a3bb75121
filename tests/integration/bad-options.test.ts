import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { createEngine, type MemoryOptions, Priority, type TaskId, WorkStealingScheduler } from '../../src/index.ts';
import { resolveOptions } from '../../src/scheduler/options.ts';
import {
  assertBalanced,
  KERNELS_URL,
  loose,
  type LooseEngine,
  refused,
  speaks,
  taskModule,
  withEngine,
} from './bad-input.ts';

const tasks = taskModule('export const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));');

function marksOf(memory: MemoryOptions): readonly number[] {
  const { shedAt, refuseAt, stallShedAt, stallRefuseAt } = resolveOptions({ tasks, memory });
  return [shedAt, refuseAt, stallShedAt, stallRefuseAt];
}

void describe('options of createEngine', () => {
  const wrong: Record<string, readonly unknown[]> = {
    workers: [0, -1, 257, 1.5, NaN, Infinity, '4', null, {}, 2n],
    capacity: [0, -5, 2 ** 20 + 1, 0.5, NaN, Infinity, '64', true],
    maxQueue: [-1, 0.5, NaN, -Infinity, '10', null],
    concurrency: [0, -1, 65537, NaN, Infinity, '1'],
    starvationInterval: [-1, 2.5, NaN, Infinity, '64'],
    memory: [7, null, 'much', [1]],
    objectives: [7, null, 'fast', [1]],
    resourceLimits: [7, null, [1]],
    env: ['PATH', 7, null],
    execArgv: ['--no-warnings', [1], {}],
    timing: ['none', 1, null],
    name: [7, null, 'n'.repeat(101)],
  };
  for (const [option, values] of Object.entries(wrong)) {
    void it(`${option}: out of range, of the wrong type`, async () => {
      for (const value of values) {
        const error = await refused(
          createEngine(loose({ tasks, [option]: value })),
          'ERR_INVALID_OPTION',
          `expected ${option} to be`,
          ', got ',
        );
        assert.equal(Reflect.get(error, 'option'), option);
      }
    });
  }

  void it('a getter that throws: rejected with what it throws', async () => {
    for (const option of ['isolation', 'workers']) {
      const options = Object.defineProperty({ tasks }, option, {
        get() {
          throw new RangeError('from a getter');
        },
      });
      await assert.rejects(createEngine(options), { name: 'RangeError', message: 'from a getter' });
    }
  });

  void it('marks of memory: shares, in order', async () => {
    for (const name of ['shedAt', 'refuseAt', 'stallShedAt', 'stallRefuseAt', 'recycleAt']) {
      for (const value of [0, -0.1, 1.1, NaN, -Infinity, '0.9', null, 1n]) {
        const memory = { [name]: value };
        await refused(
          createEngine(loose({ tasks, memory })),
          'ERR_INVALID_OPTION',
          `expected memory.${name} to be a share`,
        );
      }
    }
    for (const memory of [
      { shedAt: 0.9, refuseAt: 0.8 },
      { shedAt: Infinity, refuseAt: 0.8 },
      { stallShedAt: 0.5, stallRefuseAt: 0.4 },
    ]) {
      await refused(createEngine(loose({ tasks, memory })), 'ERR_INVALID_OPTION', 'efuseAt to be at least memory.');
    }
    assert.deepEqual(marksOf({ refuseAt: 0.5 }), [0.5, 0.5, 0.3, 0.6]);
    assert.deepEqual(marksOf({ shedAt: 0.99, stallShedAt: 1 }), [0.99, 0.99, 1, 1]);
    assert.deepEqual(marksOf({ shedAt: Infinity }), [Infinity, Infinity, 0.3, 0.6]);
    assert.deepEqual(marksOf({}), [0.9, 0.97, 0.3, 0.6]);
  });

  void it('numbers of memory and resourceLimits, and names in them that do not exist', async () => {
    for (const memory of [
      { poolBytes: 0 },
      { poolBytes: NaN },
      { poolBytes: Infinity },
      { poolBytes: 1e12 },
      { maximumBytes: -1 },
      { maximumBytes: '1' },
      { foreignBytes: 65_535 },
      { foreignBytes: Infinity },
    ]) {
      await refused(createEngine(loose({ tasks, memory })), 'ERR_INVALID_OPTION', 'expected memory.', 'a whole number');
    }
    await refused(
      createEngine(loose({ tasks, memory: { poolbytes: 1 } })),
      'ERR_INVALID_OPTION',
      '"poolbytes"',
      'poolBytes',
    );
    for (const value of [NaN, Infinity, -1, 0, 2, '64', null]) {
      const resourceLimits = { maxOldGenerationSizeMb: value };
      await refused(
        createEngine(loose({ tasks, resourceLimits })),
        'ERR_INVALID_OPTION',
        'resourceLimits.maxOldGenerationSizeMb',
        'at least 4',
        'got',
      );
    }
    await refused(
      createEngine({ tasks, resourceLimits: { stackSizeMb: 0.1 } }),
      'ERR_INVALID_OPTION',
      'stackSizeMb',
      '0.5',
    );
    await refused(
      createEngine(loose({ tasks, resourceLimits: { maxHeap: 1 } })),
      'ERR_INVALID_OPTION',
      '"maxHeap"',
      'maxOldGenerationSizeMb',
    );
  });

  void it('names that do not exist are shown beside those that do', async () => {
    for (const name of ['worker', 'Tasks', '__proto__', 'constructor', 'x'.repeat(1000)]) {
      const options: unknown = JSON.parse(JSON.stringify({ tasks }).replace('}', `,${JSON.stringify(name)}:1}`));
      const error = await refused(
        createEngine(loose(options)),
        'ERR_INVALID_OPTION',
        name.slice(0, 80),
        'workers, capacity',
        'misspelling',
      );
      assert.ok(error.message.length < 500, error.message);
    }
  });

  void it('no options, none of tasks and kernels', async () => {
    for (const options of [undefined, null, 7, 'tasks.js', () => 1, [], {}]) {
      await refused(createEngine(loose(options)), 'ERR_INVALID_OPTION', 'tasks', /got|kernels/);
    }
  });

  void it('more memory than there can be', async () => {
    const error = await refused(
      createEngine({ tasks, memory: { poolBytes: 4096 * 2 ** 20 } }),
      'ERR_RESOURCE_EXHAUSTED',
      'memory.poolBytes',
      'at most 4 GiB',
    );
    assert.equal(Reflect.get(error, 'unit'), 'bytes');
    await refused(
      createEngine({ tasks, memory: { maximumBytes: 2 ** 20 } }),
      'ERR_RESOURCE_EXHAUSTED',
      '1048576',
      'memory.maximumBytes',
    );
  });

  void it('workerData and env that cannot be copied, flags that no worker takes', async () => {
    await refused(
      createEngine({ tasks, workers: 2, workerData: { log: () => 1 } }),
      'ERR_INVALID_OPTION',
      'workerData',
      'structured clone',
    );
    await refused(
      createEngine({ tasks, workers: 2, execArgv: ['--no-such-flag'] }),
      'ERR_INVALID_OPTION',
      'execArgv',
      '--no-such-flag',
    );
  });

  void it('undefined is the default everywhere', async () => {
    const options = Object.fromEntries(Object.keys(wrong).map((name) => [name, undefined]));
    await withEngine(loose({ ...options, tasks, workers: 1, kernels: undefined }), async (engine) => {
      assert.equal(engine.stats().capacity, 65536);
      assert.equal((await engine.broadcast('echo', 1)).length, 1);
    });
  });

  void it('a heap too small to start in', async () => {
    const starting = createEngine({ tasks, workers: 1, resourceLimits: { maxOldGenerationSizeMb: 4 } });
    await refused(starting, 'ERR_MODULE_LOAD', tasks.href, 'memory');
  });
});

void describe('options and names of tasks', () => {
  let engine: LooseEngine;
  before(async () => {
    engine = await createEngine({ tasks, kernels: KERNELS_URL, workers: 1 });
  });
  after(async () => {
    assert.deepEqual(await engine.run('echo', { ok: true }), { ok: true });
    assertBalanced(engine.stats());
    await engine.close();
  });

  const wrong: Record<string, readonly unknown[]> = {
    priority: [-1, 4, 1.5, NaN, Infinity, '1', 'high', null],
    signal: [7, {}, null, 'abort', new EventTarget()],
    timeoutMs: [-1, NaN, Infinity, '100', null, 2 ** 31],
    startWithinMs: [-1, NaN, Infinity, '100', null],
  };
  for (const [option, values] of Object.entries(wrong)) {
    void it(`${option} of run, post, runMany, map`, async () => {
      for (const value of values) {
        const options = { [option]: value };
        const parts = ['ERR_INVALID_OPTION', `expected ${option} to be`] as const;
        await refused(engine.run('echo', 1, options), ...parts);
        await refused(engine.run('echo', { a: 1 }, options), ...parts);
        await refused(engine.runMany('echo', [1, 2], options), ...parts);
        await refused(engine.map('echo', [1, 2], options).next(), ...parts);
        const posted = once(engine, 'taskError');
        engine.post('echo', 1, options);
        const [{ error }] = (await posted) as [{ error: unknown }];
        speaks(error, ...parts);
      }
    });
  }

  void it('options that are none, names that do not exist', async () => {
    for (const options of [7, 'high', null, () => 1])
      await refused(engine.run('echo', 1, loose(options)), 'ERR_INVALID_OPTION', 'an object');
    await refused(engine.run('echo', 1, loose({ prio: Priority.High })), 'ERR_INVALID_OPTION', '"prio"', 'priority');
    await refused(
      engine.map('echo', [], { parallel: 3 } as object).next(),
      'ERR_INVALID_OPTION',
      '"parallel"',
      'concurrency',
    );
    for (const concurrency of [0, -1, 1.5, NaN, Infinity, '2']) {
      await refused(
        engine.map('echo', [1], loose({ concurrency })).next(),
        'ERR_INVALID_OPTION',
        'concurrency',
        'at least 1',
      );
    }
    await refused(engine.map('echo', [1], loose({ ordered: 1 })).next(), 'ERR_INVALID_OPTION', 'ordered');
  });

  void it('inputs of runMany and map that are no iterables', async () => {
    for (const inputs of [undefined, null, 7, {}]) {
      await refused(engine.runMany('echo', inputs as []), 'ERR_INVALID_OPTION', 'inputs', 'an iterable');
      await refused(engine.map('echo', inputs as []).next(), 'ERR_INVALID_OPTION', 'items', 'an iterable');
    }
    assert.deepEqual(await engine.runMany('echo', []), []);
    assert.equal((await engine.map('echo', []).next()).done, true);
  });

  for (const name of [
    'nobody',
    '',
    ' echo',
    'Echo',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'setup',
    'attach',
    'memory',
    'n'.repeat(1 << 20),
    '\u0000',
    '💥',
  ]) {
    void it(`no task is called ${JSON.stringify(name.slice(0, 20))}`, async () => {
      const error = await refused(
        engine.run(name, 1),
        'ERR_UNKNOWN_TASK',
        JSON.stringify(name.slice(0, 80)).slice(0, -1),
        'echo, fails',
      );
      assert.ok(error.message.length < 1000);
      await refused(engine.runMany(name, [1]), 'ERR_UNKNOWN_TASK');
      await refused(engine.map(name, [1]).next(), 'ERR_UNKNOWN_TASK');
      await refused(engine.broadcast(name), 'ERR_UNKNOWN_TASK');
    });
  }

  void it('names of another type', async () => {
    for (const name of [undefined, null, 7, Symbol('echo'), {}, ['echo']]) {
      await refused(engine.run(name as string, 1), 'ERR_INVALID_OPTION', 'the name of a task');
    }
  });

  void it('a name in both modules', async () => {
    const both = taskModule('export const square = (x) => x * x;');
    await refused(
      createEngine({ tasks: both, kernels: KERNELS_URL, workers: 2 }),
      'ERR_INVALID_OPTION',
      '"square"',
      'tasks and by kernels',
      'rename one',
    );
  });

  void it('options of close: refused, and the engine goes on', async () => {
    for (const options of [
      7,
      null,
      'now',
      { drain: 1 },
      { timeoutMs: -1 },
      { timeoutMs: NaN },
      { timeoutMs: '1' },
      { timeoutMs: 2 ** 31 },
    ]) {
      await refused(engine.close(loose(options) as object), 'ERR_INVALID_OPTION', /options|drain|timeoutMs/);
    }
    await refused(engine.close({ darin: false } as object), 'ERR_INVALID_OPTION', '"darin"', 'drain');
    assert.equal(await engine.run('echo', 1), 1);
  });
});

void describe('the lowest level', () => {
  void it('types, arguments, priorities and ids that do not exist', async () => {
    const scheduler = await WorkStealingScheduler.start({ kernels: KERNELS_URL, workers: 1 });
    const square = scheduler.taskType('square');
    for (const type of [-1, 99, 1.5, NaN, '0']) {
      assert.throws(
        () => scheduler.submitTask(type as number, 1),
        (error) => Boolean(speaks(error, 'ERR_UNKNOWN_TASK', 'taskType()')),
      );
    }
    assert.throws(
      () => scheduler.taskType('toString'),
      (error) => Boolean(speaks(error, 'ERR_UNKNOWN_TASK', 'square')),
    );
    assert.throws(
      () => scheduler.submitTask(square, '3' as unknown as number),
      (error) => Boolean(speaks(error, 'ERR_INVALID_OPTION', 'a number')),
    );
    assert.throws(
      () => scheduler.submitTask(square, 3, 4 as Priority),
      (error) => Boolean(speaks(error, 'ERR_INVALID_OPTION', 'priority')),
    );
    for (const id of [-1, NaN, 1.5, Infinity, 2 ** 60, '1', undefined, null, {}, 5n, Symbol('id')]) {
      const bad = id as TaskId;
      assert.throws(
        () => scheduler.poll(bad),
        (error) => Boolean(speaks(error, 'ERR_STALE_TASK')),
      );
      assert.throws(
        () => {
          scheduler.release(bad);
        },
        (error) => Boolean(speaks(error, 'ERR_STALE_TASK')),
      );
      await refused(scheduler.wait(bad), 'ERR_STALE_TASK', 'one wait() or release()');
    }
    const id = scheduler.submitTask(square, 7);
    assert.equal(await scheduler.wait(id), 49);
    await refused(scheduler.wait(id), 'ERR_STALE_TASK', String(id));
    assertBalanced(scheduler.stats());
    await scheduler.close();
    assert.throws(
      () => scheduler.submitTask(square, 1),
      (error) => Boolean(speaks(error, 'ERR_CLOSED')),
    );
  });
});
