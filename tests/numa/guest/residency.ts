/** On which node memory comes to lie: the facts that placement relies on, without the product. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { check, thisMachine } from './check.ts';
import { cpusOf, firstOf } from './cpus.ts';

const FILLER = fileURLToPath(new URL('./filler.js', import.meta.url));
const FILLED_PAGES = (64 << 20) / 4_096;
/** Of the pages that a process wrote to first. */
const LEAST_SHARE = 0.95;

const { facts } = thisMachine();
const withMemory = new Set(cpusOf(facts.allowedNodes));
const first = firstOf(facts.allowedCpus);

for (const { id, usableCpus } of facts.nodes.filter((node) => node.usableCpus !== '')) {
  const homes = withMemory.has(id) ? new Set([id]) : withMemory;
  await check(`a process on ${usableCpus} has its memory on node ${[...homes].join(' or ')}`, () => {
    assertFilledOn(homes, 'taskset', '-c', usableCpus);
  });
}
for (const { id, hasMemory } of facts.nodes) {
  const bound = `--membind=${String(id)}`;
  if (withMemory.has(id)) {
    await check(`numactl ${bound} puts memory there from CPU ${first}`, () => {
      assertFilledOn(new Set([id]), 'taskset', '-c', first, 'numactl', bound);
    });
  } else {
    await check(`numactl ${bound} is refused: ${hasMemory ? 'not allowed' : 'no memory there'}`, () => {
      const { status, stdout, stderr } = spawnSync('numactl', [bound, 'echo', 'started'], { encoding: 'utf8' });
      assert.equal(status, 1, stderr);
      assert.doesNotMatch(stdout, /started/);
    });
  }
}

function assertFilledOn(nodes: ReadonlySet<number>, command: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(command, [...args, process.execPath, FILLER], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const pages = Object.entries(JSON.parse(stdout) as Record<string, number>);
  const there = pages.filter(([node]) => nodes.has(Number(node))).reduce((sum, [, count]) => sum + count, 0);
  const all = pages.reduce((sum, [, count]) => sum + count, 0);
  assert.ok(all >= FILLED_PAGES, `${stdout.trim()}: fewer pages than were written to`);
  assert.ok(there >= LEAST_SHARE * all, `${stdout.trim()}: ${String(there)} of ${String(all)} pages are there`);
}
