import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Plan } from '../../../src/affinity/plan.ts';
import { topologyPicture } from '../../../src/cli/topology-picture.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { changed, machine, range, wholeMachine } from '../../support/machine.ts';

const WIDTH = 100;

function picture(topology: Topology, plan: Plan = wholeMachine(topology), width = WIDTH): string {
  return topologyPicture(topology, plan, width).join('\n');
}

const two = machine({ nodes: 2, coresPerNode: 8, threads: 2, coresPerCache: 8 });
const sixtyFour = machine({ nodes: 64, coresPerNode: 4 });

describe('topologyPicture', () => {
  it('shows one CPU', () => {
    const distances = null;
    const one = machine({ nodes: 1, coresPerNode: 1 });
    const text = picture({
      ...one,
      source: 'single',
      reason: 'no folder',
      nodes: changed(one.nodes, { 0: { distances } }),
    });
    assert.match(text, /^NUMA nodes +1, made up: no folder$/m);
    assert.match(text, /^┌─ node 0 ─+ 16\.0 GiB ─┐$/m);
    assert.match(text, /^1 worker in the process of the engine, .*nothing is pinned/m);
    assert.match(text, /^node +workers +CPUs\n0 +1 +0$/m);
    assert.doesNotMatch(text, /Distances|Warnings|Not used/);
  });

  it('shows nodes side by side, with their memory, CPUs, cores, caches and workers', () => {
    const text = picture(two);
    assert.match(text, /^┌─ node 0 ─+ 16\.0 GiB ─┐ ┌─ node 1 ─+ 16\.0 GiB ─┐$/m);
    assert.match(text, /\[## ## ## ## ## ## ## ##\].*\[## ## ## ## ## ## ## ##\]/);
    assert.match(text, /CPUs +0-7,16-23 .*CPUs +8-15,24-31 /);
    assert.match(text, /cores +8 × 2 threads: 0\+16 … 7\+23 /);
    assert.match(text, /L3 +8\.0 MiB: 0-7,16-23 /);
    assert.match(text, /^cores +16, up to 2 threads each$/m);
    assert.match(text, /^ +1 +20 +10$/m);
    assert.match(text, /^32 workers in 2 node processes/m);
    assert.match(text, /^1 +16 +bound to node 1 +8-15,24-31$/m);
  });

  it('shows one below the other where there is no room', () => {
    assert.match(picture(two, wholeMachine(two), 60), /^┌─ node 1 ─+ 16\.0 GiB ─┐$/m);
  });

  it('shows several caches of a node, and those that reach beyond it', () => {
    const text = picture(machine({ nodes: 1, coresPerNode: 4, coresPerCache: 2 }));
    assert.match(text, /\[##\] \[##\]/);
    assert.match(text, /L3 +2 × 8\.0 MiB: 0-1 \| 2-3/);
    const shared = picture(machine({ nodes: 2, coresPerNode: 2, coresPerCache: 4 }));
    assert.match(shared, /L3 +8\.0 MiB: 2-3, shared with other nodes/);
  });

  it('marks each CPU by what becomes of it', () => {
    const four = machine({ nodes: 1, coresPerNode: 5 }, { allowedCpus: [0, 1, 2, 3], isolatedCpus: [1] });
    const plan = { ...wholeMachine(four), hostCpus: [3] };
    const nodes = changed(four.nodes, { 0: { usableCpus: [0, 1, 2, 3] } });
    const text = picture({ ...four, nodes }, { ...plan, nodes: plan.nodes.map((node) => ({ ...node, cpus: [0] })) });
    assert.match(text, /│ #i-hx /);
    assert.doesNotMatch(text, /no node/);
    assert.match(text, /^# used, h left to .*, - allowed, not used, i isolated, not used, x not allowed$/m);
    assert.match(text, /not allowed +4 /);
    assert.match(text, /^allowed +0-3$/m);
    assert.match(text, /^isolated +1$/m);
    assert.match(text, /^CPUs left to the thread that submits: 3$/m);
  });

  it('shows cores of different kinds', () => {
    const coreCpus = [[0, 1], [2, 3], [4], [5], [6], [7]];
    const cpuKinds = [
      { kind: 'performance', cpus: [0, 1, 2, 3] },
      { kind: 'efficiency', cpus: [4, 5, 6, 7] },
    ] as const;
    const text = picture(machine({ nodes: 1, coresPerNode: 8 }, { coreCpus, cpuKinds, cores: 6, smt: true }));
    assert.match(text, /│ ## ## #### /);
    assert.match(text, /cores +2 × 2 threads: 0-1 2-3; 4 × 1 thread/);
    assert.match(text, /^performance +0-3$/m);
    assert.match(text, /^efficiency +4-7$/m);
  });

  it('shows memory without CPUs, no memory, memory that may not be used or is not told', () => {
    const base = machine({ nodes: 4, coresPerNode: 1 }, { allowedNodes: [0, 1, 3] });
    const nodes = changed(base.nodes, {
      0: { cpus: [], usableCpus: [] },
      1: { memoryKiB: 0 },
      3: { memoryKiB: null },
    });
    const plan = wholeMachine({ ...base, nodes });
    const unbound = plan.nodes.map((node) => ({ ...node, memoryNode: null }));
    const unused = [{ node: 0, cpus: [], reason: 'it has memory only' }];
    const text = picture({ ...base, nodes, onlineCpus: [1, 2, 3] }, { ...plan, nodes: unbound, unused });
    assert.match(text, /node 0 ─+ 16\.0 GiB ─┐/);
    assert.match(text, /│ no CPUs /);
    assert.match(text, /node 1 ─+ no memory ─┐/);
    assert.match(text, /node 2 ─+ 16\.0 GiB, not allowed ─┐/);
    assert.match(text, /node 3 ─+ memory unknown ─┐/);
    assert.match(text, /^memory +of nodes 0-1,3 allowed$/m);
    assert.match(text, /^1 +1 +not bound: it has none +1$/m);
    assert.match(text, /^2 +1 +not bound: not allowed +2$/m);
    assert.match(text, /^Not used\nnode 0: it has memory only$/m);
  });

  it('draws a CPU that several nodes claim once, and one that no node claims apart', () => {
    const base = machine({ nodes: 2, coresPerNode: 2 }, { onlineCpus: [0, 1, 2, 3, 4], allowedCpus: [0, 1, 2, 3] });
    const nodes = changed(base.nodes, { 0: { cpus: [0, 1, 2, 3], usableCpus: [0, 1, 2, 3] }, 1: { usableCpus: [] } });
    const text = picture({ ...base, nodes });
    assert.match(text, /CPUs 2-3, which another node has as well/);
    assert.match(text, /^┌─ no node ─+┐/m);
    assert.equal([...text.matchAll(/│ +([#x]+) +/g)].map(([, marks]) => marks).join(''), '####x');
  });

  it('draws a CPU that several nodes claim where it is usable', () => {
    const base = machine({ nodes: 2, coresPerNode: 2 });
    const nodes = changed(base.nodes, { 0: { cpus: [0, 1, 2, 3] } });
    assert.match(picture({ ...base, nodes }), /CPUs +0-1 .*CPUs +2-3 /);
  });

  it('names each core where they follow no rule', () => {
    const cores = (coreCpus: number[][]): string =>
      /cores +\d × 2 threads: (.*?) *│/.exec(
        picture(machine({ nodes: 1, coresPerNode: 1 + Math.max(...coreCpus.flat()) }, { coreCpus })),
      )?.[1] ?? '';
    const uneven = [
      [0, 4],
      [1, 6],
      [2, 5],
      [3, 7],
    ];
    assert.equal(cores(uneven), '0+4 1+6 2+5 3+7');
    const gap = [
      [0, 1],
      [2, 3],
      [5, 6],
      [4, 7],
    ];
    assert.equal(cores(gap), '0-1 2-3 4+7 5-6');
    const steps = [0, 2, 6, 8, 10].map((first) => [first, first + 1]);
    assert.equal(cores(steps), '0-1 2-3 6-7 … 10-11; 2 × 1 thread');
    assert.equal(cores([0, 1, 2, 3].map((core) => [core, core + 4])), '0+4 … 3+7');
  });

  it('puts what is not used for one reason into one line', () => {
    const unused = [
      { node: 0, cpus: [0, 1], reason: 'isolated' },
      { node: 1, cpus: [8], reason: 'isolated' },
      { node: 1, cpus: [], reason: 'odd' },
    ];
    assert.match(
      picture(two, wholeMachine(two, { unused })),
      /\nNot used\nCPUs 0-1,8 of nodes 0-1: isolated\nnode 1: odd$/m,
    );
  });

  it('shows the quota and each warning with its code and what to do, in plain characters', () => {
    const warnings = [
      { code: 'WARN_NO_DISTANCES', message: 'expected\u001b[31m distances,\ngot none' },
      { code: 'WARN_UNHEARD_OF', message: 'odd' },
    ] as const;
    const text = picture({ ...two, cpuQuota: 2.5, warnings });
    assert.match(text, /^CPU quota +2\.5 CPUs/m);
    assert.match(text, /\nWARN_NO_DISTANCES\n {2}expected\uFFFD\[31m distances, got none\n {2}what to do: .*firmware/);
    assert.match(text, /\nWARN_UNHEARD_OF\n {2}odd\n {2}what to do: compare/);
  });

  it('shows 64 nodes in a table, with ranges', () => {
    const text = picture(sixtyFour);
    assert.match(text, /^node +memory +cores +map +CPUs$/m);
    assert.match(text, /^63 +16\.0 GiB +4 +#### +252-255$/m);
    assert.match(text, /\. = 10, 1 = 20$/m);
    assert.match(text, /^ 1 {2}1\.1{62}$/m);
    assert.match(text, /^256 workers in 64 node processes/m);
    assert.match(text, /^4 workers and memory on each of nodes 0-63, with all its CPUs$/m);
  });

  it('shows those of many planned nodes that are not like the others', () => {
    const plan = wholeMachine(sixtyFour);
    const nodes = plan.nodes.map((node) => {
      if (node.id === 4) return { ...node, memoryNode: null };
      return node.id === 3 ? { ...node, cpus: [12] } : node;
    });
    const text = picture(sixtyFour, { ...plan, nodes });
    assert.match(text, /^4 workers and memory on each of nodes 0-2,5-63, with all its CPUs$/m);
    assert.match(text, /^3 +4 +bound to node 3 +12$/m);
    assert.match(text, /^4 +4 +not bound +16-19$/m);
  });

  it('lists distances where not even a character a node fits, or there are too many of them', () => {
    const narrow = picture(sixtyFour, wholeMachine(sixtyFour), 60);
    assert.match(narrow, /^from +distance: nodes\n0 +10: 0; 20: 1-63$/m);
    const distances = range(64).map((i) => 10 + i);
    const many = machine({ nodes: 64, coresPerNode: 1 });
    const text = picture({ ...many, nodes: many.nodes.map((node) => ({ ...node, distances })) });
    assert.match(text, /^5 +10: 0; 11: 1; /m);
  });

  it('shows 256 CPUs of one node, wrapped', () => {
    const odd = machine({ nodes: 1, coresPerNode: 512 });
    const cpus = range(256).map((i) => 2 * i);
    const node = { ...odd.nodes[0], id: 0, cpus, usableCpus: cpus, memoryKiB: null, distances: null };
    const lines = picture({ ...odd, onlineCpus: cpus, allowedCpus: cpus, nodes: [node] }).split('\n');
    assert.ok(lines.length < 50, `${String(lines.length)} lines`);
    assert.ok(lines.every((line) => line.length <= WIDTH));
  });

  it('keeps within the width and draws boxes without gaps, whatever the machine', () => {
    const shapes = fc.record({
      nodes: fc.integer({ min: 1, max: 70 }),
      coresPerNode: fc.integer({ min: 1, max: 20 }),
      threads: fc.constantFrom(1, 2, 4),
    });
    fc.assert(
      fc.property(shapes, fc.integer({ min: 60, max: 200 }), (shape, width) => {
        const topology = machine(shape);
        const lines = topologyPicture(topology, wholeMachine(topology), width);
        for (const line of lines) assert.ok(line.length <= width, `${String(line.length)} > ${String(width)}: ${line}`);
        const boxed = lines.filter((line) => /^[┌│└]/.test(line));
        assert.ok(boxed.every((line) => /[┐│┘]$/.test(line)));
        if (shape.nodes > 8) return;
        const marks = boxed.join('').match(/#/g);
        assert.equal(marks?.length, topology.onlineCpus.length);
      }),
    );
  });
});
