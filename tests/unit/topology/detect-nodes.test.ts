import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { detectTopology } from '../../../src/topology/detect.ts';
import { withFileTree } from './file-tree.ts';
import { codes, CPU, detect, FILES, type Files, message, NODE, without } from './two-nodes.ts';

describe('detectTopology, nodes', () => {
  it('makes one up without folders, with the memory of the machine', () => {
    const topology = detect({ ...without(NODE), 'proc/meminfo': 'MemTotal:       123 kB\nMemFree: 1 kB\n' });
    assert.equal(topology.source, 'single');
    assert.match(topology.reason ?? '', /^no folder of a node in sys\/devices\/system\/node: a kernel without NUMA/);
    const all = [0, 1, 2, 3, 4, 5, 6, 7];
    assert.deepEqual(topology.nodes, [{ id: 0, cpus: all, usableCpus: all, memoryKiB: 123, distances: null }]);
    assert.deepEqual([topology.cores, topology.packages, codes(topology)], [4, 2, []]);
  });
  it('leaves out what is offline: a folder that the list does not name, a name without a folder', () => {
    const offline = detect({ ...FILES, [`${NODE}/node0/distance`]: '10\n', [`${NODE}/online`]: '0\n' });
    assert.deepEqual(
      offline.nodes.map(({ id }) => id),
      [0],
    );
    const moved = Object.entries(FILES).map(([path, text]) => [path.replace('node/node1/', 'node/node2/'), text]);
    const missing = detect({
      ...(Object.fromEntries(moved) as Files),
      [`${NODE}/online`]: '0-2\n',
      [`${NODE}/node0/distance`]: '10 30 21\n',
      [`${NODE}/node2/distance`]: '22 30 10\n',
    });
    assert.deepEqual(
      missing.nodes.map(({ id, distances }) => [id, distances]),
      [
        [0, [10, 21]],
        [2, [22, 10]],
      ],
    );
    assert.match(message(missing, 'WARN_MISSING_NODES'), /got none for node 1: left out$/);
  });
  it('takes the k-th distance for the k-th node online, whatever its id', () => {
    const moved = Object.entries(FILES).map(([path, text]) => [path.replace('node/node1/', 'node/node72/'), text]);
    const topology = detect({ ...(Object.fromEntries(moved) as Files), [`${NODE}/online`]: '0,72\n' });
    assert.deepEqual(
      topology.nodes.map(({ id, distances }) => [id, distances]),
      [
        [0, [10, 21]],
        [72, [22, 10]],
      ],
    );
  });
  it('sorts ids as numbers', () => {
    const ids = [0, 1, 2, 10, 33, 100];
    const files = ids.map((id) => [`${NODE}/node${String(id)}/cpulist`, `${String(id)}\n`]);
    const { nodes } = detect({ ...(Object.fromEntries(files) as Files), [`${CPU}/online`]: '0-100\n' });
    assert.deepEqual(
      nodes.map(({ id }) => id),
      ids,
    );
  });
  it('does not believe distances of a wrong number, size or order', () => {
    for (const [text, complaint] of [
      ['10\n', 'expected 2 distances, one for each node online,'],
      ['10 21 21\n', 'expected 2 distances'],
      ['', 'expected 2 distances'],
      ['10 0\n', 'expected distances from 10 to 255'],
      ['10 256\n', 'expected distances from 10 to 255'],
      ['10 NaN\n', 'expected distances from 10 to 255'],
      ['10 -21\n', 'expected distances from 10 to 255'],
      ['21 10\n', 'expected no distance shorter than the one to the node itself'],
    ] as const) {
      const topology = detect({ ...FILES, [`${NODE}/node0/distance`]: text });
      assert.deepEqual(
        topology.nodes.map(({ distances }) => distances),
        [null, [22, 10]],
      );
      assert.ok(message(topology, 'WARN_BAD_DISTANCES').startsWith(complaint), message(topology, 'WARN_BAD_DISTANCES'));
    }
  });
  it('says which nodes have no distances; alone, a node needs none', () => {
    const topology = detect(without(`${NODE}/node1/distance`));
    assert.deepEqual(
      topology.nodes.map(({ distances }) => distances),
      [[10, 21], null],
    );
    assert.match(message(topology, 'WARN_NO_DISTANCES'), /got none of node 1: assumed to be unknown/);
    const alone = detect({ ...without(`${NODE}/node1`, `${NODE}/node0/distance`), [`${NODE}/online`]: '0\n' });
    assert.deepEqual([alone.nodes[0]?.distances, codes(alone)], [null, ['WARN_ORPHAN_CPUS']]);
  });
  it('tells no memory from none', () => {
    const topology = detect({
      ...without(`${NODE}/node1/meminfo`),
      [`${NODE}/node0/meminfo`]: 'Node 0 MemTotal:   0 kB\n',
    });
    assert.deepEqual(
      topology.nodes.map(({ memoryKiB }) => memoryKiB),
      [0, null],
    );
  });
  it('takes a node without any CPU file for one of memory', () => {
    const topology = detect(without(`${NODE}/node1/cpulist`));
    assert.deepEqual(
      topology.nodes.map(({ cpus }) => cpus),
      [[0, 1, 4, 5], []],
    );
    assert.deepEqual(codes(topology), ['WARN_SILENT_NODE', 'WARN_ORPHAN_CPUS']);
    assert.deepEqual(topology.nodes[0]?.usableCpus, [0, 1, 2, 3, 4, 5, 6, 7]);
  });
  it('gives a CPU that several nodes claim to the first, and tells all', () => {
    const topology = detect({ ...FILES, [`${NODE}/node1/cpulist`]: '1-7\n' });
    assert.deepEqual(
      topology.nodes.map(({ cpus }) => cpus),
      [
        [0, 1, 4, 5],
        [1, 2, 3, 4, 5, 6, 7],
      ],
    );
    assert.deepEqual(
      topology.nodes.map(({ usableCpus }) => usableCpus),
      [
        [0, 1, 4, 5],
        [2, 3, 6, 7],
      ],
    );
    assert.match(message(topology, 'WARN_OVERLAPPING_NODES'), /got CPU 1,4-5 once more on node 1:/);
  });
  it('gives a CPU that no node claims to the node of its package', () => {
    const topology = detect({ ...FILES, [`${NODE}/node1/cpulist`]: '2\n', [`${NODE}/node0/cpulist`]: '0-1\n' });
    assert.deepEqual(
      topology.nodes.map(({ usableCpus }) => usableCpus),
      [
        [0, 1, 4, 5],
        [2, 3, 6, 7],
      ],
    );
    assert.match(message(topology, 'WARN_ORPHAN_CPUS'), /got none for CPU 3-7: given to node 1, 0/);
  });
  it('allows the nodes that the kernel names, all when it names none that is there', () => {
    const status = (mems: string): Files => ({
      ...FILES,
      'proc/self/status': `Cpus_allowed_list:\t0-7\nMems_allowed_list:\t${mems}\n`,
    });
    assert.deepEqual(detect(status('1')).allowedNodes, [1]);
    const topology = detect(status('5'));
    assert.deepEqual([topology.allowedNodes, codes(topology)], [[0, 1], ['WARN_CONTRADICTION']]);
  });
  it('survives links that lead in a circle, and folders that are links', () => {
    withFileTree(FILES, (root) => {
      const folder = join(root, NODE, 'node1');
      symlinkSync('.', join(root, NODE, 'node0', 'cpu0'));
      symlinkSync('..', join(root, NODE, 'node0', 'node1'));
      assert.deepEqual(detectTopology({ root }), detect(FILES));
      rmSync(folder, { recursive: true });
      symlinkSync('node1', folder);
      const topology = detectTopology({ root });
      assert.deepEqual(
        topology.nodes.map(({ cpus }) => cpus),
        [[0, 1, 4, 5], []],
      );
      assert.match(message(topology, 'WARN_UNREADABLE'), /got ELOOP/);
      rmSync(folder);
      symlinkSync('node0', folder);
      assert.equal(detectTopology({ root }).nodes.length, 2);
    });
  });
});
