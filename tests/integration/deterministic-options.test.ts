import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEngine, type EngineOptions } from '../../src/index.ts';
import { KERNELS, TASKS, type Tasks } from '../support/engines.ts';
import { ENGINE_URL, loose, type LooseEngine, refused, speaks, taskModule } from './bad-input.ts';

function start(options: object): Promise<LooseEngine> {
  return createEngine(loose({ tasks: TASKS, memory: { poolBytes: 1 << 20 }, ...options }));
}

describe('option deterministic', () => {
  it('takes seeds 0 … 2⁵³ − 1', async () => {
    for (const seed of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      const engine = await start({ deterministic: { seed } });
      assert.equal(await engine.run('squared', 3), 9);
      await engine.close();
    }
  });

  it('takes no other seed, and no other name', async () => {
    for (const seed of [-1, 0.5, NaN, Infinity, 2 ** 53, '1', 1n, null, undefined]) {
      const error = await refused(
        start({ deterministic: { seed } }),
        'ERR_INVALID_OPTION',
        'expected deterministic.seed to be a whole number, 0 … 2⁵³ − 1, got ',
      );
      assert.equal(Reflect.get(error, 'option'), 'deterministic.seed');
    }
    for (const deterministic of [1, true, null, 'seed']) {
      await refused(start({ deterministic }), 'ERR_INVALID_OPTION', 'expected deterministic to be an object { seed }');
    }
    await refused(start({ deterministic: { seed: 1, sede: 2 } }), 'ERR_INVALID_OPTION', '"sede"', 'misspelling');
  });

  it('is off when it is undefined', async () => {
    const engine = await start({ deterministic: undefined, workers: 1 });
    assert.ok(engine.attach());
    await engine.close();
  });

  const ofThreads: Partial<EngineOptions> = {
    resourceLimits: { maxOldGenerationSizeMb: 64 },
    env: { LANG: 'C' },
    execArgv: ['--no-warnings'],
    numa: { monitoring: false },
  };
  for (const [option, value] of Object.entries(ofThreads)) {
    it(`refuses ${option}, which is about threads`, async () => {
      const error = await refused(
        start({ deterministic: { seed: 1 }, [option]: value }),
        'ERR_INVALID_OPTION',
        `expected no ${option} with deterministic`,
        'no thread is started',
        `leave ${option} out`,
      );
      assert.equal(Reflect.get(error, 'option'), option);
    });
  }

  it("takes numa 'auto' and 'off', which say nothing of it", async () => {
    for (const numa of ['auto', 'off']) {
      const engine = await start({ deterministic: { seed: 1 }, numa });
      assert.equal(await engine.run('squared', 3), 9);
      await engine.close();
    }
  });

  it('refuses objectives, which are about time', async () => {
    const error = await refused(
      start({ deterministic: { seed: 1 }, objectives: { errorRate: 0.1 } }),
      'ERR_INVALID_OPTION',
      'expected no objectives with deterministic',
      'no duration means anything',
      'leave objectives out',
    );
    assert.equal(Reflect.get(error, 'option'), 'objectives');
  });

  it('has four workers whatever the machine, or as many as are asked for', async () => {
    for (const [workers, expected] of [
      [undefined, 4],
      [7, 7],
    ]) {
      const engine = await start({ deterministic: { seed: 1 }, workers });
      assert.equal(engine.stats().workers.length, expected);
      await engine.close();
    }
  });

  it('refuses attach()', async () => {
    const engine = await start({ deterministic: { seed: 1 } });
    assert.throws(
      () => engine.attach(),
      (error) => Boolean(speaks(error, 'ERR_INVALID_OPTION', 'got a deterministic one', 'Submit from this thread')),
    );
    await engine.close();
  });

  it('reports what workers would report: modules that do not load, setups that fail, data that cannot be copied', async () => {
    const deterministic = { seed: 1 };
    await refused(
      start({ deterministic, tasks: new URL('./none.js', import.meta.url) }),
      'ERR_MODULE_LOAD',
      'there is none',
    );
    const failing = taskModule('export function setup() { throw new Error("no database"); }');
    await refused(
      start({ deterministic, tasks: failing }),
      'ERR_MODULE_LOAD',
      'setup() of the task module',
      'no database',
    );
    await refused(
      start({ deterministic, workerData: () => 1 }),
      'ERR_INVALID_OPTION',
      'workerData',
      'structured clone',
    );
    const square = taskModule('export const square = () => 1;');
    await refused(start({ deterministic, tasks: square, kernels: KERNELS }), 'ERR_INVALID_OPTION', '"square"');
  });

  it('refuses engines of the task module', async () => {
    const call = `(await import(${JSON.stringify(ENGINE_URL)})).createEngine({ tasks: import.meta.url, deterministic: { seed: 1 } })`;
    const deterministic = { seed: 1 };
    for (const source of [`await ${call};`, `export async function setup() { await null; await ${call}; }`]) {
      await refused(
        start({ deterministic, tasks: taskModule(source) }),
        'ERR_MODULE_LOAD',
        'without an engine of its own',
      );
    }
  });

  it('lets others create engines while a task module is loaded', async () => {
    const deterministic = { seed: 1 };
    const tasks = taskModule('export const setup = () => new Promise((resolve) => globalThis.whileLoading(resolve));');
    const loading = new Promise<() => void>((resolve) => {
      Reflect.set(globalThis, 'whileLoading', resolve);
    });
    const slow = start({ deterministic, tasks, workers: 1 });
    const goOn = await loading;
    const other = await createEngine<Tasks>({ tasks: TASKS, deterministic });
    assert.equal(await other.run('squared', 3), 9);
    goOn();
    await Promise.all([other.close(), (await slow).close()]);
  });
});
