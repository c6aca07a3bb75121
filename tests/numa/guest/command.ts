/** `tallyio topology` tells of the machine what its kernel does. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { formatCpuList } from '../../../src/topology/cpulist.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { projectRoot } from '../../support/project.ts';
import { check, thisMachine } from './check.ts';

const { facts } = thisMachine();

await check('tallyio topology --json', () => {
  const topology = JSON.parse(tallyio('topology', '--json')) as Topology;
  assert.deepEqual(
    topology.nodes.map(({ id, cpus, usableCpus, memoryKiB, distances }) => ({
      id,
      cpus: formatCpuList(cpus),
      usableCpus: formatCpuList(usableCpus),
      hasMemory: memoryKiB !== null && memoryKiB > 0,
      distances,
    })),
    facts.nodes,
  );
  assert.equal(formatCpuList(topology.allowedCpus), facts.allowedCpus);
});
await check('tallyio topology', () => {
  const text = tallyio('topology');
  for (const { id, usableCpus } of facts.nodes) {
    assert.match(text, new RegExp(`─ node ${String(id)} ─`), text);
    // The row of the plan: node, workers, memory, CPUs.
    const isPlanned = new RegExp(`^${String(id)} +\\d+ .* ${usableCpus}$`, 'm').test(text);
    assert.equal(isPlanned, usableCpus !== '', text);
  }
});

function tallyio(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${projectRoot}/dist/cli/main.js`, ...args], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout;
}
