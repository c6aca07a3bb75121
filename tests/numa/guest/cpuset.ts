/** The cpuset that everything runs in becomes smaller under an engine. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { formatCpuList } from '../../../src/topology/cpulist.ts';
import { until, within } from '../../support/until.ts';
import { check, thisMachine } from './check.ts';
import { cpusOf } from './cpus.ts';
import { slowly, squaresOf } from './load.ts';
import { DEADLINE_MS, type NodeEngine, processNodes, withEngine } from './node-engine.ts';
import { masksOf } from './processes.ts';

const GROUP = '/sys/fs/cgroup/box';

const allowed = cpusOf(thisMachine().facts.allowedCpus);
const nodes = processNodes();
const last = nodes.at(-1);
assert.ok(last !== undefined);
const { id, cpus } = last;
/** Without the last node. */
const left = allowed.filter((cpu) => !cpusOf(cpus).includes(cpu));

try {
  // Beside `rest` a worker runs other tasks: one that was released to its process stays there.
  await withEngine({ workers: nodes.length, concurrency: 2 }, async (engine) => {
    const { pid } = await engine.run('place', undefined, { node: id });
    await check(`CPU ${cpus} leaves the cpuset: a degradation, and all tasks complete`, async () => {
      const degraded = once(engine, 'degraded');
      const tasks = load(engine);
      const work = new AbortController();
      const rest = engine.run('rest', DEADLINE_MS, { signal: work.signal }).catch(() => undefined);
      allow(left);
      await squared(tasks);
      assert.deepEqual(masksOf(pid), [formatCpuList(left)]);
      const [{ metric }] = (await within(degraded, "'degraded'", DEADLINE_MS)) as [Record<string, unknown>];
      assert.equal(metric, 'affinity');
      assert.throws(
        () => {
          engine.numa.checkPerformance();
        },
        { code: 'ERR_PERFORMANCE_DEGRADED', metric: 'affinity' },
      );
      work.abort();
      await rest;
    });
    await check('a process that is killed then is given up, as its node has no CPU left', async () => {
      const tasks = load(engine);
      process.kill(pid, 'SIGKILL');
      await squared(tasks);
      await until(() => engine.stats().workers.at(-1)?.state === 'stopped', 'the node to be given up', DEADLINE_MS);
      await squared(load(engine));
    });
  });
} finally {
  allow(allowed); // for the programs after this one
}

function allow(list: readonly number[]): void {
  const text = formatCpuList(list);
  writeFileSync(`${GROUP}/cpuset.cpus`, text);
  assert.equal(readFileSync(`${GROUP}/cpuset.cpus.effective`, 'latin1').trim(), text);
}

function load(engine: NodeEngine): Promise<number>[] {
  return slowly(100).map((input, n) =>
    engine.run('squaredSlowly', input, n % 2 === 0 ? { retry: 3 } : { retry: 3, node: id }),
  );
}

async function squared(tasks: readonly Promise<number>[]): Promise<void> {
  assert.deepEqual(await within(Promise.all(tasks), 'all tasks', DEADLINE_MS), squaresOf(tasks.length));
}
