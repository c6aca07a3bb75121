/** What `taskset` does here: the facts that pinning relies on, without the product. */
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { check, thisMachine } from './check.ts';
import { firstOf, forbiddenCpu, onlineOf } from './cpus.ts';
import type { Masks } from './pinned-thread.ts';

const THREAD_MASKS = fileURLToPath(new URL('./thread-masks.js', import.meta.url));

const machine = thisMachine();
const { facts } = machine;
const first = firstOf(facts.allowedCpus);
const forbidden = String(forbiddenCpu(machine));

for (const { id, usableCpus } of facts.nodes.filter((node) => node.usableCpus !== '')) {
  await check(`started under taskset -c ${usableCpus}, every thread has the mask of node ${String(id)}`, () => {
    const { status, stdout, stderr } = taskset(usableCpus, process.execPath, THREAD_MASKS);
    assert.equal(status, 0, stderr);
    const masks = JSON.parse(stdout) as unknown[];
    assert.ok(masks.length > 6, stdout);
    assert.deepEqual(new Set(masks), new Set([usableCpus]));
  });
}
await check(`taskset -c ${first},${forbidden} succeeds and gives ${first} alone`, () => {
  const { status, stdout, stderr } = taskset(`${first},${forbidden}`, 'grep', 'Cpus_allowed_list', '/proc/self/status');
  assert.equal(status, 0, stderr);
  assert.equal(stdout.split(/\s+/)[1], first);
});
await check(`taskset -c ${forbidden} fails`, () => {
  const { status, stdout } = taskset(forbidden, 'echo', 'started');
  assert.deepEqual({ status, stdout }, { status: 1, stdout: '' });
});
await check(`a thread that pins itself to ${first} leaves the main thread alone`, async () => {
  const worker = new Worker(new URL('./pinned-thread.js', import.meta.url), { workerData: first });
  const [{ status, own, main }] = (await once(worker, 'message')) as [Masks];
  assert.deepEqual({ status, own, main: onlineOf(main, machine) }, { status: 0, own: first, main: facts.allowedCpus });
});
if (facts.isolatedCpus !== '') {
  await check(`an isolated CPU is had by asking: taskset -c ${facts.isolatedCpus}`, () => {
    const { status, stdout } = taskset(facts.isolatedCpus, 'grep', 'Cpus_allowed_list', '/proc/self/status');
    assert.equal(status, 0);
    assert.equal(stdout.split(/\s+/)[1], facts.isolatedCpus);
  });
}

function taskset(cpus: string, ...command: string[]): SpawnSyncReturns<string> {
  return spawnSync('taskset', ['-c', cpus, ...command], { encoding: 'utf8' });
}
