import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cpuQuota, cpusetCpus } from '../../../src/topology/cgroup.ts';
import { withFileTree } from './file-tree.ts';

const V2_MOUNT = '31 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
const V1_MOUNT = '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n';
const V1 = 'sys/fs/cgroup/cpu,cpuacct';

function quota(files: Readonly<Record<string, string>>): number | null {
  return withFileTree(files, (root) => cpuQuota(root));
}

function v2(max: string): number | null {
  return quota({ 'proc/self/cgroup': '0::/\n', 'proc/self/mountinfo': V2_MOUNT, 'sys/fs/cgroup/cpu.max': max });
}

function v1(files: { quota?: string; period?: string }, cgroup = '3:cpuset,cpu:./.\n'): number | null {
  return quota({
    'proc/self/cgroup': cgroup,
    'proc/self/mountinfo': V1_MOUNT,
    ...(files.quota === undefined ? {} : { [`${V1}/cpu.cfs_quota_us`]: files.quota }),
    ...(files.period === undefined ? {} : { [`${V1}/cpu.cfs_period_us`]: files.period }),
  });
}

// Values of oneTBB, test/tbb/test_cgroup_support.cpp.
describe('cpuQuota, the cases of oneTBB', () => {
  it('has no limit without /proc/self/cgroup', () => {
    assert.equal(quota({ 'proc/self/mountinfo': V2_MOUNT, 'sys/fs/cgroup/cpu.max': '100000 100000\n' }), null);
    assert.equal(quota({}), null);
  });
  it('v2: 300000 100000 is 3', () => {
    assert.equal(v2('300000 100000\n'), 3);
  });
  it('v2: a relative path is read from the mount', () => {
    const files = { 'proc/self/cgroup': '0::./.\n', 'sys/fs/cgroup/cpu.max': '300000 100000\n' };
    assert.equal(quota({ ...files, 'proc/self/mountinfo': V2_MOUNT }), 3);
    assert.equal(quota(files), 3, 'without mountinfo, at the conventional place');
  });
  it('v2: max, a word, a period of 0 are no limit', () => {
    assert.equal(v2('max 100000\n'), null);
    assert.equal(v2('abracadabra 100000\n'), null);
    assert.equal(v2('300000 0\n'), null);
  });
  it('v2: a negative quota is the least', () => {
    assert.equal(v2('-100000  100000\n'), 0);
  });
  it('v1: wrong lines are skipped, a quota that is a word is no limit', () => {
    const lines = '0::./.\ncpu:/\n3:cpu\n42:3cpu\n3:cpuacct,cpuset:/tmp\n3:cputset,cpu:./.\n';
    assert.equal(v1({ quota: 'abcd\n', period: '100000\n' }, lines), null);
    assert.equal(v1({ quota: '400000\n', period: '100000\n' }, lines), 4);
  });
  it('v1: a file that is missing or wrong is no limit', () => {
    assert.equal(v1({ period: '100000\n' }), null);
    assert.equal(v1({ quota: '800000\n' }), null);
    assert.equal(v1({ quota: '100000\n', period: 'bad\n' }), null);
  });
  it('v1: a quota of -1 is no limit', () => {
    assert.equal(v1({ quota: '-1\n', period: '100000\n' }), null);
  });
  it('v1: 200000 in 100000 is 2', () => {
    assert.equal(v1({ quota: '200000\n', period: '100000\n' }), 2);
  });
});

