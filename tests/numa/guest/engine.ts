/** The package as it was built runs tasks here, with a process on each node. */
import assert from 'node:assert/strict';
import { formatCpuList } from '../../../src/topology/cpulist.ts';
import { until } from '../../support/until.ts';
import { check, thisMachine } from './check.ts';
import { slowly, squaresOf } from './load.ts';
import { DEADLINE_MS, type NodeEngine, processNodes, withEngine } from './node-engine.ts';
import { largestMapping, masksOf, sumOf } from './processes.ts';

const KERNELS = new URL('../../support/kernels.wasm', import.meta.url);
const PAYLOAD_BYTES = 32 << 20;
/** The heaps of a process alone are larger. */
const LEAST_RESIDENT_BYTES = 4 << 20;
const PAGE_BYTES = 4_096;
/** Of the pages of a process's shared memory. */
const LEAST_SHARE = 0.95;

const { facts } = thisMachine();
const nodes = processNodes();
const inputs = Array.from({ length: 500 }, (_, n) => n);
const squares = squaresOf(inputs.length);

// One worker a node: each start of a thread takes long here.
await withEngine({ kernels: KERNELS, workers: nodes.length }, async (engine) => {
  await check('1,000 tasks of kernels and handlers', async () => {
    assert.deepEqual(await engine.runMany('squaredSlowly', slowly(inputs.length, 0)), squares);
    assert.deepEqual(await engine.runMany('square', inputs), squares);
    await engine.drain();
    const { submitted, completed, failed, lost } = engine.stats();
    assert.deepEqual(
      { submitted, completed, failed, lost },
      { submitted: 1_000, completed: 1_000, failed: 0, lost: 0 },
    );
  });
  const pids = await checkPlaces(engine);
  for (const { id, cpus, homes } of nodes) {
    const pid = pids.get(id) ?? NaN;
    await check(`every thread of the process of node ${String(id)} is kept on ${cpus}`, () => {
      assert.deepEqual(masksOf(pid), [cpus]);
    });
    await check(`the memory that tasks share on node ${String(id)} is on node ${[...homes].join(' or ')}`, async () => {
      assert.equal(await engine.run('size', new Uint8Array(PAYLOAD_BYTES).fill(1), { node: id }), PAYLOAD_BYTES);
      const pages = largestMapping(pid);
      const all = sumOf(pages);
      const told = JSON.stringify(pages);
      assert.ok(all >= PAYLOAD_BYTES / PAGE_BYTES, `${told}: fewer pages than were written to`);
      assert.ok(sumOf(pages, homes) >= LEAST_SHARE * all, `${told}: too few of these pages are there`);
    });
  }
  await checkStats(engine, pids);
});

/** Workers are told where they are. @returns the process of each node */
async function checkPlaces(engine: NodeEngine): Promise<ReadonlyMap<number, number>> {
  const places = await engine.broadcast('place');
  const pids = new Map(places.map(({ node, pid }) => [node, pid]));
  await check('each node with CPUs has a process, and its workers know it', async () => {
    const ids = nodes.map(({ id }) => id);
    assert.deepEqual(
      places.map(({ node }) => node),
      ids,
    );
    assert.equal(new Set([...pids.values(), process.pid]).size, ids.length + 1);
    assert.deepEqual(
      engine.stats().workers.map(({ node }) => node),
      ids,
    );
    for (const id of ids) {
      assert.deepEqual(await engine.run('place', undefined, { node: id }), { node: id, pid: pids.get(id) });
    }
    assert.deepEqual(
      engine.numa.topology.nodes.map(({ id, usableCpus, distances }) => [id, formatCpuList(usableCpus), distances]),
      facts.nodes.map(({ id, usableCpus, distances }) => [id, usableCpus, distances]),
    );
  });
  await check('what prefers a node runs there', async () => {
    const before = engine.numa.stats();
    for (const id of nodes.flatMap((node) => Array.from({ length: 10 }, () => node.id))) {
      assert.equal((await engine.run('place', undefined, { node: id })).node, id);
    }
    const after = engine.numa.stats();
    const count = 10 * nodes.length;
    assert.equal(after.localAssignments - before.localAssignments, count);
    assert.equal(after.crossNumaAssignments - before.crossNumaAssignments, 0);
  });
  return pids;
}

async function checkStats(engine: NodeEngine, pids: ReadonlyMap<number, number>): Promise<void> {
  await check('statistics tell of processes, CPUs and resident memory', async () => {
    // Readings are rare where they take long, and the last one may be from before the payloads.
    const isRead = (): boolean =>
      engine.numa
        .stats()
        .nodes.every(({ residentBytesByNode }) => sumOf(residentBytesByNode ?? {}) >= LEAST_RESIDENT_BYTES);
    await until(isRead, 'a reading that sees the memory', DEADLINE_MS);
    const stats = engine.numa.stats();
    assert.deepEqual(
      stats.nodes.map(({ id, pid, workers, pinned, cpus }) => [id, pid, workers, pinned, formatCpuList(cpus)]),
      nodes.map(({ id, cpus }) => [id, pids.get(id), 1, true, cpus]),
    );
    for (const [n, { residentBytesByNode }] of stats.nodes.entries()) {
      const bytes = residentBytesByNode ?? {};
      assert.ok(sumOf(bytes, nodes[n]?.homes) >= LEAST_SHARE * sumOf(bytes), JSON.stringify(bytes));
    }
    engine.numa.checkPerformance();
  });
}
