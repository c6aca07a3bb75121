/** Engines on two nodes where the tools that pin are missing, refused, or do not do what they say. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { EngineOptions } from '../../src/scheduler/options.ts';
import { onPath } from '../../src/affinity/tools.ts';
import type { TestEngine } from '../support/engines.ts';
import type { Board } from '../support/board.ts';
import { isolateEngines } from '../support/isolation.ts';
import { onTwoNodes } from '../support/on-two-nodes.ts';
import { IN_FULL_SET } from '../support/quick.ts';
import { masksOf, TwoNodes, twoCpus } from '../support/two-nodes.ts';
import { until, within } from '../support/until.ts';
import { FakeTools } from '../unit/affinity/fake-tools.ts';

isolateEngines();

const CPUS = twoCpus();
const SKIP = CPUS === undefined ? 'needs two CPUs' : onPath('taskset') === null ? 'needs taskset' : false;

/** Runs what it is told to run, on the CPUs that it had. */
const LYING = `[ "$1" = -pc ] && exit 0\nshift 2\nexec "$@"`;
const REFUSED = 'echo "taskset: failed to set affinity: Operation not permitted" >&2\nexit 1';
const HONEST = `exec ${onPath('taskset') ?? 'taskset'} "$@"`;

async function withTools(
  scripts: Readonly<Record<string, string>>,
  options: EngineOptions,
  use: (engine: TestEngine, machine: TwoNodes, board: Board) => Promise<void>,
): Promise<void> {
  using tools = new FakeTools(scripts);
  assert.equal(onPath('taskset'), 'taskset' in scripts ? tools.file('taskset') : null);
  await onTwoNodes(options, use);
}

/** How many processes this one has started that are there. */
function childrenOf(pid: number): number {
  const isChild = (entry: string): boolean => {
    try {
      return new RegExp(`^\\d+ \\(.*\\) [^Z] ${String(pid)} `).test(readFileSync(`/proc/${entry}/stat`, 'utf8'));
    } catch {
      return false; // it has ended meanwhile
    }
  };
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && isChild(entry)).length;
}

async function runs(engine: TestEngine): Promise<void> {
  const numbers = Array.from({ length: 1000 }, (_, n) => n);
  const squares = numbers.map((n) => n * n);
  assert.deepEqual(await engine.runMany('squared', numbers), squares);
  const { submitted, completed, lost } = engine.stats();
  assert.deepEqual([submitted, completed, lost], [1000, 1000, 0]);
}

