/** The only CPU of a node goes offline under an engine. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { until, within } from '../../support/until.ts';
import { check } from './check.ts';
import { slowly, squaresOf } from './load.ts';
import { DEADLINE_MS, type NodeEngine, processNodes, withEngine } from './node-engine.ts';
import { masksOf } from './processes.ts';

const nodes = processNodes();
const last = nodes.at(-1);
assert.ok(last !== undefined && !/[-,]/.test(last.cpus), 'expected a last node of one CPU');
const { id, cpus } = last;
const SWITCH = `/sys/devices/system/cpu/cpu${cpus}/online`;

await withEngine({}, async (engine) => {
  const { pid } = await engine.run('place', undefined, { node: id });
  const errors: unknown[] = [];
  engine.on('error', (error) => errors.push(error));
  await check(
    `all tasks complete while CPU ${cpus}, the only one of node ${String(id)}, is taken offline`,
    async () => {
      const tasks = load(engine);
      take('0');
      await squared(tasks);
      assert.notDeepEqual(masksOf(pid), [cpus]);
      await squared(load(engine));
    },
  );
  await check('and when it is online again', async () => {
    const tasks = load(engine);
    take('1');
    await squared(tasks);
    assert.deepEqual(await engine.run('place', undefined, { node: id }), { pid, node: id });
  });
  await check('a process that is killed while its node has no CPU is given up, and the others go on', async () => {
    take('0');
    try {
      const tasks = load(engine);
      process.kill(pid, 'SIGKILL');
      await squared(tasks);
      const index = nodes.indexOf(last);
      await until(() => engine.stats().workers[index]?.state === 'stopped', 'the node to be given up', DEADLINE_MS);
      const places = await Promise.all(slowly(10).map(() => engine.run('place', undefined, { node: id })));
      assert.ok(places.every(({ node }) => node !== id));
      assert.deepEqual(
        engine.numa.stats().nodes.map((node) => node.id),
        nodes.slice(0, -1).map((node) => node.id),
      );
      const { submitted, completed } = engine.stats();
      assert.equal(completed, submitted);
      assert.deepEqual(errors, []);
    } finally {
      take('1');
    }
  });
});

/** Half of it where it likes to run, half on the node. */
function load(engine: NodeEngine): Promise<number>[] {
  return slowly(100).map((input, n) =>
    engine.run('squaredSlowly', input, n % 2 === 0 ? { retry: 3 } : { retry: 3, node: id }),
  );
}

async function squared(tasks: readonly Promise<number>[]): Promise<void> {
  assert.deepEqual(await within(Promise.all(tasks), 'all tasks', DEADLINE_MS), squaresOf(tasks.length));
}

function take(state: '0' | '1'): void {
  writeFileSync(SWITCH, state);
  assert.equal(readFileSync(SWITCH, 'latin1').trim(), state);
}
