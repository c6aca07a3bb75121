import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withBoard } from '../support/fork-board.ts';
import { until, within } from '../support/until.ts';

describe('reclaim', () => {
  it('takes back what nobody has begun: once, of its own kernel, and not of a task that shall stop', async () => {
    await withBoard({ workers: 1 }, async (engine, board) => {
      assert.equal(await engine.run('reclaimsOnce'), 1);
      assert.equal(await engine.run('reclaimsForeign'), 2);
      const abort = new AbortController();
      const stopped = engine.run('reclaimsStopped', board.address, { signal: abort.signal });
      await board.hasStarted();
      abort.abort();
      await assert.rejects(within(stopped, 'the promise'), { name: 'AbortError' });
      await until(() => board.count() !== 0, 'the kernel to see it');
      assert.equal(board.count(), 2);
    });
  });
});
