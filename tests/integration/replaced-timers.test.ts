/** Tests and handlers that replace the timers of their thread, by fake ones for instance. */
import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { FAULTY, withEngine } from '../support/engines.ts';
import { DEADLINE_MS } from '../support/until.ts';

const DEADLINE = { timeout: DEADLINE_MS };
const INPUTS = Array.from({ length: 300 }, (_, x) => x);

describe('an engine in a thread with timers that somebody replaced', DEADLINE, () => {
  for (const isolation of ['thread', 'process'] as const) {
    it(`fake timers of the host (isolation '${isolation}')`, DEADLINE, async () => {
      await withEngine({ isolation }, async (engine) => {
        mock.timers.enable({ apis: ['setTimeout', 'setImmediate', 'setInterval'] });
        try {
          assert.equal(await engine.run('squared', 5), 25);
          assert.equal((await engine.runMany('squaredLater', INPUTS)).length, INPUTS.length);
          await assert.rejects(engine.run('untilCancelled', 0, { timeoutMs: 5 }), { code: 'ERR_TASK_TIMEOUT' });
          await engine.drain();
          await engine.close({ timeoutMs: 1000 });
        } finally {
          mock.timers.reset();
        }
      });
    });

    it(`a handler that stops time (isolation '${isolation}')`, DEADLINE, async () => {
      await withEngine<typeof import('../support/faulty.js')>({ tasks: FAULTY, isolation }, async (engine) => {
        await engine.run('stopTime');
        assert.equal((await engine.runMany('squaredLater', INPUTS)).length, INPUTS.length);
        assert.equal(await engine.run('tree', { depth: 2, width: 3 }), 13);
        const { forced } = await engine.close();
        assert.equal(forced, false);
      });
    });
  }
});
