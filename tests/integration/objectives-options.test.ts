import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEngine, type Objectives } from '../../src/index.ts';
import { resolveOptions } from '../../src/scheduler/options.ts';
import { loose, refused, taskModule } from './bad-input.ts';

const tasks = taskModule('export const echo = (x) => x;');

describe('option objectives', () => {
  it('takes times and shares, of priorities and rates that exist, where waits are measured', async () => {
    const start = (objectives: unknown, more = {}): Promise<unknown> =>
      createEngine(loose({ tasks, objectives, ...more }));
    for (const name of ['critical', 'high', 'normal', 'low']) {
      for (const value of [7, null, 'fast', [1]]) {
        await refused(start({ [name]: value }), 'ERR_INVALID_OPTION', `expected objectives.${name} to be an object`);
      }
      for (const key of ['p99Us', 'p999Us']) {
        for (const value of [0, -1, NaN, Infinity, '5', null, 5n]) {
          const error = await refused(
            start({ [name]: { [key]: value } }),
            'ERR_INVALID_OPTION',
            `expected objectives.${name}.${key} to be microseconds, more than 0 and finite, got `,
          );
          assert.equal(Reflect.get(error, 'option'), `objectives.${name}.${key}`);
        }
      }
      await refused(start({ [name]: { p95Us: 1 } }), 'ERR_INVALID_OPTION', '"p95Us"', 'p99Us, p999Us');
      const untimed = start({ [name]: { p99Us: 1 } }, { timing: 'off' });
      await refused(untimed, 'ERR_INVALID_OPTION', `'all' with objectives.${name}, got 'off'`, 'leave timing out');
    }
    for (const name of ['errorRate', 'stealFailureRate']) {
      for (const value of [-0.1, 1.1, 5, NaN, Infinity, '0.5', null, {}]) {
        const error = await refused(
          start({ [name]: value }),
          'ERR_INVALID_OPTION',
          `expected objectives.${name} to be a share, 0 … 1, got `,
        );
        assert.equal(Reflect.get(error, 'option'), `objectives.${name}`);
      }
    }
    await refused(start({ errorrate: 1 }), 'ERR_INVALID_OPTION', '"errorrate"', 'critical, high', 'stealFailureRate');
  });

  it('that says nothing is none, and a copy is kept', () => {
    const resolved = (objectives: Objectives | undefined): Objectives | undefined =>
      resolveOptions({ tasks, objectives, timing: 'off' }).objectives;
    for (const nothing of [undefined, {}, { low: {} }, { critical: undefined, low: { p99Us: undefined } }]) {
      assert.equal(resolved(nothing), undefined);
    }
    const given = { errorRate: 0, stealFailureRate: 1, high: undefined };
    const kept = resolved(given);
    given.errorRate = 0.5;
    assert.deepEqual(kept, { errorRate: 0, stealFailureRate: 1 });
    assert.ok(Object.isFrozen(kept));
    const waits = resolveOptions({ tasks, objectives: { critical: { p999Us: 1000 }, low: { p99Us: 0.5 } } }).objectives;
    assert.deepEqual(waits, { critical: { p999Us: 1000 }, low: { p99Us: 0.5 } });
  });
});
