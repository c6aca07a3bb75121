/** The product tells of the machine what its kernel does. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { formatCpuList } from '../../../src/topology/cpulist.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { projectRoot } from '../../support/project.ts';
import { check, skip, thisMachine } from './check.ts';

const DETECT = `${projectRoot}/dist/topology/detect.js`;
/** Machines on which there is nothing to warn of. */
const ORDINARY = ['2x2', '4x2'];

if (existsSync(DETECT)) await compare();
else skip('topology', 'this build has no detectTopology');

async function compare(): Promise<void> {
  const { name, facts } = thisMachine();
  const { detectTopology } = (await import(DETECT)) as { detectTopology: () => Topology };
  const topology = detectTopology();
  await check('nodes', () => {
    assert.equal(topology.source, 'sysfs');
    const nodes = topology.nodes.map(({ id, cpus, usableCpus, memoryKiB, distances }) => {
      const hasMemory = memoryKiB !== null && memoryKiB > 0;
      return { id, cpus: formatCpuList(cpus), usableCpus: formatCpuList(usableCpus), hasMemory, distances };
    });
    assert.deepEqual(nodes, facts.nodes);
  });
  await check('CPUs and nodes of the machine and of the process', () => {
    assert.equal(formatCpuList(topology.onlineCpus), facts.onlineCpus);
    assert.equal(formatCpuList(topology.allowedCpus), facts.allowedCpus);
    assert.equal(formatCpuList(topology.allowedNodes), facts.allowedNodes);
    assert.equal(formatCpuList(topology.isolatedCpus), facts.isolatedCpus);
  });
  await check('packages, cores and threads', () => {
    const { packages, cores, smt } = topology;
    assert.deepEqual({ packages, cores, smt }, { packages: facts.packages, cores: facts.cores, smt: facts.smt });
  });
  if (!ORDINARY.includes(name)) return;
  await check('nothing to warn of', () => {
    assert.deepEqual(topology.warnings, []);
  });
}
