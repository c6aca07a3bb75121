import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Plan, planNodes, type PlanOptions } from '../../../src/affinity/plan.ts';
import { NumaError } from '../../../src/base/errors.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { DEFAULTS, machine, range } from './machine.ts';

function plan(topology: Topology, options: Partial<PlanOptions> = {}): Plan {
  return planNodes(topology, { ...DEFAULTS, ...options });
}

const workersOf = ({ nodes }: Plan): (readonly [number, number])[] => nodes.map(({ id, workers }) => [id, workers]);
const masksOf = ({ nodes }: Plan): (readonly [number, readonly number[]])[] => nodes.map(({ id, cpus }) => [id, cpus]);
const two = machine([
  { id: 0, cpus: range(0, 3) },
  { id: 1, cpus: range(4, 7) },
]);

describe('which nodes', () => {
  it('every usable one, with a worker for each CPU, and nothing left over', () => {
    assert.deepEqual(plan(two), {
      nodes: [
        { id: 0, cpus: [0, 1, 2, 3], workers: 4, workerCpus: undefined, memoryNode: 0 },
        { id: 1, cpus: [4, 5, 6, 7], workers: 4, workerCpus: undefined, memoryNode: 1 },
      ],
      hostCpus: null,
      unused: [],
    });
  });

  it('says why a node or a CPU is left out', () => {
    const odd = machine(
      [
        { id: 0, cpus: [0, 1, 2], usableCpus: [0, 1] },
        { id: 2, cpus: [] },
        { id: 3, cpus: [], memoryKiB: 0 },
        { id: 4, cpus: [0, 1], usableCpus: [] },
        { id: 5, cpus: [8, 9], usableCpus: [] },
        { id: 6, cpus: [10, 11] },
        { id: 7, cpus: [12, 13] },
      ],
      { isolatedCpus: [10, 11, 13] },
    );
    const { nodes, unused } = plan(odd);
    assert.deepEqual(
      nodes.map(({ id, cpus }) => [id, cpus]),
      [
        [0, [0, 1]],
        [7, [12]],
      ],
    );
    assert.deepEqual(unused, [
      { node: 0, cpus: [2], reason: 'the affinity mask or cpuset of this process does not contain them' },
      { node: 2, cpus: [], reason: 'it has memory only, no CPUs' },
      { node: 3, cpus: [], reason: 'it has neither CPUs nor memory' },
      { node: 4, cpus: [], reason: 'its CPUs are those of another node as well, which has them' },
      { node: 5, cpus: [8, 9], reason: 'the affinity mask or cpuset of this process does not contain them' },
      { node: 6, cpus: [10, 11], reason: 'all its CPUs are isolated (isolcpus): pass useIsolatedCpus to use them' },
      { node: 7, cpus: [13], reason: 'they are isolated (isolcpus): pass useIsolatedCpus to use them' },
    ]);
  });

  it('those that were asked for', () => {
    const only = plan(two, { nodes: [1, 1] });
    assert.deepEqual(masksOf(only), [[1, [4, 5, 6, 7]]]);
    assert.deepEqual(only.unused, [{ node: 0, cpus: [0, 1, 2, 3], reason: 'nodes does not name it' }]);
  });

  it('refuses what does not exist, cannot be used, or is no list', () => {
    const isolated = machine(
      [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [1] },
        { id: 3, cpus: [] },
      ],
      { isolatedCpus: [1] },
    );
    const refuses = (nodes: number[], code: string, message: RegExp): void => {
      assert.throws(
        () => plan(isolated, { nodes }),
        (error) => error instanceof NumaError && error.code === code && message.test(error.message),
      );
    };
    refuses([2], 'ERR_NODE_UNAVAILABLE', /expected nodes to be of 0, .* got 2: there is no such node/);
    refuses([0, 1], 'ERR_NODE_UNAVAILABLE', /got 1: all its CPUs are isolated .* pass useIsolatedCpus/);
    refuses([3], 'ERR_NODE_UNAVAILABLE', /got 3: it has memory only/);
    refuses([], 'ERR_INVALID_OPTION', /got an empty array: leave it out/);
    assert.deepEqual(masksOf(plan(isolated, { nodes: [1], useIsolatedCpus: true })), [[1, [1]]]);
  });

  it('on a machine whose CPUs are not known, one process that is not pinned', () => {
    const unknown = machine([{ id: 0, cpus: [] }], { source: 'single', allowedNodes: [] });
    for (const pin of ['node', 'core', 'off'] as const) {
      const expected = { id: 0, cpus: [], workers: 3, workerCpus: undefined, memoryNode: null };
      assert.deepEqual(plan(unknown, { pin, workers: 3 }), { nodes: [expected], hostCpus: null, unused: [] });
    }
    assert.equal(plan(unknown).nodes[0]?.workers, 1);
  });

  it('memory is bound to a node that has some and may be used', () => {
    const nodes = [
      { id: 0, cpus: [0], memoryKiB: 0 },
      { id: 1, cpus: [1], memoryKiB: null },
      { id: 2, cpus: [2], memoryKiB: 1 },
      { id: 3, cpus: [3] },
    ];
    const memoryOf = (more: Partial<Topology>, options?: Partial<PlanOptions>): (number | null)[] =>
      plan(machine(nodes, more), options).nodes.map(({ memoryNode }) => memoryNode);
    const allowed = { allowedNodes: [0, 1, 2] };
    assert.deepEqual(memoryOf(allowed), [null, 1, 2, null]);
    assert.deepEqual(memoryOf({ ...allowed, source: 'single' }), [null, null, 2, null]);
    assert.deepEqual(memoryOf(allowed, { pin: 'off' }), [null, null, null, null]);
  });
});

