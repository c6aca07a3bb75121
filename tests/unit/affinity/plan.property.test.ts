import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Plan, planNodes, type PlanOptions } from '../../../src/affinity/plan.ts';
import { sharesOf } from '../../../src/affinity/shares.ts';
import { NumaError } from '../../../src/base/errors.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { machine, type NodeParts } from './machine.ts';

const seed = Date.now() | 0;
console.log(`# seed ${String(seed)}`);

/** What a CPU of a made-up machine is. */
const cpu = fc.record({
  node: fc.nat(4),
  allowed: fc.boolean(),
  isolated: fc.boolean(),
  core: fc.nat(5),
  cache: fc.nat(2),
});
/** Nodes 0, 2, 4, 6, 8; CPUs lie anywhere, cores do not span nodes, some nodes have none. */
const topologies = fc
  .tuple(fc.array(cpu, { maxLength: 24 }), fc.option(fc.double({ min: 0, max: 30, noNaN: true })))
  .map(([cpus, cpuQuota]): Topology => {
    const numbers = (which: (each: (typeof cpus)[number]) => boolean): number[] =>
      cpus.flatMap((each, n) => (which(each) ? [n] : []));
    const groups = (key: (each: (typeof cpus)[number]) => number): number[][] =>
      [...new Set(cpus.map(key))].map((value) => numbers((each) => key(each) === value));
    const nodes = [0, 1, 2, 3, 4].map((node): NodeParts => ({
      id: 2 * node,
      cpus: numbers((each) => each.node === node),
      usableCpus: numbers((each) => each.node === node && each.allowed),
    }));
    return machine(nodes, {
      cpuQuota,
      isolatedCpus: numbers(({ isolated }) => isolated),
      coreCpus: groups(({ node, core }) => 8 * node + core),
      caches: groups((each) => each.cache).map((group) => ({ level: 3, sizeKiB: null, cpus: group })),
    });
  });
const options = fc.record({
  pin: fc.constantFrom('node' as const, 'core' as const, 'off' as const),
  useIsolatedCpus: fc.boolean(),
  reserveHostCore: fc.boolean(),
  workers: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
  nodes: fc.option(fc.subarray([0, 2, 4, 6, 8], { minLength: 1 }), { nil: undefined, freq: 2 }),
});

/** The plan, or null when the options do not fit the machine. */
function planOrRefusal(topology: Topology, chosen: PlanOptions): Plan | null {
  try {
    return planNodes(topology, chosen);
  } catch (error) {
    assert.ok(error instanceof NumaError, String(error));
    const expected = error.code === 'ERR_NODE_UNAVAILABLE' ? chosen.nodes !== undefined : chosen.reserveHostCore;
    assert.ok(expected, error.message);
    return null;
  }
}

function holds(check: (plan: Plan, topology: Topology, chosen: PlanOptions) => void): void {
  const property = fc.property(topologies, options, (topology, chosen) => {
    const plan = planOrRefusal(topology, chosen);
    if (plan !== null) check(plan, topology, chosen);
  });
  fc.assert(property, { seed, numRuns: 2000 });
}

test('a CPU is in the mask of one node at most, which is its own, or the host has it, or it is left out', () => {
  holds(({ nodes, hostCpus, unused }, topology) => {
    const used = [...nodes.flatMap(({ cpus }) => cpus), ...(hostCpus ?? [])];
    assert.equal(new Set(used).size, used.length);
    for (const { id, cpus } of nodes) {
      const own = topology.nodes.find((node) => node.id === id)?.usableCpus ?? [];
      assert.ok(cpus.every((each) => own.includes(each)));
      assert.deepEqual(
        cpus,
        cpus.toSorted((a, b) => a - b),
      );
    }
    const out = unused.flatMap(({ cpus }) => cpus);
    assert.equal(new Set(out).size, out.length);
    assert.deepEqual(new Set([...used, ...out]), new Set(topology.onlineCpus));
    for (const { cpus, workerCpus } of nodes) {
      const idle = cpus.filter((each) => out.includes(each));
      assert.deepEqual(
        idle,
        workerCpus === undefined ? [] : cpus.filter((each) => !workerCpus.some((own) => own.includes(each))),
      );
    }
  });
});

