import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Answer, CommandLine } from '../support/command-line.ts';

/** Two nodes of two cores with two threads each; CPU 7 is isolated, CPU 0 not allowed; at most 2.5 CPUs' time. */
const TREE: Record<string, string> = {
  'sys/devices/system/cpu/online': '0-7\n',
  'sys/devices/system/cpu/isolated': '7\n',
  'sys/devices/system/node/online': '0-1\n',
  'sys/devices/system/node/node0/cpulist': '0-3\n',
  'sys/devices/system/node/node0/distance': '10 21\n',
  'sys/devices/system/node/node0/meminfo': 'Node 0 MemTotal:       4194304 kB\n',
  'sys/devices/system/node/node1/cpulist': '4-7\n',
  'sys/devices/system/node/node1/distance': '21 10\n',
  'sys/devices/system/node/node1/meminfo': 'Node 1 MemTotal:       8388608 kB\n',
  'sys/fs/cgroup/cgroup.controllers': 'cpu cpuset memory\n',
  'sys/fs/cgroup/cpu.max': '250000 100000\n',
  'proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t1-7\nMems_allowed_list:\t0-1\n',
  'proc/self/cgroup': '0::/\n',
  ...Object.fromEntries(
    [0, 1, 2, 3, 4, 5, 6, 7].flatMap((cpu) => {
      const folder = `sys/devices/system/cpu/cpu${String(cpu)}/topology`;
      const core = cpu - (cpu % 2);
      const node = cpu - (cpu % 4);
      return [
        [`${folder}/core_cpus_list`, `${String(core)}-${String(core + 1)}\n`],
        [`${folder}/package_cpus_list`, `${String(node)}-${String(node + 3)}\n`],
      ];
    }),
  ),
};

let directory = '';

let line: CommandLine;

function tallyio(...args: string[]): Promise<Answer> {
  return line.run(args);
}

function parse(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  assert.ok(typeof value === 'object' && value !== null);
  return { ...value };
}

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'tallyio topology '));
  for (const [path, text] of Object.entries(TREE)) {
    const file = join(directory, 'tree', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  line = new CommandLine(directory);
});

after(() => {
  line.end();
  rmSync(directory, { recursive: true, force: true });
});

describe('tallyio topology', () => {
  it('shows this machine', async () => {
    const { status, stdout, stderr } = await tallyio('topology');
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^NUMA nodes +\d+, /);
    assert.match(stdout, /\nWhat an engine uses/);
    assert.ok(stdout.split('\n').every((line) => line.length <= 100));
  });

  it('shows the machine of a tree', async () => {
    const { status, stdout, stderr } = await tallyio('topology', '--sysfs-root', 'tree');
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^NUMA nodes +2, /);
    assert.match(stdout, /│ x# ## +│ │ ## #i +│/);
    assert.match(stdout, /\n +0 +10 +21\n +1 +21 +10\n/);
    assert.match(stdout, /\nCPU quota +2\.5 CPUs/);
    assert.match(stdout, /\n3 workers in 2 node processes/);
    assert.match(stdout, /\nNot used\n/);
  });

  it('prints one JSON object', async () => {
    const { status, stdout, stderr } = await tallyio('topology', '--json', '--sysfs-root', 'tree');
    assert.deepEqual([status, stderr], [0, '']);
    const { source, nodes, allowedCpus, isolatedCpus, cpuQuota, packages, cores, smt } = parse(stdout);
    assert.deepEqual(
      { source, allowedCpus, isolatedCpus, cpuQuota, packages, cores, smt },
      {
        source: 'sysfs',
        allowedCpus: [1, 2, 3, 4, 5, 6, 7],
        isolatedCpus: [7],
        cpuQuota: 2.5,
        packages: 2,
        cores: 4,
        smt: true,
      },
    );
    assert.deepEqual(nodes, [
      { id: 0, cpus: [0, 1, 2, 3], usableCpus: [1, 2, 3], memoryKiB: 4_194_304, distances: [10, 21] },
      { id: 1, cpus: [4, 5, 6, 7], usableCpus: [4, 5, 6, 7], memoryKiB: 8_388_608, distances: [21, 10] },
    ]);
    const { allowedCpus: here } = parse((await tallyio('topology', '--json')).stdout);
    assert.ok(Array.isArray(here) && here.length > 0);
  });

  it('writes a picture as well', async () => {
    const { status, stdout, stderr } = await tallyio('topology', '--svg', 'machine.svg', '--sysfs-root', 'tree');
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^NUMA nodes +2, /);
    const svg = readFileSync(join(directory, 'machine.svg'), 'utf8');
    assert.match(svg, /^<svg [^]*>node 1<[^]*<\/svg>\n$/);
  });

  it('says in one line that a picture cannot be written, and prints nothing', async () => {
    const { status, stdout, stderr } = await tallyio('topology', '--svg', 'no/where.svg');
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^tallyio topology: ENOENT: .*no\/where\.svg.*\n$/);
    assert.equal(existsSync(join(directory, 'no')), false);
  });

  it('says in one line what a tree has to be', async () => {
    for (const root of ['nowhere', '.', 'tree/proc/self/status']) {
      const { status, stdout, stderr } = await tallyio('topology', '--json', '--sysfs-root', root);
      assert.deepEqual([status, stdout], [2, ''], root);
      assert.match(stderr, /^tallyio topology: --sysfs-root: expected .* directory that holds sys .*\n$/);
    }
  });
});

describe('tallyio doctor', () => {
  it('tells the number of NUMA nodes', async () => {
    const { stdout } = await tallyio('doctor');
    const { nodes } = parse((await tallyio('topology', '--json')).stdout);
    assert.ok(Array.isArray(nodes));
    assert.match(stdout, new RegExp(`\\nok +NUMA nodes +${String(nodes.length)} \\(`));
  });
});