describe('how many workers', () => {
  const uneven = machine([
    { id: 0, cpus: range(0, 2) },
    { id: 1, cpus: range(3, 10) },
    { id: 4, cpus: range(11, 13) },
  ]);

  it('in proportion to CPUs, by largest remainder, ties to the lower id', () => {
    assert.deepEqual(workersOf(plan(uneven)), [
      [0, 3],
      [1, 8],
      [4, 3],
    ]);
    assert.deepEqual(workersOf(plan(uneven, { workers: 6 })), [
      [0, 1],
      [1, 4],
      [4, 1],
    ]);
    assert.deepEqual(workersOf(plan(two, { workers: 3 })), [
      [0, 2],
      [1, 1],
    ]);
    assert.deepEqual(workersOf(plan(two, { workers: 21 })), [
      [0, 11],
      [1, 10],
    ]);
  });

  it('no node gets none', () => {
    const tiny = machine([
      { id: 0, cpus: [0] },
      { id: 1, cpus: range(1, 30) },
      { id: 2, cpus: [31] },
    ]);
    assert.deepEqual(workersOf(plan(tiny, { workers: 4 })), [
      [0, 1],
      [1, 2],
      [2, 1],
    ]);
  });

  it('as many as the quota grants, rounded up, and one at least', () => {
    const total = (cpuQuota: number): number =>
      plan({ ...two, cpuQuota }).nodes.reduce((sum, { workers }) => sum + workers, 0);
    assert.deepEqual([5.5, 8.1, 2, 1.2, 0.5, 0].map(total), [6, 8, 2, 2, 1, 1]);
    assert.equal(plan({ ...two, cpuQuota: 1 }, { workers: 16 }).nodes.length, 2);
  });

  it('with fewer than nodes, the largest nodes', () => {
    const one = plan(uneven, { workers: 1 });
    assert.deepEqual(workersOf(one), [[1, 1]]);
    assert.deepEqual(one.unused, [
      { node: 0, cpus: [0, 1, 2], reason: 'there are fewer workers (1) than nodes' },
      { node: 4, cpus: [11, 12, 13], reason: 'there are fewer workers (1) than nodes' },
    ]);
    const both = plan({ ...uneven, cpuQuota: 1.5 });
    assert.deepEqual(workersOf(both), [
      [0, 1],
      [1, 1],
    ]);
    assert.deepEqual(
      both.unused.map(({ reason }) => reason),
      ['the CPU quota (1.5 CPUs) grants 2 workers, fewer than there are nodes'],
    );
  });
});

describe('the core of the host thread', () => {
  // Cores 0+4, 1+5 on node 0; 2+6, 3+7, 8 on node 1.
  const smt = machine(
    [
      { id: 0, cpus: [0, 1, 4, 5] },
      { id: 1, cpus: [2, 3, 6, 7, 8] },
    ],
    { smt: true, cores: 5, coreCpus: [[0, 4], [1, 5], [2, 6], [3, 7], [8]] },
  );

  it('is the first of the largest node, with all its hardware threads', () => {
    const { nodes, hostCpus, unused } = plan(smt, { reserveHostCore: true });
    assert.deepEqual(hostCpus, [2, 6]);
    assert.deepEqual(
      nodes.map(({ cpus, workers }) => [cpus, workers]),
      [
        [[0, 1, 4, 5], 4],
        [[3, 7, 8], 3],
      ],
    );
    assert.deepEqual(unused, [{ node: 1, cpus: [2, 6], reason: 'they are left to the host thread (reserveHostCore)' }]);
  });

  it('may be all that a node has, but not all there is', () => {
    const singles = machine([
      { id: 0, cpus: [0] },
      { id: 1, cpus: [1] },
    ]);
    const { nodes, hostCpus } = plan(singles, { reserveHostCore: true });
    assert.deepEqual([nodes.map(({ id }) => id), hostCpus], [[1], [0]]);
    const oneCore = machine([{ id: 0, cpus: [0, 1] }], { coreCpus: [[0, 1]] });
    for (const topology of [oneCore, machine([{ id: 0, cpus: [] }])]) {
      assert.throws(
        () => plan(topology, { reserveHostCore: true }),
        (error) =>
          error instanceof NumaError && error.code === 'ERR_INVALID_OPTION' && error.message.includes('got one'),
      );
    }
  });
});

