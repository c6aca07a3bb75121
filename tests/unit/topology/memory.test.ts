import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MemoryGroups, type MemoryUse } from '../../../src/topology/memory-groups.ts';
import { type MemoryStall, MemoryStalls } from '../../../src/topology/memory-stall.ts';
import { withFileTree } from './file-tree.ts';

const V2 = {
  'proc/self/cgroup': '0::/a/b\n',
  'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n',
};
const OUTER = 'sys/fs/cgroup/a';
const INNER = 'sys/fs/cgroup/a/b';
const V1 = {
  'proc/self/cgroup': '4:memory:/\n',
  'proc/self/mountinfo': '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
};
const ONE = 'sys/fs/cgroup/memory';

type Files = Readonly<Record<string, string>>;

function group(directory: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${directory}/memory.${name}`, text]));
}

function limit(files: Files): number | null {
  return withFileTree(files, (root) => new MemoryGroups(root).limitBytes());
}

function fullest(files: Files, closeLookFrom?: number): MemoryUse | null {
  return withFileTree(files, (root) => new MemoryGroups(root).fullest(closeLookFrom));
}

describe('MemoryGroups', () => {
  it('v2: the least limit of all groups on the way down, memory.high too; max is none', () => {
    const files = (max: string, high: string): Files => ({
      ...V2,
      ...group(OUTER, { current: '1\n', max: '536870912\n' }),
      ...group(INNER, { current: '1\n', max, high }),
    });
    assert.equal(limit(files('max\n', 'max\n')), 536_870_912);
    assert.equal(limit(files('1048576\n', 'max\n')), 1_048_576);
    assert.equal(limit(files('1048576\n', '524288\n')), 524_288);
    assert.equal(limit({}), null);
  });

  it('v1: the largest number is none', () => {
    const files = (text: string): Files => ({
      ...V1,
      ...group(ONE, { usage_in_bytes: '4096\n', limit_in_bytes: text }),
    });
    assert.equal(limit(files('9223372036854771712\n')), null);
    assert.equal(limit(files('1073741824\n')), 1_073_741_824);
    assert.equal(fullest(files('9223372036854771712\n')), null);
  });

  it('is full where the group is that is nearest to its limit', () => {
    const files = {
      ...V2,
      ...group(OUTER, { current: '900\n', max: '1000\n', stat: 'inactive_file 0\n' }),
      ...group(INNER, { current: '80\n', max: '100\n', stat: 'inactive_file 0\n' }),
    };
    assert.deepEqual(fullest(files), { usageBytes: 900, limitBytes: 1000 });
    assert.deepEqual(fullest({ ...files, [`${INNER}/memory.current`]: '95\n' }), { usageBytes: 95, limitBytes: 100 });
  });

  it('v2: page cache that nobody touches is not in use', () => {
    const stat = 'anon 500\ninactive_anon 100\ninactive_file 300\nactive_file 50\n';
    const files = { ...V2, ...group(INNER, { current: '950\n', max: '1000\n', stat }) };
    assert.deepEqual(fullest(files), { usageBytes: 650, limitBytes: 1000 });
    assert.deepEqual(fullest(files, 0.96), { usageBytes: 950, limitBytes: 1000 }, 'below: no close look');
    assert.deepEqual(fullest({ ...files, [`${INNER}/memory.stat`]: '' }), { usageBytes: 950, limitBytes: 1000 });
  });

  it('v1: the cache of the groups below counts', () => {
    const stat = 'inactive_file 1\ntotal_cache 400\ntotal_inactive_file 300\n';
    const files = { ...V1, ...group(ONE, { usage_in_bytes: '950\n', limit_in_bytes: '1000\n', stat }) };
    assert.deepEqual(fullest(files), { usageBytes: 650, limitBytes: 1000 });
  });

  it('a limit that comes later is seen; a group that goes counts for nothing', () => {
    const files = { ...V2, ...group(INNER, { current: '10\n', max: 'max\n' }) };
    withFileTree(files, (root) => {
      const groups = new MemoryGroups(root);
      assert.equal(groups.any, true);
      assert.equal(groups.fullest(), null);
      writeFileSync(join(root, INNER, 'memory.max'), '20\n');
      assert.deepEqual(groups.fullest(), { usageBytes: 10, limitBytes: 20 });
      rmSync(join(root, INNER), { recursive: true });
      assert.equal(groups.fullest(), null);
    });
    withFileTree(V2, (root) => {
      assert.equal(new MemoryGroups(root).any, false);
    });
  });

  it('what is no number is no reading', () => {
    assert.equal(fullest({ ...V2, ...group(INNER, { current: 'abc\n', max: '1000\n' }) }), null);
    assert.equal(fullest({ ...V2, ...group(INNER, { current: '10\n', max: 'abc\n' }) }), null);
    assert.deepEqual(fullest({ ...V2, ...group(INNER, { current: '10\n', max: '0\n', stat: '' }) }), {
      usageBytes: 10,
      limitBytes: 0,
    });
  });
});

const stalls = (some: string, full: string): string =>
  `some avg10=${some} avg60=9.00 avg300=9.00 total=9\nfull avg10=${full} avg60=9.00 avg300=9.00 total=9\n`;

function stall(files: Files): MemoryStall | null {
  return withFileTree(files, (root) => new MemoryStalls(root).read());
}

describe('MemoryStalls', () => {
  it('are those of the group, else of the machine', () => {
    const machine = { 'proc/pressure/memory': stalls('1.00', '0.50') };
    assert.deepEqual(stall({ ...V2, ...machine, ...group(INNER, { pressure: stalls('25.50', '12.25') }) }), {
      some: 0.255,
      full: 0.1225,
    });
    assert.deepEqual(stall({ ...V2, ...machine }), { some: 0.01, full: 0.005 });
    assert.deepEqual(stall({ ...V1, ...machine }), { some: 0.01, full: 0.005 });
  });

  it('are absent where the kernel does not tell', () => {
    assert.equal(stall({}), null);
    assert.equal(stall({ 'proc/pressure/memory': 'garbage\n' }), null);
    assert.deepEqual(stall({ 'proc/pressure/memory': 'some avg10=3.00 avg60=0.00 avg300=0.00 total=0\n' }), {
      some: 0.03,
      full: 0,
    });
  });
});
