import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withEngine } from '../support/engines.ts';
import { isolateEngines } from '../support/isolation.ts';
import { until, within } from '../support/until.ts';

isolateEngines();

describe('reports of a node process', () => {
  for (const ending of ['drain', 'close'] as const) {
    it(`go on while ${ending}() waits for nested tasks that the host knows nothing of`, async () => {
      await withEngine({ concurrency: 2 }, async (engine, board) => {
        const executed = (): number | undefined => engine.stats().workers[0]?.executed;
        await engine.run('scatter', { task: 'pause', inputs: [0, 1] });
        await Promise.all([board.arrived(0), board.arrived(1)]);
        await until(() => executed() === 1, 'the last report of a task of the host');
        const ended: Promise<unknown> = engine[ending]();
        board.open(0);
        await until(() => executed() === 2, 'a report of the first nested one');
        board.open(1);
        await within(ended, 'the engine to come to rest');
        assert.equal(executed(), 3);
      });
    });
  }
});