describe('which CPUs a worker has', () => {
  // Two caches of two cores of two hardware threads: cores 0+4, 1+5 | 2+6, 3+7.
  const cached = machine([{ id: 0, cpus: range(0, 7) }], {
    smt: true,
    coreCpus: [
      [0, 4],
      [1, 5],
      [2, 6],
      [3, 7],
    ],
    caches: [
      { level: 3, sizeKiB: null, cpus: [0, 2, 4, 6] },
      { level: 3, sizeKiB: null, cpus: [1, 3, 5, 7] },
    ],
  });
  const places = (topology: Topology, options: Partial<PlanOptions>): unknown =>
    plan(topology, { pin: 'core', ...options }).nodes.map(({ workerCpus }) => workerCpus);

  it('a core each, cache by cache', () => {
    const { nodes, unused } = plan(cached, { pin: 'core', workers: 3 });
    assert.deepEqual(nodes[0]?.workerCpus, [
      [0, 4],
      [2, 6],
      [1, 5],
    ]);
    assert.deepEqual(nodes[0].cpus, range(0, 7));
    assert.deepEqual(unused, [
      { node: 0, cpus: [3, 7], reason: 'no worker is pinned to them: there are fewer workers than hardware threads' },
    ]);
  });

  it('with more workers than cores, a hardware thread each: first those of all cores; then from the beginning', () => {
    assert.deepEqual(places(cached, { workers: 5 }), [[[0], [2], [1], [3], [4]]]);
    assert.deepEqual(places(cached, { workers: 10 }), [[[0], [2], [1], [3], [4], [6], [5], [7], [0], [2]]]);
    assert.deepEqual(plan(cached, { pin: 'core', workers: 5 }).unused[0]?.cpus, [5, 6, 7]);
  });

  it('the part of a core that is in the mask; a CPU of no core is one', () => {
    const masked = { ...cached, isolatedCpus: [4], coreCpus: cached.coreCpus.slice(0, 3) };
    assert.deepEqual(places(masked, { workers: 5 }), [[[0], [2, 6], [1, 5], [3], [7]]]);
  });

  it('performance cores first', () => {
    const hybrid: Topology = {
      ...cached,
      cpuKinds: [
        { kind: 'efficiency', cpus: [0, 1, 4, 5] },
        { kind: 'performance', cpus: [2, 3, 6, 7] },
      ],
    };
    assert.deepEqual(places(hybrid, { workers: 3 }), [
      [
        [2, 6],
        [3, 7],
        [0, 4],
      ],
    ]);
  });

  it('isolated ones one by one, whatever the pinning; the others are shared', () => {
    const half = { ...cached, isolatedCpus: [1, 3, 5, 7] };
    const shared = [0, 2, 4, 6];
    assert.deepEqual(places(half, { pin: 'node', useIsolatedCpus: true, workers: 4 }), [
      [shared, shared, [1, 5], [3, 7]],
    ]);
    assert.deepEqual(places(half, { pin: 'node' }), [undefined]);
    assert.deepEqual(places(half, { pin: 'off', useIsolatedCpus: true }), [undefined]);
  });

  it('isolated ones are used without being asked for where this process may use no others', () => {
    const all = { ...cached, isolatedCpus: range(0, 7) };
    assert.deepEqual(places(all, { pin: 'node', workers: 2 }), [
      [
        [0, 4],
        [2, 6],
      ],
    ]);
  });

  it('anywhere with off, which leaves the plan as it is otherwise', () => {
    assert.deepEqual(plan(cached, { pin: 'off', workers: 3 }), {
      nodes: [{ id: 0, cpus: range(0, 7), workers: 3, workerCpus: undefined, memoryNode: null }],
      hostCpus: null,
      unused: [],
    });
  });
});
