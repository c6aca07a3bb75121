/** Engines on a machine whose nodes and CPUs come and go. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { TestEngine } from '../support/engines.ts';
import { isolateEngines } from '../support/isolation.ts';
import { onTwoNodes } from '../support/on-two-nodes.ts';
import { TwoNodes, twoCpus } from '../support/two-nodes.ts';
import { turn, until, within } from '../support/until.ts';

isolateEngines();

const CPUS = twoCpus();
const SKIP = CPUS === undefined ? 'needs two CPUs' : false;

function pidOf(engine: TestEngine, node: number): number {
  return engine.numa.stats().nodes.find(({ id }) => id === node)?.pid ?? assert.fail(`no process on ${String(node)}`);
}

function kill(engine: TestEngine, node: number): number {
  const pid = pidOf(engine, node);
  process.kill(pid, 'SIGKILL');
  return pid;
}

function isThere(engine: TestEngine, node: number, other: number): boolean {
  return engine.numa.stats().nodes.some(({ id, pid }) => id === node && pid !== other);
}

function vanish(machine: TwoNodes): void {
  machine.write('node/online', '0');
  machine.write('cpu/online', String(machine.cpus[0]));
}

function comeBack(machine: TwoNodes): void {
  machine.write('node/online', '0-1');
  machine.write('cpu/online', machine.cpus.join());
}

/** The process of a node, and each that takes its place. */
function killAll(engine: TestEngine, node: number): void {
  engine.on('workerStarted', (event) => {
    if (event.node === node) kill(engine, node);
  });
  kill(engine, node);
}

describe('a node of an engine', { skip: SKIP }, () => {
  it('that was away for a moment has a process again', async () => {
    await onTwoNodes({}, async (engine, machine) => {
      vanish(machine);
      const pid = kill(engine, 1);
      await within(once(engine, 'workerLost'), 'its end'); // an idle engine does not keep this process alive
      await turn();
      comeBack(machine);
      await until(() => isThere(engine, 1, pid), 'another process');
      assert.equal((await engine.run('place', undefined, { node: 1 })).node, 1);
    });
  });

  it('that comes back after it was given up stays out, and a warning says no more than that', async () => {
    const warnings: string[] = [];
    const listener = (warning: Error): void => {
      if (Reflect.get(warning, 'code') === 'WARN_NODE_GIVEN_UP') warnings.push(warning.message);
    };
    process.on('warning', listener);
    await onTwoNodes({}, async (engine, machine) => {
      vanish(machine);
      kill(engine, 1);
      await until(() => engine.stats().workers[1]?.state === 'stopped', 'the node to be given up');
      comeBack(machine);
      for (let n = 0; n < 20; ++n) assert.equal((await engine.run('place', undefined, { node: 1 })).node, 0);
      assert.equal(engine.stats().workers[1]?.state, 'stopped');
      assert.deepEqual(
        engine.numa.stats().nodes.map(({ id }) => id),
        [0],
      );
    });
    process.off('warning', listener);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^others take over from node 1: .* ended 5 times in a row .* is given up\. Mend /);
    assert.doesNotMatch(warnings[0] ?? '', /engine gives up/);
  });

  it('that has lost all its CPUs is given up when its process ends; the other one takes over', async () => {
    await onTwoNodes({}, async (engine, machine, board) => {
      const blocked = engine.run('block', 0, { node: 1, retry: 5 });
      await board.arrived(0);
      const waiting = Array.from({ length: 100 }, () => engine.run('place', undefined, { node: 1, retry: 5 }));
      machine.write('cpu/online', String(machine.cpus[0]));
      kill(engine, 1);
      board.open(0);
      for (const { node } of await within(Promise.all(waiting), 'those that waited')) assert.equal(node, 0);
      await within(blocked, 'the one that ran');
      await until(() => engine.stats().workers[1]?.state === 'stopped', 'the node to be given up');
      assert.deepEqual(await engine.runMany('squared', [1, 2, 3]), [1, 4, 9]);
    });
  });
});

describe('the last node of an engine', { skip: SKIP }, () => {
  it('is gone: an error event, every promise rejects, and nothing hangs', async () => {
    await onTwoNodes({}, async (engine, machine, board) => {
      const errors: Error[] = [];
      engine.on('error', (error) => errors.push(error));
      vanish(machine);
      kill(engine, 1);
      await until(() => engine.stats().workers[1]?.state === 'stopped', 'the other node to be given up');
      const gate = engine.run('block', 0, { retry: 9 });
      await board.arrived(0);
      const tasks = [
        gate, // none of them ends while it is closed
        ...Array.from({ length: 50 }, (_, n) => engine.run('block', 0, { node: n % 2, retry: 9 })),
        engine.runMany('block', Array<number>(500).fill(0)),
        engine.broadcast('block', 0),
        engine.wait(engine.submitTask(engine.taskType('block'), 0)),
      ];
      const all = Promise.allSettled(tasks);
      killAll(engine, 0);
      for (const outcome of await within(all, 'all to settle')) {
        assert.equal(outcome.status, 'rejected');
        const { code, message } = outcome.reason as { code: unknown; message: string };
        assert.equal(code, 'ERR_WORKER_LOST');
        assert.match(message, /5 times in a row|was lost/);
      }
      await until(() => errors.length > 0, 'the error');
      assert.equal(errors.length, 1);
      assert.match(errors[0]?.message ?? '', /5 times in a row.*SIGKILL.*is given up/);
      await assert.rejects(engine.run('squared', 1), { code: 'ERR_WORKER_LOST' });
      await assert.rejects(engine.runMany('squared', [1, 2]), { code: 'ERR_WORKER_LOST' });
      const { queued, running, workers } = engine.stats();
      assert.deepEqual([queued, running, workers.map(({ state }) => state)], [0, 0, ['stopped', 'stopped']]);
      assert.deepEqual(engine.numa.stats().nodes, []);
      await within(engine.drain(), 'drain');
      await within(engine.close(), 'close');
    });
  });
});
