import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Board } from '../support/board.ts';
import type { TestEngine } from '../support/engines.ts';
import { isolateEngines } from '../support/isolation.ts';
import { onTwoNodes } from '../support/on-two-nodes.ts';
import { twoCpus } from '../support/two-nodes.ts';
import { within } from '../support/until.ts';

isolateEngines();

const SKIP = twoCpus() === undefined ? 'needs two CPUs' : false;

/** Both workers are busy until their gates open: `gate` and the next one. */
async function block(engine: TestEngine, board: Board, gate = 0): Promise<[Promise<unknown>, Promise<unknown>]> {
  const gates = [0, 1].map((node) => engine.run('block', gate + node, { node }));
  await Promise.all([board.arrived(gate), board.arrived(gate + 1)]);
  const [first, second] = gates;
  assert.ok(first !== undefined && second !== undefined);
  return [first, second];
}

describe('tasks behind a long one', { skip: SKIP }, () => {
  it('are run by the node that has nothing to do, whatever they are', async () => {
    await onTwoNodes({ capacity: 64 }, async (engine, _machine, board) => {
      const [first, second] = await block(engine, board);
      const bytes = Uint8Array.from({ length: 3000 }, (_, n) => n & 255);
      const tasks = Promise.all([
        engine.run('squared', 3),
        engine.run('echo', bytes),
        engine.run('echo', { deep: ['value'] }, { priority: 0, retry: 2 }),
        engine.run('echo', 'text', { priority: 3, timeoutMs: 60_000 }),
        engine.runMany('squared', [1, 2, 3, 4]),
        engine.runMany('echo', ['a', bytes, 5]),
      ]);
      board.open(1);
      await second;
      assert.deepEqual(await within(tasks, 'all of them'), [
        9,
        bytes,
        { deep: ['value'] },
        'text',
        [1, 4, 9, 16],
        ['a', bytes, 5],
      ]);
      const { crossNumaAssignments, localAssignments, totalAssignments } = engine.numa.stats();
      assert.ok(crossNumaAssignments > 0, 'none was moved');
      assert.equal(localAssignments + crossNumaAssignments, totalAssignments);
      board.open(0);
      await first;
      await engine.drain();
      const { submitted, completed, queued, running, poolBytesUsed } = engine.stats();
      assert.deepEqual(
        { completed, queued, running, poolBytesUsed },
        { completed: submitted, queued: 0, running: 0, poolBytesUsed: 0 },
      );
    });
  });

  it('stay where they prefer to be', async () => {
    await onTwoNodes({}, async (engine, _machine, board) => {
      const [first, second] = await block(engine, board);
      const own = engine.run('place', undefined, { node: 0 });
      const other = engine.run('place');
      board.open(1);
      await second;
      await within(other, 'the one that may run anywhere');
      board.open(0);
      await first;
      assert.deepEqual(await own, { node: 0, worker: 0 });
    });
  });

  it('may be aborted and come back at the same time: each settles once', async () => {
    await onTwoNodes({ capacity: 256 }, async (engine, _machine, board) => {
      for (let round = 0; round < 8; ++round) {
        const [first, second] = await block(engine, board, 2 * round);
        const controller = new AbortController();
        const tasks = Array.from({ length: 8 }, (_, n) =>
          engine.run('squared', n, n % 2 === 0 ? {} : { signal: controller.signal }),
        );
        const settled = Promise.allSettled(tasks);
        board.open(2 * round + 1);
        await second;
        if (round % 3 > 0) await tasks[0];
        controller.abort();
        const outcomes = await within(settled, 'all of them');
        for (const [n, outcome] of outcomes.entries()) {
          if (outcome.status === 'fulfilled') assert.equal(outcome.value, n * n);
          else assert.equal((outcome.reason as { code: string }).code, 'ERR_TASK_ABORTED');
        }
        assert.ok(outcomes.every(({ status }, n) => status === 'fulfilled' || n % 2 === 1));
        board.open(2 * round);
        await first;
      }
      await engine.drain();
      const { submitted, completed, cancelled, queued } = engine.stats();
      assert.deepEqual({ ended: completed + cancelled, queued }, { ended: submitted, queued: 0 });
    });
  });
});