test('there is a node, each has a worker, and the workers are as many as were asked for or the quota grants', () => {
  holds(({ nodes }, { cpuQuota }, { workers }) => {
    assert.ok(nodes.length > 0);
    assert.ok(nodes.every((node) => node.workers >= 1));
    const cpus = nodes.reduce((sum, node) => sum + node.cpus.length, 0);
    const granted = Math.max(1, Math.min(cpus, Math.ceil(cpuQuota ?? Infinity)));
    assert.equal(
      nodes.reduce((sum, node) => sum + node.workers, 0),
      workers ?? granted,
    );
    const ids = nodes.map(({ id }) => id);
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    );
  });
});

test('isolated CPUs are in use only when they are asked for, or there are no others', () => {
  holds(({ nodes, hostCpus }, { isolatedCpus, allowedCpus }, { useIsolatedCpus }) => {
    if (useIsolatedCpus || allowedCpus.every((each) => isolatedCpus.includes(each))) return;
    const used = [...nodes.flatMap(({ cpus }) => cpus), ...(hostCpus ?? [])];
    assert.ok(!used.some((each) => isolatedCpus.includes(each)));
  });
});

test('a worker has CPUs of the mask, a worker on an isolated CPU those of one core, and nobody doubles up before all are taken', () => {
  holds(({ nodes }, { isolatedCpus, coreCpus }, { pin }) => {
    for (const { cpus, workers, workerCpus } of nodes) {
      const isolated = cpus.some((each) => isolatedCpus.includes(each));
      assert.equal(workerCpus !== undefined, cpus.length > 0 && (pin === 'core' || (pin === 'node' && isolated)));
      if (workerCpus === undefined) continue;
      assert.equal(workerCpus.length, workers);
      for (const own of workerCpus) {
        assert.ok(own.length > 0 && own.every((each) => cpus.includes(each)));
        if (pin === 'node' && !own.some((each) => isolatedCpus.includes(each))) continue;
        assert.ok(coreCpus.some((core) => own.every((each) => core.includes(each))));
      }
      if (pin !== 'core') continue;
      const load = cpus.map((each) => workerCpus.filter((own) => own.includes(each)).length);
      assert.ok(Math.max(...load) <= Math.ceil(workers / cpus.length));
    }
  });
});

test('the same machine and options give the same plan', () => {
  holds((plan, topology, chosen) => {
    assert.deepEqual(planNodes(structuredClone(topology), structuredClone(chosen)), plan);
  });
});

test('shares are whole, at least 1, sum up, and are within 1 of the exact part where it is at least 1', () => {
  const cases = fc
    .array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 16 })
    .chain((weights) => fc.tuple(fc.constant(weights), fc.integer({ min: weights.length, max: 2000 })));
  const property = fc.property(cases, ([weights, total]) => {
    const shares = sharesOf(total, weights);
    const sum = weights.reduce((all, weight) => all + weight, 0);
    const exact = weights.map((weight) => (total * weight) / sum);
    assert.equal(
      shares.reduce((all, share) => all + share, 0),
      total,
    );
    assert.ok(shares.every((share) => Number.isInteger(share) && share >= 1));
    const anyRaised = exact.some((part) => part < 1);
    for (const [n, share] of shares.entries()) {
      const part = exact[n] ?? 0;
      assert.ok(share < part + 1 || share === 1, 'nobody gets more than the part rounded up');
      if (!anyRaised) assert.ok(share > part - 1, 'nobody gets less than the part rounded down');
      const smaller = shares.findIndex((other, m) => (weights[m] ?? 0) > (weights[n] ?? 0) && other < share);
      assert.equal(smaller, -1, 'more CPUs, not fewer workers');
    }
  });
  fc.assert(property, { seed, numRuns: 2000 });
});
