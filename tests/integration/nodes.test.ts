import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatCpuList } from '../../src/topology/cpulist.ts';
import { isolateEngines } from '../support/isolation.ts';
import { onTwoNodes } from '../support/on-two-nodes.ts';
import { masksOf, twoCpus } from '../support/two-nodes.ts';
import { until, within } from '../support/until.ts';

isolateEngines();

const CPUS = twoCpus();
const SKIP = CPUS === undefined ? 'needs two CPUs' : false;

describe('an engine on two nodes', { skip: SKIP }, () => {
  it('has a process on each, pinned to the CPUs there, and workers that know where they are', async () => {
    await onTwoNodes(
      {},
      async (engine, { cpus }) => {
        const { nodes } = engine.numa.stats();
        assert.deepEqual(
          nodes.map(({ id, workers, pinned, cpus: own }) => [id, workers, pinned, formatCpuList(own)]),
          [
            [3, 1, true, String(cpus[0])],
            [8, 1, true, String(cpus[1])],
          ],
        );
        for (const [n, { pid }] of nodes.entries()) assert.equal(masksOf(pid), String(cpus[n]));
        assert.notEqual(nodes[0]?.pid, nodes[1]?.pid);
        assert.deepEqual(
          engine.stats().workers.map(({ id, node }) => [id, node]),
          [
            [0, 3],
            [1, 8],
          ],
        );
        assert.deepEqual(await engine.broadcast('place'), [
          { node: 3, worker: 0 },
          { node: 8, worker: 1 },
        ]);
      },
      [3, 8],
    );
  });

  it('runs whatever it is given, once, in any way of asking', async () => {
    await onTwoNodes({}, async (engine) => {
      const numbers = Array.from({ length: 3000 }, (_, n) => n);
      const squares = numbers.map((n) => n * n);
      assert.deepEqual(await Promise.all(numbers.map((n) => engine.run('squared', n))), squares);
      assert.deepEqual(await engine.runMany('squared', numbers), squares);
      assert.deepEqual(await engine.runMany('squared', numbers, { node: 1 }), squares);
      const mapped: number[] = [];
      for await (const square of engine.map('squared', numbers.slice(0, 100))) mapped.push(square);
      assert.deepEqual(mapped, squares.slice(0, 100));
      const type = engine.taskType('squared');
      const ids = numbers.slice(0, 100).map((n) => engine.submitTask(type, n));
      assert.deepEqual(await Promise.all(ids.map((id) => engine.wait(id))), squares.slice(0, 100));
      await engine.drain();
      const { submitted, completed, queued, running } = engine.stats();
      assert.deepEqual([completed, queued, running], [submitted, 0, 0]);
    });
  });

  it('runs tasks where they shall, and refuses a node that it does not use', async () => {
    await onTwoNodes({}, async (engine) => {
      for (const node of [1, 0, 0, 1]) {
        assert.equal((await engine.run('place', undefined, { node })).node, node);
      }
      await assert.rejects(engine.run('place', undefined, { node: 7 }), {
        name: 'NumaError',
        code: 'ERR_NODE_UNAVAILABLE',
        message: /one that the engine uses \(0, 1\), got 7/,
      });
      await assert.rejects(engine.run('place', undefined, { node: -1 }), { code: 'ERR_INVALID_OPTION' });
      const { localAssignments, crossNumaAssignments, efficiency } = engine.numa.stats();
      assert.deepEqual([localAssignments, crossNumaAssignments, efficiency], [4, 0, 1]);
    });
  });

  it('moves what waits to a node that has nothing to do, and counts it', async () => {
    await onTwoNodes({}, async (engine, _, board) => {
      const blocked = engine.run('block', 0, { node: 0 });
      await board.arrived(0);
      const waiting = Array.from({ length: 100 }, () => engine.run('place', undefined, { node: 0 }));
      const places = await within(Promise.all(waiting.slice(2, 20)), 'those behind the blocked one');
      assert.ok(places.every(({ node }) => node === 1));
      board.open(0);
      await Promise.all([blocked, ...waiting]);
      const { totalAssignments, localAssignments, crossNumaAssignments } = engine.numa.stats();
      assert.ok(crossNumaAssignments >= 18);
      assert.equal(localAssignments + crossNumaAssignments, totalAssignments);
    });
  });

  it('loses nothing that may run again when a process is killed, and has another one in its place', async () => {
    await onTwoNodes({}, async (engine) => {
      const [first] = engine.numa.stats().nodes;
      assert.ok(first);
      const lost: number[] = [];
      engine.on('workerLost', ({ worker, node }) => lost.push(worker, node));
      const tasks = Array.from({ length: 500 }, (_, n) => engine.run('squared', n, { retry: 3 }));
      process.kill(first.pid, 'SIGKILL');
      assert.deepEqual(
        await Promise.all(tasks),
        tasks.map((_, n) => n * n),
      );
      await until(() => engine.numa.stats().nodes.length === 2, 'another process');
      const [again] = engine.numa.stats().nodes;
      assert.deepEqual([again?.id, again?.pinned, again?.pid === first.pid], [0, true, false]);
      assert.deepEqual(lost, [0, 0]);
      assert.equal((await engine.run('place', undefined, { node: 0 })).node, 0);
    });
  });

  it('goes on with one node when the other one has vanished', async () => {
    await onTwoNodes({}, async (engine, machine) => {
      const [, second] = engine.numa.stats().nodes;
      assert.ok(second);
      machine.write('node/online', '0');
      machine.write('cpu/online', String(machine.cpus[0]));
      const errors: unknown[] = [];
      engine.on('error', (error) => errors.push(error));
      process.kill(second.pid, 'SIGKILL');
      await until(() => engine.stats().workers[1]?.state === 'stopped', 'the node to be given up');
      const preferred = Array.from({ length: 20 }, () => engine.run('place', undefined, { node: 1 }));
      for (const { node } of await Promise.all(preferred)) assert.equal(node, 0);
      assert.deepEqual(errors, []);
    });
  });

  it('in turn: each node gets as many', async () => {
    await onTwoNodes({ numa: { policy: 'roundRobin' } }, async (engine) => {
      const places: number[] = [];
      for (let n = 0; n < 6; ++n) places.push((await engine.run('place')).node);
      assert.deepEqual(places.sort(), [0, 0, 0, 1, 1, 1]);
    });
  });

  it('pins each worker, where every core has one', async () => {
    await onTwoNodes({ numa: { pin: 'core' }, workers: 2 }, async (engine, { cpus }) => {
      assert.deepEqual(await engine.broadcast('threadMask'), cpus.map(String));
    });
  });

  it('uses the node that was asked for, and no other one', async () => {
    await onTwoNodes({ numa: { nodes: [1] }, workers: 1 }, async (engine, { cpus }) => {
      const { nodes } = engine.numa.stats();
      assert.deepEqual(
        nodes.map(({ id, cpus: own }) => [id, own]),
        [[1, [cpus[1]]]],
      );
      assert.equal((await engine.run('place')).node, 1);
    });
  });

  it("is in one process with 'off'", async () => {
    await onTwoNodes({ numa: 'off' }, async (engine) => {
      assert.deepEqual(
        engine.numa.stats().nodes.map(({ pid }) => pid),
        [process.pid],
      );
      assert.equal(await engine.run('squared', 3), 9);
      engine.attach();
    });
  });
});
