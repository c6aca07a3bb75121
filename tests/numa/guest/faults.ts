/** An engine as by default, under what may befall it: a crowded node, `taskset` from outside, a process that is killed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { until, within } from '../../support/until.ts';
import { check } from './check.ts';
import { DEADLINE_MS, type NodeEngine, processNodes, withEngine } from './node-engine.ts';
import { masksOf } from './processes.ts';
import { resultsOf, slowly, squaresOf } from './load.ts';

const nodes = processNodes();
const [first, second] = nodes;
assert.ok(first !== undefined && second !== undefined);

await withEngine({}, async (engine) => {
  const { pid } = await engine.run('place', undefined, { node: first.id });
  await check('masks that taskset has changed are a degradation, until they are as before', async () => {
    await checkMoved(engine, pid, first.cpus, second.cpus);
  });
  await check('what crowds a node is run by another one, and counted', async () => {
    await checkCrowd(engine);
  });
  await check('a process that is killed loses nothing that may run again, and another one is pinned', async () => {
    await checkKilled(engine, pid);
  });
});

async function checkMoved(engine: NodeEngine, pid: number, own: string, other: string): Promise<void> {
  const work = new AbortController();
  const rest = engine.run('rest', DEADLINE_MS, { signal: work.signal }).catch(() => undefined);
  try {
    const degraded = once(engine, 'degraded');
    moveAll(pid, other);
    assert.deepEqual(masksOf(pid), [other]);
    const [{ metric, value, threshold }] = (await within(degraded, "'degraded'", DEADLINE_MS)) as [
      Record<string, unknown>,
    ];
    assert.deepEqual(
      { metric, threshold, isLow: Number(value) < 1 },
      { metric: 'affinity', threshold: 1, isLow: true },
    );
    assert.throws(
      () => {
        engine.numa.checkPerformance();
      },
      { name: 'NumaError', code: 'ERR_PERFORMANCE_DEGRADED', metric: 'affinity', threshold: 1 },
    );
    assert.equal(engine.numa.stats().performanceDegradations, 1);
    const recovered = once(engine, 'recovered');
    moveAll(pid, own);
    const [{ metric: again }] = (await within(recovered, "'recovered'", DEADLINE_MS)) as [Record<string, unknown>];
    assert.equal(again, 'affinity');
    engine.numa.checkPerformance();
  } finally {
    work.abort();
    await rest;
  }
}

async function checkCrowd(engine: NodeEngine): Promise<void> {
  const before = engine.numa.stats();
  assert.deepEqual([before.crossNumaAssignments, before.efficiency], [0, 1]);
  const tasks = slowly(200).map((input) => engine.run('squaredSlowly', input, { node: nodes[0]?.id ?? 0 }));
  assert.deepEqual(await within(Promise.all(tasks), 'the crowd', DEADLINE_MS), squaresOf(200));
  await engine.drain();
  const { totalAssignments, localAssignments, crossNumaAssignments, efficiency } = engine.numa.stats();
  assert.ok(crossNumaAssignments > 0, 'nothing was moved');
  assert.equal(localAssignments + crossNumaAssignments, totalAssignments);
  assert.ok(efficiency !== null && efficiency < 1 && efficiency > 0.5, String(efficiency));
}

async function checkKilled(engine: NodeEngine, pid: number): Promise<void> {
  const before = engine.stats();
  const safe = slowly(150).map((input) => engine.run('squaredSlowly', input, { retry: 3 }));
  const risky = slowly(150).map((input) => engine.run('squaredSlowly', input));
  const outcomes = resultsOf(risky);
  await engine.run('squaredSlowly', { x: 0, ms: 0 }, { priority: 0 });
  process.kill(pid, 'SIGKILL');
  assert.deepEqual(await within(Promise.all(safe), 'those that may run again', DEADLINE_MS), squaresOf(150));
  const { right, lost, wrong } = await within(outcomes, 'those that may not', DEADLINE_MS);
  assert.deepEqual({ settled: right + lost, wrong }, { settled: 150, wrong: [] });
  await engine.drain();
  const after = engine.stats();
  assert.equal(after.submitted - before.submitted, 301);
  assert.equal(after.lost - before.lost, lost);
  assert.equal(after.completed - before.completed, 301 - lost);
  await until(() => engine.numa.stats().nodes.length === nodes.length, 'another process', DEADLINE_MS);
  const [again] = engine.numa.stats().nodes;
  assert.ok(again !== undefined && again.pid !== pid);
  assert.deepEqual([again.id, again.pinned, masksOf(again.pid)], [nodes[0]?.id, true, [nodes[0]?.cpus]]);
  assert.deepEqual(await engine.run('place', undefined, { node: again.id }), { pid: again.pid, node: again.id });
}

/** All threads of a process. */
function moveAll(pid: number, cpus: string): void {
  const { status, stderr } = spawnSync('taskset', ['-apc', cpus, String(pid)], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