describe('cpuQuota', () => {
  it('takes the least of the group and all groups above it', () => {
    const files = (outer: string, middle: string, inner: string): Record<string, string> => ({
      'proc/self/cgroup': '0::/a/b/c\n',
      'proc/self/mountinfo': V2_MOUNT,
      'sys/fs/cgroup/a/cpu.max': outer,
      'sys/fs/cgroup/a/b/cpu.max': middle,
      'sys/fs/cgroup/a/b/c/cpu.max': inner,
    });
    assert.equal(quota(files('150000 100000', 'max 100000', '400000 100000')), 1.5);
    assert.equal(quota(files('max 100000', '50000 100000', 'max 100000')), 0.5);
    assert.equal(quota(files('800000 100000', 'garbage', '250000 100000')), 2.5);
    assert.equal(quota(files('max 100000', 'max 100000', 'max 100000')), null);
  });
  it('finds its group at the top of a mount that shows only that group', () => {
    const files = {
      'proc/self/cgroup': '4:cpu,cpuacct:/docker/1f\n',
      'proc/self/mountinfo': V1_MOUNT.replace(' / ', ' /docker/1f '),
      [`${V1}/cpu.cfs_quota_us`]: '150000\n',
      [`${V1}/cpu.cfs_period_us`]: '100000\n',
    };
    assert.equal(quota(files), 1.5);
    assert.equal(quota({ ...files, 'proc/self/cgroup': '4:cpu,cpuacct:/docker/1f/inner\n' }), 1.5);
  });
  it('reads the top of a mount that another namespace made', () => {
    const mountinfo = V2_MOUNT.replace(' / ', ' /../../.. ');
    const files = { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '200000 100000\n' };
    assert.equal(quota({ ...files, 'proc/self/mountinfo': mountinfo }), 2);
  });
  it('does not take the limit of a namespace that the process is outside of', () => {
    const files = { 'proc/self/mountinfo': V2_MOUNT, 'sys/fs/cgroup/cpu.max': '100000 100000\n' };
    assert.equal(quota({ ...files, 'proc/self/cgroup': '0::/../other\n' }), null);
  });
  it('prefers the mount that shows its group to a bind mount of another one', () => {
    const other = '40 23 0:28 /other /mnt/other rw - cgroup2 cgroup2 rw\n';
    assert.equal(
      quota({
        'proc/self/cgroup': '0::/mine\n',
        'proc/self/mountinfo': other + V2_MOUNT,
        'mnt/other/cpu.max': '100000 100000\n',
        'sys/fs/cgroup/mine/cpu.max': '300000 100000\n',
      }),
      3,
    );
  });
  it('reads both hierarchies of a hybrid system', () => {
    const unified = '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n';
    assert.equal(
      quota({
        'proc/self/cgroup': '4:cpu,cpuacct:/job\n1:name=systemd:/job\n0::/job\n',
        'proc/self/mountinfo': V1_MOUNT + unified,
        [`${V1}/job/cpu.cfs_quota_us`]: '350000\n',
        [`${V1}/job/cpu.cfs_period_us`]: '100000\n',
      }),
      3.5,
    );
  });
  it('reads names with spaces and colons', () => {
    assert.equal(
      quota({
        'proc/self/cgroup': '0::/my job:1\n',
        'proc/self/mountinfo': V2_MOUNT.replace('/sys/fs/cgroup', '/my\\040groups'),
        'my groups/my job:1/cpu.max': '200000 100000\n',
      }),
      2,
    );
  });
  it('answers any content without an exception', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (cgroup, mountinfo, max) => {
        const files = { 'proc/self/cgroup': `0::/\n${cgroup}`, 'proc/self/mountinfo': `${V2_MOUNT}${mountinfo}` };
        const found = quota({ ...files, 'sys/fs/cgroup/cpu.max': max });
        return found === null || found >= 0;
      }),
      { numRuns: 50 },
    );
  });
});

describe('cpusetCpus', () => {
  it('v2: the innermost group that names CPUs', () => {
    const files = {
      'proc/self/cgroup': '0::/a/b\n',
      'proc/self/mountinfo': V2_MOUNT,
      'sys/fs/cgroup/cpuset.cpus.effective': '0-7\n',
      'sys/fs/cgroup/a/cpuset.cpus.effective': '2-3\n',
      'sys/fs/cgroup/a/b/cpuset.cpus.effective': '\n',
    };
    assert.deepEqual(withFileTree(files, cpusetCpus), [2, 3]);
  });
  it('v1: effective_cpus before cpus, nothing from garbage', () => {
    const files = {
      'proc/self/cgroup': '2:cpuset:/\n',
      'proc/self/mountinfo': '34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n',
      'sys/fs/cgroup/cpuset/cpuset.cpus': '0-3\n',
    };
    assert.deepEqual(withFileTree(files, cpusetCpus), [0, 1, 2, 3]);
    const effective = (text: string): number[] | null =>
      withFileTree({ ...files, 'sys/fs/cgroup/cpuset/cpuset.effective_cpus': text }, cpusetCpus);
    assert.deepEqual(effective('1\n'), [1]);
    assert.deepEqual(effective('garbage\n'), [0, 1, 2, 3]);
  });
  it('is null where no group says anything', () => {
    assert.equal(withFileTree({}, cpusetCpus), null);
  });
});
