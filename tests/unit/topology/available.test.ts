import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import { type AvailableCpus, availableCpus } from '../../../src/topology/available.ts';
import { withFileTree } from './file-tree.ts';

const AFFINITY = {
  'proc/self/status': 'Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\nMems_allowed_list:\t0\n',
};
const CPUSET = {
  'proc/self/cgroup': '0::/\n',
  'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
  'sys/fs/cgroup/cpuset.cpus.effective': '0-2\n',
};
const ONLINE = { 'sys/devices/system/cpu/online': '0-5\n' };

function available(files: Readonly<Record<string, string>>): AvailableCpus {
  return withFileTree(files, (root) => availableCpus(root));
}

function withQuota(quota: number): AvailableCpus {
  const max = `${String(quota * 100_000)} 100000\n`;
  return available({ ...AFFINITY, ...CPUSET, 'sys/fs/cgroup/cpu.max': max });
}

describe('availableCpus', () => {
  it('is the affinity mask within the CPUs online', () => {
    assert.deepEqual(available({ ...AFFINITY, ...ONLINE }), {
      cpus: [0, 1, 2, 3, 4, 5],
      quota: null,
      count: 6,
      source: 'affinity',
    });
  });
  it('keeps the affinity mask when the list of CPUs online contradicts it', () => {
    const { count, source } = available({ ...AFFINITY, 'sys/devices/system/cpu/online': '64-65\n' });
    assert.deepEqual({ count, source }, { count: 8, source: 'affinity' });
  });
  it('falls back to the cpuset, the CPUs online, then Node', () => {
    assert.deepEqual(available({ ...CPUSET, ...ONLINE }), { cpus: [0, 1, 2], quota: null, count: 3, source: 'cpuset' });
    const { count, source } = available({ ...ONLINE, 'proc/self/status': 'Cpus_allowed_list:\tgarbage\n' });
    assert.deepEqual({ count, source }, { count: 6, source: 'online' });
    assert.deepEqual(available({}), { cpus: null, quota: null, count: availableParallelism(), source: 'runtime' });
  });
  it('rounds a quota up and never below 1', () => {
    const counts = [0, 0.01, 0.5, 1, 1.01, 2.5, 3].map((quota) => withQuota(quota).count);
    assert.deepEqual(counts, [1, 1, 1, 1, 2, 3, 3]);
    assert.deepEqual(withQuota(2.5), { cpus: [0, 1, 2, 3, 4, 5, 6, 7], quota: 2.5, count: 3, source: 'quota' });
  });
  it('names the affinity when the quota does not bind', () => {
    const { count, quota, source } = withQuota(64);
    assert.deepEqual({ count, quota, source }, { count: 8, quota: 64, source: 'affinity' });
  });
  it('counts at least one CPU here', () => {
    const { cpus, count } = availableCpus();
    assert.ok(count >= 1 && count <= (cpus?.length ?? availableParallelism()));
  });
});
