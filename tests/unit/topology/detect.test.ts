import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { TallyError } from '../../../src/base/errors.ts';
import { detectTopology } from '../../../src/topology/detect.ts';
import { withFileTree } from './file-tree.ts';
import { codes, CPU, detect, FILES, type Files, message, NODE, without } from './two-nodes.ts';

describe('detectTopology, a plain machine', () => {
  it('is read without a warning', () => {
    const topology = detect(FILES);
    assert.deepEqual(topology, {
      source: 'sysfs',
      nodes: [
        { id: 0, cpus: [0, 1, 4, 5], usableCpus: [0, 1, 4, 5], memoryKiB: 1000, distances: [10, 21] },
        { id: 1, cpus: [2, 3, 6, 7], usableCpus: [2, 3, 6, 7], memoryKiB: 2000, distances: [22, 10] },
      ],
      onlineCpus: [0, 1, 2, 3, 4, 5, 6, 7],
      allowedCpus: [0, 1, 2, 3, 4, 5, 6, 7],
      allowedNodes: [0, 1],
      isolatedCpus: [],
      packages: 2,
      cores: 4,
      smt: true,
      cpuQuota: null,
      coreCpus: [
        [0, 4],
        [1, 5],
        [2, 6],
        [3, 7],
      ],
      caches: [
        { level: 2, sizeKiB: 1024, cpus: [0, 1, 4, 5] },
        { level: 2, sizeKiB: 1024, cpus: [2, 3, 6, 7] },
      ],
      cpuKinds: [],
      warnings: [],
    });
  });
  it('is frozen, all of it', () => {
    const topology = detect(FILES);
    assert.ok(Object.isFrozen(topology) && Object.isFrozen(topology.nodes[0]?.distances));
  });
  it('is this machine without a root', () => {
    const topology = detectTopology();
    assert.deepEqual(detectTopology({ root: '/' }), topology);
    assert.ok(topology.allowedCpus.length >= 1 && topology.allowedCpus.length <= topology.onlineCpus.length);
    assert.ok(topology.source === 'sysfs' || (topology.reason ?? '').length > 0);
  });
});

describe('detectTopology, root', () => {
  it('must hold sys or proc', () => {
    const refusal = (got: RegExp) => (error: unknown) =>
      error instanceof TallyError &&
      error.code === 'ERR_TOPOLOGY' &&
      error.name === 'NumaError' &&
      got.test(error.message);
    withFileTree({ 'file.txt': '', 'files/sys': '', 'tree/sys/x': '' }, (root) => {
      const missing =
        /^expected root as a directory that holds sys or proc, got no directory, ".*": give the directory above sys/;
      assert.throws(() => detectTopology({ root: join(root, 'absent') }), refusal(missing));
      assert.throws(() => detectTopology({ root: join(root, 'file.txt') }), refusal(missing));
      assert.throws(() => detectTopology({ root: '' }), refusal(missing));
      assert.throws(() => detectTopology({ root: 'a\0b' }), refusal(missing));
      assert.throws(() => detectTopology({ root }), refusal(/got one that holds neither/));
      assert.throws(() => detectTopology({ root: join(root, 'files') }), refusal(/got one that holds neither/));
      assert.doesNotThrow(() => detectTopology({ root: join(root, 'tree') }));
      symlinkSync('loop', join(root, 'loop'));
      assert.throws(() => detectTopology({ root: join(root, 'loop') }), refusal(missing));
    });
  });
  it('must be a string, and given by somebody', () => {
    for (const root of [7, null, new URL('file:///'), ['/']]) {
      assert.throws(() => detectTopology({ root: root as unknown as string }), {
        code: 'ERR_INVALID_OPTION',
        message: /^expected root as the path/,
      });
    }
    const prototype = Object.prototype as { root?: string };
    prototype.root = '/nowhere';
    try {
      assert.ok(detectTopology({}).onlineCpus.length > 0);
    } finally {
      delete prototype.root;
    }
  });
});

