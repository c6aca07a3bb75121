import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatCpuList } from '../../../src/topology/cpulist.ts';
import { cpusOf, firstOf, forbiddenCpu, onlineOf } from '../../numa/guest/cpus.ts';
import { MACHINES } from '../../numa/machines.ts';
import { PROGRAMS } from '../../numa/programs.ts';
import { cacheFolder } from '../../numa/rig/guest-image.ts';
import { machineNodes } from '../../numa/rig/machine.ts';
import { projectRoot } from '../../support/project.ts';

describe('machines', () => {
  it('have names of their own, that programs name', () => {
    const names = MACHINES.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { machines = [] } of PROGRAMS) {
      assert.deepEqual(
        machines.filter((name) => !names.includes(name)),
        [],
      );
    }
  });

  for (const { name, machine, facts } of MACHINES) {
    const nodes = machineNodes(machine);
    const offline = new Set(machine.offlineCpus);

    it(`${name}: what it is made of and what the kernel is to tell agree`, () => {
      const made = nodes.map(({ id, cpus, memoryMiB }) => {
        const online = cpus.filter((cpu) => !offline.has(cpu));
        return { id, cpus: formatCpuList(online), hasMemory: memoryMiB > 0 };
      });
      assert.deepEqual(
        facts.nodes.map(({ id, cpus, hasMemory }) => ({ id, cpus, hasMemory })),
        made,
      );
      const { distances } = machine;
      if (distances !== undefined)
        assert.deepEqual(
          facts.nodes.map((node) => node.distances),
          distances,
        );
    });

    it(`${name}: its facts agree with each other`, () => {
      const all = (field: 'cpus' | 'usableCpus'): string =>
        formatCpuList(facts.nodes.flatMap((node) => cpusOf(node[field])));
      assert.equal(all('cpus'), facts.onlineCpus);
      assert.equal(all('usableCpus'), facts.allowedCpus);
      for (const { distances } of facts.nodes) assert.equal(distances.length, facts.nodes.length);
    });

    it(`${name}: nobody may be pinned to its forbidden CPU`, () => {
      const forbidden = forbiddenCpu({ name, title: '', machine, facts });
      assert.ok(!cpusOf(facts.allowedCpus).includes(forbidden));
      assert.ok(!cpusOf(facts.isolatedCpus).includes(forbidden));
    });
  }
});

describe('a forbidden CPU', () => {
  for (const [name, cpu] of [
    ['2x2', 4],
    ['offline', 2],
    ['cpuset', 0],
    ['isolcpus', 4],
  ] as const) {
    it(`of ${name} is ${String(cpu)}`, () => {
      assert.deepEqual(
        MACHINES.filter((machine) => machine.name === name).map((machine) => forbiddenCpu(machine)),
        [cpu],
      );
    });
  }
});

describe('lists of CPUs', () => {
  it('lose what is offline', () => {
    const offline = MACHINES.find(({ name }) => name === 'offline');
    assert.ok(offline);
    assert.equal(onlineOf('0-3', offline), '0-1,3');
  });

  it('have a first one, or none', () => {
    assert.deepEqual([firstOf('4-6,2'), firstOf('')], ['2', '']);
  });
});

describe('the rig', () => {
  it('keeps guests outside of the checkout, where it is told to', () => {
    assert.equal(cacheFolder({ TALLYIO_RIG_CACHE: '/a', XDG_CACHE_HOME: '/b' }), '/a');
    assert.equal(cacheFolder({ TALLYIO_RIG_CACHE: '', XDG_CACHE_HOME: '/b' }), '/b/tallyio-rig');
    assert.match(cacheFolder({}), /\/\.cache\/tallyio-rig$/);
  });

  it('finds its programs', () => {
    for (const { file } of PROGRAMS) assert.ok(existsSync(join(projectRoot, `tests/numa/guest/${file}.ts`)), file);
  });
});