describe('taskset', { skip: SKIP }, () => {
  const useless: Record<string, readonly [Record<string, string>, RegExp]> = {
    'is missing': [{}, /2 NUMA nodes could be used.*taskset is not on the PATH: install util-linux.*numa: 'off'/],
    'is refused': [{ taskset: REFUSED }, /2 NUMA nodes could be used.*could not start a process.*not permitted/],
    'hangs up': [{ taskset: 'exit 3' }, /2 NUMA nodes could be used.*exit 3/],
  };
  for (const [what, [scripts, reason]] of Object.entries(useless)) {
    it(`${what}: all is in one process, and a warning says why`, async () => {
      const warned = once(process, 'warning');
      await withTools(scripts, {}, async (engine) => {
        const [warning] = (await within(warned, 'the warning')) as [Error];
        assert.deepEqual([warning.name, Reflect.get(warning, 'code')], ['TallyioWarning', 'WARN_NOT_PINNED']);
        assert.match(warning.message, reason);
        assert.deepEqual(
          engine.numa.stats().nodes.map(({ pid, pinned }) => [pid, pinned]),
          [[process.pid, false]],
        );
        await runs(engine);
      });
    });
  }

  for (const numa of [{ pin: 'core' }, { pin: 'node' }, { reserveHostCore: true }] as const) {
    it(`is missing, and ${JSON.stringify(numa)} is asked for: ERR_AFFINITY`, async () => {
      await assert.rejects(
        withTools({}, { numa }, () => Promise.resolve()),
        {
          name: 'NumaError',
          code: 'ERR_AFFINITY',
          message: /expected to pin what numa\.pin or numa\.reserveHostCore ask for, got: taskset is not on the PATH/,
        },
      );
    });
  }

  it('is missing, and nothing is to be pinned: a process on each node, no alarm', async () => {
    await withTools({}, { numa: { pin: 'off' } }, async (engine) => {
      await runs(engine);
      assert.deepEqual(
        engine.numa.stats().nodes.map(({ pinned }) => pinned),
        [false, false],
      );
      engine.numa.checkPerformance();
    });
  });

  it('lies: processes run where they should not, an alarm says so while tasks run, and nothing is lost', async () => {
    await withTools({ taskset: LYING }, {}, async (engine, _, board) => {
      const { nodes } = engine.numa.stats();
      assert.deepEqual(
        nodes.map(({ pinned }) => pinned),
        [false, false],
      );
      for (const { pid } of nodes) assert.equal(masksOf(pid), masksOf(process.pid));
      const degraded = once(engine, 'degraded');
      const task = engine.run('block', 0);
      const [degradation] = (await within(degraded, "'degraded'")) as [unknown];
      assert.deepEqual(degradation, { metric: 'nodes', value: 0, threshold: 1 });
      assert.throws(
        () => {
          engine.numa.checkPerformance();
        },
        { code: 'ERR_PERFORMANCE_DEGRADED', metric: 'nodes' },
      );
      board.open(0);
      await task;
    });
    await withTools({ taskset: LYING }, {}, runs);
  });

  for (const [what, taskset, reason] of [
    ['is refused', REFUSED, /not permitted/],
    ['lies', LYING, /may run outside of CPU \d/],
  ] as const) {
    it(`${what}, and a pin was asked for: ERR_AFFINITY, and no process is left`, async () => {
      const before = childrenOf(process.pid);
      await assert.rejects(
        withTools({ taskset }, { numa: { pin: 'node' } }, () => Promise.resolve()),
        { name: 'NumaError', code: 'ERR_AFFINITY', message: reason },
      );
      await until(() => childrenOf(process.pid) <= before, 'all processes to end');
    });

    it(
      `${what}, and something else was said: processes run, and a warning says why they are not pinned`,
      IN_FULL_SET,
      async () => {
        const warned = once(process, 'warning');
        await withTools({ taskset }, { numa: { policy: 'roundRobin' } }, async (engine) => {
          const [warning] = (await within(warned, 'the warning')) as [Error];
          assert.match(warning.message, /node processes are not kept on their nodes: .*They work all the same/);
          assert.match(warning.message, reason);
          await runs(engine);
        });
      },
    );
  }
});

describe('numactl', { skip: SKIP }, () => {
  for (const [what, numactl, reason] of [
    ['is missing', {}, /numactl is not on the PATH: install numactl/],
    [
      'is refused',
      { numactl: 'echo "numactl: Operation not permitted" >&2\nexit 1' },
      /numactl could not bind memory to node 0: numactl: Operation not permitted/,
    ],
  ] as const) {
    it(`${what}: processes are pinned, their memory is not bound, one warning says why, and there is no alarm`, async () => {
      const warnings: Error[] = [];
      const listener = (warning: Error): unknown => warning.name === 'TallyioWarning' && warnings.push(warning);
      process.on('warning', listener);
      await withTools({ taskset: HONEST, ...numactl }, {}, async (engine, { cpus }) => {
        const { nodes } = engine.numa.stats();
        assert.deepEqual(
          nodes.map(({ pinned }) => pinned),
          [true, true],
        );
        for (const [n, { pid }] of nodes.entries()) assert.equal(masksOf(pid), String(cpus[n]));
        await runs(engine);
        engine.numa.checkPerformance();
      });
      process.off('warning', listener);
      assert.deepEqual(
        warnings.map((warning): unknown => Reflect.get(warning, 'code')),
        ['WARN_MEMORY_NOT_BOUND'],
      );
      assert.match(warnings[0]?.message ?? '', /^memory of node processes is not bound to their nodes: /);
      assert.match(warnings[0]?.message ?? '', reason);
    });
  }

  it('is not asked for where nothing is bound: no warning', async () => {
    let warnings = 0;
    const listener = (): unknown => (warnings += 1);
    process.on('warning', listener);
    await withTools({ taskset: HONEST }, { numa: { pin: 'off' } }, runs);
    process.off('warning', listener);
    assert.equal(warnings, 0);
  });
});