describe('detectTopology, CPUs', () => {
  it('takes the folders without a list, those without a file online too', () => {
    const files = { ...without(`${CPU}/online`), [`${CPU}/cpu3/online`]: '0\n' };
    const topology = detect(files);
    assert.deepEqual(topology.onlineCpus, [0, 1, 2, 4, 5, 6, 7]);
    assert.deepEqual(codes(topology), []);
  });
  it('takes /proc/cpuinfo without folders, with a warning', () => {
    for (const line of ['processor\t: N', 'processor N: version = 00,  identification = 0133E8', 'processor : N']) {
      const lines = [0, 1, 5].map((cpu) => line.replace('N', String(cpu)));
      const topology = detect({ 'proc/cpuinfo': `vendor_id : IBM\nprocessors : 9\n${lines.join('\nflags: x\n\n')}\n` });
      assert.deepEqual(topology.onlineCpus, [0, 1, 5], line);
      assert.deepEqual(topology.coreCpus, [[0], [1], [5]]);
      assert.deepEqual(codes(topology), ['WARN_NO_CPU_LIST', 'WARN_NO_AFFINITY', 'WARN_NO_CORES', 'WARN_NO_PACKAGES']);
    }
  });
  it('takes the affinity, then the claims of nodes, then one CPU, when nothing tells what is online', () => {
    const status = { 'proc/self/status': 'Cpus_allowed_list:\t2-4\n' };
    assert.deepEqual(detect(status).onlineCpus, [2, 3, 4]);
    assert.deepEqual(detect({ [`${NODE}/node3/cpulist`]: '6-7\n' }).onlineCpus, [6, 7]);
    const nothing = detect({ 'sys/x': '' });
    assert.deepEqual(nothing.onlineCpus, [0], 'not the CPUs of the machine that runs this');
    assert.match(message(nothing, 'WARN_NO_CPU_LIST'), /CPU 0 assumed to be online/);
  });
  it('believes the affinity when the list of CPUs online contradicts it', () => {
    const topology = detect({ ...FILES, 'proc/self/status': 'Cpus_allowed_list:\t64-65\n' });
    assert.deepEqual(
      [topology.onlineCpus, topology.allowedCpus],
      [
        [64, 65],
        [64, 65],
      ],
    );
    assert.deepEqual(
      topology.nodes.map(({ usableCpus }) => usableCpus),
      [[64, 65], []],
    );
    assert.match(message(topology, 'WARN_CONTRADICTION'), /among those online, 0-7, got 64-65/);
  });
  it('allows everything when nothing tells, and says so', () => {
    const topology = detect(without('proc'));
    assert.deepEqual([topology.allowedCpus, topology.allowedNodes], [topology.onlineCpus, [0, 1]]);
    assert.deepEqual(codes(topology), ['WARN_NO_AFFINITY']);
  });
  it('keeps isolated CPUs usable', () => {
    const topology = detect({ ...FILES, [`${CPU}/isolated`]: '1,5,90\n' });
    assert.deepEqual(
      [topology.isolatedCpus, topology.nodes[0]?.usableCpus],
      [
        [1, 5],
        [0, 1, 4, 5],
      ],
    );
  });
  it('counts cores and packages by what CPUs say of themselves where there are no lists', () => {
    const files = Object.fromEntries(Object.entries(FILES).filter(([path]) => !path.includes('/topology/')));
    const ids = [7, 7, 8000, 8000].flatMap((id, cpu) =>
      [cpu, cpu + 4].map((each) => [`${CPU}/cpu${String(each)}/topology/physical_package_id`, `${String(id)}\n`]),
    );
    const told = detect({ ...files, ...(Object.fromEntries(ids) as Files) });
    assert.deepEqual([told.cores, told.smt, told.packages, codes(told)], [8, false, 2, ['WARN_NO_CORES']]);
    const silent = detect(files);
    assert.deepEqual([silent.cores, silent.packages, codes(silent)], [8, 1, ['WARN_NO_CORES', 'WARN_NO_PACKAGES']]);
  });
  it('has efficiency cores by their unit, by their capacity, or not at all', () => {
    const capacities = (values: readonly number[]): Files =>
      Object.fromEntries(values.map((value, cpu) => [`${CPU}/cpu${String(cpu)}/cpu_capacity`, `${String(value)}\n`]));
    const kinds = (files: Files): unknown =>
      detect({ ...FILES, ...files }).cpuKinds.map(({ kind, cpus }) => [kind, ...cpus]);
    const halves = [
      ['performance', 0, 1, 2, 3],
      ['efficiency', 4, 5, 6, 7],
    ];
    assert.deepEqual(kinds({ 'sys/devices/cpu_core/cpus': '0-3\n', 'sys/devices/cpu_atom/cpus': '4-7,90\n' }), halves);
    assert.deepEqual(kinds(capacities([1024, 1024, 900, 900, 446, 446, 400, 400])), halves, 'three kinds are two');
    assert.deepEqual(kinds(capacities([1024, 1010, 1024, 990, 1024, 1024, 1024, 1024])), [], 'favoured cores');
    assert.deepEqual(kinds(capacities([1024, 1024, 446])), [], 'some do not tell');
    assert.deepEqual(kinds({ 'sys/devices/cpu_core/cpus': '0-7\n' }), []);
  });
  it('has the last-level cache of each CPU, an instruction cache never', () => {
    const cache = (cpu: number, index: number, level: number, type: string, cpus: string, size: string): Files => {
      const folder = `${CPU}/cpu${String(cpu)}/cache/index${String(index)}`;
      return {
        [`${folder}/level`]: `${String(level)}\n`,
        [`${folder}/type`]: `${type}\n`,
        [`${folder}/shared_cpu_list`]: `${cpus}\n`,
        [`${folder}/size`]: `${size}\n`,
      };
    };
    const { caches } = detect({
      ...FILES,
      ...cache(0, 3, 3, 'Unified', '0-1,4-5', '32M'),
      ...cache(0, 4, 4, 'Instruction', '0-7', '1K'),
      ...cache(2, 10, 3, 'Unified', '2-3,6-7,90', 'lots'),
    });
    assert.deepEqual(caches, [
      { level: 3, sizeKiB: 32_768, cpus: [0, 1, 4, 5] },
      { level: 3, sizeKiB: null, cpus: [2, 3, 6, 7] },
    ]);
  });
  it('asks one CPU of each core for its siblings', () => {
    // What CPU 4 says of its core, which CPU 0 has named already, is not even looked at.
    const files = { ...FILES, [`${CPU}/cpu4/topology/core_cpus_list`]: 'garbage' };
    assert.deepEqual(codes(detect(files)), []);
  });
});
