/** What engines make of option numa and of `node`, on two nodes and on one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startEngine } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/index.ts';
import type { EngineOptions } from '../../src/scheduler/options.ts';
import { TASKS, type Tasks, type TestEngine } from '../support/engines.ts';
import { TwoNodes, twoCpus } from '../support/two-nodes.ts';
import { within } from '../support/until.ts';

const CPUS = twoCpus();
const SKIP = CPUS === undefined ? 'needs two CPUs' : false;

/** Nodes 2 and 5. */
async function withTwoNodes(options: EngineOptions, use: (engine: TestEngine) => Promise<void>): Promise<void> {
  const machine = new TwoNodes(CPUS ?? [0, 1], [2, 5]);
  try {
    const engine = await within(startEngine<Tasks>({ root: machine.root }, { tasks: TASKS, ...options }), 'the start');
    try {
      await use(engine);
    } finally {
      await within(engine.close({ drain: false }), 'the engine to close');
    }
  } finally {
    machine.end();
  }
}

function nodesOf(engine: TestEngine): number[] {
  return engine.numa.stats().nodes.map(({ id }) => id);
}

describe('numa.nodes', { skip: SKIP }, () => {
  for (const nodes of [[0], [2, 3], [5, 99]]) {
    it(`${JSON.stringify(nodes)}: a node that is not there is refused, with those that are`, async () => {
      await assert.rejects(
        withTwoNodes({ numa: { nodes } }, () => Promise.resolve()),
        {
          name: 'NumaError',
          code: 'ERR_NODE_UNAVAILABLE',
          message: /expected nodes to be of 2,5.*there is no such node, `tallyio topology`/,
        },
      );
    });
  }

  it('twice the same, in any order: each once', async () => {
    await withTwoNodes({ numa: { nodes: [5, 2, 5] } }, (engine) => {
      assert.deepEqual(nodesOf(engine), [2, 5]);
      return Promise.resolve();
    });
  });

  it('one of two: with a process of its own, whatever isolation says', async () => {
    for (const isolation of ['thread', 'process'] as const) {
      await withTwoNodes({ isolation, numa: { nodes: [5] } }, async (engine) => {
        assert.deepEqual(nodesOf(engine), [5]);
        assert.notEqual(engine.numa.stats().nodes[0]?.pid, process.pid);
        assert.equal((await engine.run('place', undefined, { node: 5 })).node, 5);
        await assert.rejects(engine.run('place', undefined, { node: 2 }), { code: 'ERR_NODE_UNAVAILABLE', node: 2 });
      });
    }
  });
});

describe('isolation with several nodes', { skip: SKIP }, () => {
  it("'process' means what it means anyway; with numa 'off' it is one process for all", async () => {
    await withTwoNodes({ isolation: 'process', workers: 2 }, (engine) => {
      assert.deepEqual(nodesOf(engine), [2, 5]);
      return Promise.resolve();
    });
    await withTwoNodes({ isolation: 'process', workers: 2, numa: 'off' }, async (engine) => {
      const [node, ...others] = engine.numa.stats().nodes;
      assert.deepEqual([node?.workers, node?.pinned, others.length], [2, false, 0]);
      assert.equal((await engine.broadcast('place')).length, 2);
    });
  });

  it('with one worker: one node has it, the other none', async () => {
    await withTwoNodes({ workers: 1 }, async (engine) => {
      assert.equal(engine.stats().workers.length, 1);
      assert.equal(await engine.run('squared', 3), 9);
    });
  });
});

describe('node of RunOptions', () => {
  it('is a whole number of at least 0', async () => {
    const engine = await createEngine<Tasks>({ tasks: TASKS, workers: 1 });
    try {
      for (const node of [-1, 0.5, NaN, Infinity, '0', null, {}, true]) {
        const options = { node } as { node: number };
        for (const run of [() => engine.run('squared', 1, options), () => engine.runMany('squared', [1], options)]) {
          await assert.rejects(run(), { code: 'ERR_INVALID_OPTION', message: /node/ });
        }
      }
    } finally {
      await engine.close();
    }
  });

  it('is one that the engine has, though all are one to it', async () => {
    const engine = await createEngine<Tasks>({ tasks: TASKS, workers: 1, numa: 'off' });
    try {
      await assert.rejects(engine.run('squared', 1, { node: 4711 }), { code: 'ERR_NODE_UNAVAILABLE', node: 4711 });
      const { node } = engine.stats().workers[0] ?? assert.fail();
      assert.equal(await engine.run('squared', 3, { node }), 9);
    } finally {
      await engine.close();
    }
  });
});
