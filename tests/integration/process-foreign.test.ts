import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEngine } from '../support/create-engine.ts';
import type { TestEngine } from '../support/engines.ts';
import { FOREIGN, type ForeignTasks, numberOf, withForeign } from '../support/foreign/engine.ts';
import { ALLOC, moduleOf, TASK } from '../support/foreign/module-bytes.ts';
import { isolateEngines } from '../support/isolation.ts';
import { onTwoNodes } from '../support/on-two-nodes.ts';
import { twoCpus } from '../support/two-nodes.ts';
import { within } from '../support/until.ts';
import { refused } from './bad-input.ts';

isolateEngines();

const SKIP = twoCpus() === undefined ? 'needs two CPUs' : false;

describe('a foreign module in a process of its own', () => {
  it('is given what it is given elsewhere, and fails as it does there', async () => {
    await withForeign({ memory: { foreignBytes: 1 << 20 } }, async (engine) => {
      assert.equal(numberOf(await engine.run('half', 3)), 1.5);
      assert.deepEqual(await engine.run('same', 'grüße'), new Uint8Array(Buffer.from('grüße')));
      assert.equal((await engine.run('reverse', new Uint8Array(500_000))).length, 500_000);
      const numbers = Array.from({ length: 500 }, (_, n) => n);
      const halves = numbers.map((n) => n / 2);
      assert.deepEqual((await engine.runMany('half', numbers)).map(numberOf), halves);
      const error = await refused(engine.run('fails', -3), 'ERR_TASK_FAILED', '"fails"', 'code -3');
      assert.deepEqual(Reflect.get(error, 'details'), { task: 'fails', code: -3 });
      const trap = await refused(engine.run('traps', 1), 'ERR_TASK_FAILED', '"traps"', 'unreachable');
      assert.ok(trap.cause instanceof Error);
      await refused(engine.run('grows', 15), 'ERR_TASK_FAILED', 'unreachable');
      await refused(engine.run('same', {} as unknown as string), 'ERR_NOT_SHAREABLE', 'the input of a kernel');
      const looping = engine.run('loops', 1, { timeoutMs: 20, killGraceMs: 20 });
      await refused(within(looping, 'the end of the loop'), 'ERR_TASK_TIMEOUT', '"loops"');
      assert.equal(numberOf(await within(engine.run('calls'), 'the next task')), 1);
    });
  });

  it('may be given as bytes, and does not load for the same reasons', async () => {
    const start = { name: '_initialize', parameters: [], results: [] };
    const kernels = moduleOf({ functions: [ALLOC, TASK, start] });
    await refused(createEngine({ kernels, workers: 1 }), 'ERR_MODULE_LOAD', '_initialize failed', 'unreachable');
  });

  it('has an instance in each worker of two nodes, and its limit there', { skip: SKIP }, async () => {
    await onTwoNodes({ kernels: FOREIGN, memory: { foreignBytes: 1 << 20 } }, async (any) => {
      const engine = any as unknown as TestEngine<ForeignTasks>;
      assert.deepEqual((await engine.broadcast('calls')).map(numberOf), [1, 1]);
      for (const node of [0, 1]) {
        const halves = await engine.runMany('half', [1, 2, 3], { node });
        assert.deepEqual(halves.map(numberOf), [0.5, 1, 1.5]);
        await refused(engine.run('grows', 15, { node }), 'ERR_TASK_FAILED', 'unreachable');
      }
      await engine.drain();
      assert.equal(engine.stats().failed, 2);
    });
  });
});
