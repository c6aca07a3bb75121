/** What the kernel tells is what the machine was made to be: without the product. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { formatCpuList } from '../../../src/topology/cpulist.ts';
import { check, thisMachine } from './check.ts';
import { cpusOf, onlineOf } from './cpus.ts';

const NODES = '/sys/devices/system/node';
const CPUS = '/sys/devices/system/cpu';

const machine = thisMachine();
const { facts } = machine;
const ids = facts.nodes.map(({ id }) => id);
const status = read('/proc/self/status');

await check('nodes and CPUs online', () => {
  assert.equal(read(`${NODES}/online`), formatCpuList(ids));
  assert.equal(read(`${CPUS}/online`), facts.onlineCpus);
});
await check('nodes with CPUs, nodes with memory', () => {
  const idsOf = (nodes: typeof facts.nodes): string => formatCpuList(nodes.map(({ id }) => id));
  assert.equal(read(`${NODES}/has_cpu`), idsOf(facts.nodes.filter(({ cpus }) => cpus !== '')));
  assert.equal(read(`${NODES}/has_memory`), idsOf(facts.nodes.filter(({ hasMemory }) => hasMemory)));
});
for (const { id, cpus, hasMemory, distances } of facts.nodes) {
  await check(`node ${String(id)}`, () => {
    const folder = `${NODES}/node${String(id)}`;
    assert.equal(formatCpuList(cpusOf(read(`${folder}/cpulist`)).filter(isOnline)), cpus);
    assert.equal(read(`${folder}/distance`), distances.join(' '));
    const kibibytes = Number(/MemTotal:\s+(\d+) kB/.exec(read(`${folder}/meminfo`))?.[1]);
    assert.equal(kibibytes > 0, hasMemory, `MemTotal is ${String(kibibytes)} kB`);
  });
}
await check('CPUs and nodes that are allowed', () => {
  assert.equal(onlineOf(/Cpus_allowed_list:\s*(\S+)/.exec(status)?.[1] ?? '', machine), facts.allowedCpus);
  assert.equal(availableParallelism(), cpusOf(facts.allowedCpus).length);
  assert.equal(/Mems_allowed_list:\s*(\S+)/.exec(status)?.[1], facts.allowedNodes);
});
await check('isolated CPUs', () => {
  assert.equal(read(`${CPUS}/isolated`), facts.isolatedCpus);
});
await check('packages, cores and threads', () => {
  const online = cpusOf(facts.onlineCpus);
  const distinct = (file: string): number =>
    new Set(online.map((cpu) => read(`${CPUS}/cpu${String(cpu)}/topology/${file}`))).size;
  const cores = distinct('thread_siblings_list');
  assert.equal(distinct('physical_package_id'), facts.packages);
  assert.equal(cores, facts.cores);
  assert.equal(cores < online.length, facts.smt);
});

function read(path: string): string {
  return readFileSync(path, 'latin1').trim();
}

/** The boot CPU may have no such file. */
function isOnline(cpu: number): boolean {
  const file = `${CPUS}/cpu${String(cpu)}/online`;
  return !existsSync(file) || read(file) === '1';
}
