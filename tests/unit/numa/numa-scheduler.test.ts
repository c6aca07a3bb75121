import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { NumaError } from '../../../src/base/errors.ts';
import { NumaCore } from '../../../src/numa/numa-core.ts';
import { NumaScheduler } from '../../../src/numa/numa-scheduler.ts';
import { runningCpu, type ThreadPins } from '../../../src/numa/thread-pins.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { NumaTree, TestTicker, topologyOf } from './machine.ts';

/** A thread that is pinned as asked, or not, and runs on a CPU. */
class TestPins implements ThreadPins {
  asked: number[][] = [];
  permitted = true;
  cpu: number | null = null;

  pin(cpus: readonly number[]): ReturnType<ThreadPins['pin']> {
    this.asked.push([...cpus]);
    return this.permitted ? { pinned: true, cpus } : { pinned: false, cpus: [0, 1, 2, 3], reason: 'not permitted' };
  }

  currentCpu(): number | null {
    return this.cpu;
  }
}

describe('NumaScheduler', () => {
  let tree: NumaTree;
  let ticker: TestTicker;
  let pins: TestPins;
  let core: NumaCore;
  let numa: NumaScheduler;

  beforeEach(() => {
    tree = new NumaTree();
    ticker = new TestTicker();
    pins = new TestPins();
    use(topologyOf([{}, {}]));
  });
  afterEach(() => {
    core.monitor.end();
    tree.remove();
  });

  function use(topology: Topology, monitoring = true): void {
    core = new NumaCore(topology, { monitoring, efficiencyThreshold: 0.8, root: tree.root }, { ticker, pins });
    numa = NumaScheduler.over(core);
  }

  const refusal = (code: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof NumaError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };

  describe('made', () => {
    it('of this machine', () => {
      for (const made of [NumaScheduler.detect(), NumaScheduler.create(), NumaScheduler.withConfig(false, 0.5)]) {
        const { topology } = made;
        assert.ok(topology.nodes.length > 0);
        assert.equal(made.topology, topology);
        assert.ok(Number.isNaN(made.currentEfficiency()));
        made.checkPerformance();
        assert.equal(made.stats().totalAssignments, 0);
      }
    });

    it('options are checked', () => {
      const wrong: [() => unknown, RegExp][] = [
        [() => NumaScheduler.create({ efficiencyThreshold: 1.1 }), /expected efficiencyThreshold to be .* got 1\.1$/],
        [() => NumaScheduler.create({ efficiencyThreshold: NaN }), /efficiencyThreshold .* got NaN$/],
        [() => NumaScheduler.withConfig(true, -0.1), /efficiencyThreshold .* got -0\.1$/],
        [() => NumaScheduler.create({ monitoring: 1 as unknown as boolean }), /expected monitoring .* got 1$/],
        [() => NumaScheduler.create({ root: 5 as unknown as string }), /expected root .* got 5$/],
        [() => NumaScheduler.create({ root: 'a\0b' }), /expected root/],
        [() => NumaScheduler.create({ treshold: 1 } as object), /no other names .* got "treshold"$/],
        [() => NumaScheduler.detect({ monitoring: true } as object), /no other names than root/],
        [() => NumaScheduler.create(null as unknown as object), /expected options to be an object, got null$/],
        [() => NumaScheduler.create('x' as unknown as object), /got "x"$/],
      ];
      for (const [make, message] of wrong) assert.throws(make, refusal('ERR_INVALID_OPTION', message));
      NumaScheduler.create({ monitoring: undefined, efficiencyThreshold: undefined, root: undefined });
      NumaScheduler.create({ efficiencyThreshold: 0 });
      NumaScheduler.create({ efficiencyThreshold: 1 });
    });

    it('what stands on Object.prototype was given by nobody', () => {
      const polluted = Object.prototype as Record<string, unknown>;
      polluted['efficiencyThreshold'] = 'x';
      polluted['color'] = 'x';
      try {
        NumaScheduler.create({});
      } finally {
        delete polluted['efficiencyThreshold'];
        delete polluted['color'];
      }
    });
  });

  describe('assignCurrentThread', () => {
    it('pins to the CPUs of the node', () => {
      assert.deepEqual(numa.assignCurrentThread(1), { node: 1, cpus: [2, 3], pinned: true });
      assert.deepEqual(pins.asked, [[2, 3]]);
      assert.ok(Object.isFrozen(numa.assignCurrentThread(0)));
    });

    it('takes one node after the other where none is given', () => {
      const nodes = [0, 1, 2, 3].map(() => numa.assignCurrentThread().node);
      assert.deepEqual([...new Set(nodes)].sort(), [0, 1]);
      assert.equal(nodes[0], nodes[2]);
    });

    it('refuses what is no node', () => {
      for (const node of [-1, 0.5, NaN, '1', null, {}]) {
        assert.throws(() => numa.assignCurrentThread(node as number), refusal('ERR_INVALID_OPTION', /expected node/));
      }
      assert.throws(() => numa.assignCurrentThread(7), refusal('ERR_NODE_UNAVAILABLE', /\(0, 1\), got 7: leave/));
      use(topologyOf([{}, { usableCpus: [] }]));
      assert.throws(
        () => numa.assignCurrentThread(1),
        refusal('ERR_NODE_UNAVAILABLE', /\(0\), got 1, which has no CPU/),
      );
      assert.deepEqual([numa.assignCurrentThread().node, numa.assignCurrentThread().node], [0, 0]);
      use(topologyOf([{ usableCpus: [] }]));
      assert.throws(() => numa.assignCurrentThread(), refusal('ERR_NODE_UNAVAILABLE', /got none/));
      assert.equal(numa.stats().totalAssignments, 0);
    });

    it('leaves isolated CPUs out, unless the node that is asked for has no others', () => {
      use(topologyOf([{}, {}], { isolatedCpus: [1, 2, 3] }));
      assert.deepEqual(numa.assignCurrentThread(0).cpus, [0]);
      assert.equal(numa.assignCurrentThread().node, 0);
      assert.equal(numa.assignCurrentThread().node, 0);
      assert.deepEqual(numa.assignCurrentThread(1), { node: 1, cpus: [2, 3], pinned: true });
    });

    it('where pinning is not permitted it says so, and counts where the thread runs', () => {
      pins.permitted = false;
      const assignment = numa.assignCurrentThread(1);
      assert.deepEqual(assignment, { node: 1, cpus: [0, 1, 2, 3], pinned: false, reason: 'not permitted' });
      let { totalAssignments, localAssignments, crossNumaAssignments, efficiency } = numa.stats();
      assert.deepEqual([totalAssignments, localAssignments, crossNumaAssignments, efficiency], [1, 0, 0, null]);
      pins.cpu = 0;
      numa.assignCurrentThread(1);
      pins.cpu = 3;
      numa.assignCurrentThread(1);
      ({ totalAssignments, localAssignments, crossNumaAssignments, efficiency } = numa.stats());
      assert.deepEqual([totalAssignments, localAssignments, crossNumaAssignments, efficiency], [3, 1, 1, 0.75]);
    });

    it('on a single node a thread is where it was assigned, pinned or not', () => {
      use(topologyOf([{}]));
      pins.permitted = false;
      numa.assignCurrentThread();
      assert.equal(numa.stats().efficiency, 1);
    });

    it('with a topology that was read elsewhere nothing is pinned here', () => {
      const elsewhere = new NumaCore(topologyOf([{}, {}]), {
        monitoring: false,
        efficiencyThreshold: 0.8,
        root: tree.root,
      });
      const { pinned, cpus, reason } = NumaScheduler.over(elsewhere).assignCurrentThread(1);
      assert.deepEqual([pinned, cpus], [false, [0, 1, 2, 3]]);
      assert.match(reason ?? '', /not from this machine/);
    });
  });

  it('finds the CPU of a thread whose name has spaces and brackets', () => {
    const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
    fields[0] = 'S';
    assert.equal(runningCpu(`7 (a) b (c) ${fields.join(' ')}`), 39);
    for (const text of [null, '', '7 (a) S 1', ')']) assert.equal(runningCpu(text), null);
  });

  describe('stats', () => {
    it('are plain and frozen, and null where the kernel does not tell', () => {
      core.monitor.attach({ nodes: () => [{ id: 1, pid: 101, workers: 2, cpus: [2, 3], pinned: true }] });
      const stats = numa.stats();
      assert.deepEqual(stats, {
        totalAssignments: 0,
        localAssignments: 0,
        crossNumaAssignments: 0,
        threadMigrations: null,
        numaMisses: null,
        totalAssignmentTimeNs: 0,
        performanceDegradations: 0,
        averageAssignmentNs: null,
        efficiency: null,
        nodes: [{ id: 1, pid: 101, workers: 2, cpus: [2, 3], pinned: true, residentBytesByNode: null }],
      });
      assert.ok([stats, stats.nodes, stats.nodes[0], stats.nodes[0]?.cpus].every(Object.isFrozen));
      assert.deepEqual(JSON.parse(JSON.stringify(stats)), stats);
    });

    it('have what the kernel tells', () => {
      for (const [id, misses] of [
        [0, 5],
        [1, 9],
      ] as const) {
        tree.misses(id, misses);
        tree.memory(102 - id, { [id]: 8, 3: 1 });
        tree.thread(102 - id, 102 - id, 4, [0]);
      }
      use(topologyOf([{}, {}]));
      core.monitor.attach({
        nodes: () => [1, 0].map((id) => ({ id, pid: 102 - id, workers: 2, cpus: [id], pinned: false })),
      });
      assert.equal(numa.stats().threadMigrations, 0);
      tree.thread(102, 102, 6, [0]);
      tree.misses(1, 12);
      ticker.now += 1000;
      const { threadMigrations, numaMisses, nodes } = numa.stats();
      assert.deepEqual([threadMigrations, numaMisses], [2, 3]);
      assert.deepEqual(
        nodes.map(({ id, residentBytesByNode }) => [id, residentBytesByNode]),
        [
          [0, { 0: 8 * 2 ** 20, 3: 2 ** 20 }],
          [1, { 1: 8 * 2 ** 20, 3: 2 ** 20 }],
        ],
      );
    });

    it('without monitoring read nothing', () => {
      tree.misses(0, 5);
      tree.memory(100, { 0: 8 });
      use(topologyOf([{}, {}]), false);
      core.monitor.attach({ nodes: () => [{ id: 0, pid: 100, workers: 1, cpus: [0], pinned: true }] });
      const { numaMisses, nodes, threadMigrations } = numa.stats();
      assert.deepEqual([numaMisses, threadMigrations, nodes[0]?.residentBytesByNode], [null, null, null]);
    });

    it('time of assignments is the mean of those that were timed, for all', () => {
      for (let i = 0; i < 200; ++i) core.counters.assigned(core.counters.begin());
      const { totalAssignments, averageAssignmentNs, totalAssignmentTimeNs } = numa.stats();
      assert.equal(totalAssignments, 200);
      assert.ok(averageAssignmentNs !== null && averageAssignmentNs >= 0);
      assert.equal(totalAssignmentTimeNs, averageAssignmentNs * 200);
    });
  });

  describe('checkPerformance', () => {
    it('throws what is degraded, until it is not', () => {
      const step = (moved: number): void => {
        for (let i = 0; i < 10; ++i) core.counters.assigned();
        core.counters.moved(0, 1, moved);
        ticker.now += 1000;
      };
      step(10);
      numa.checkPerformance();
      step(10);
      assert.throws(
        () => {
          numa.checkPerformance();
        },
        (error: unknown) => {
          refusal('ERR_PERFORMANCE_DEGRADED', /expected efficiency to be at least 0\.8, got 0\.5: /)(error);
          const { metric, value, threshold } = error as NumaError & Record<string, unknown>;
          assert.deepEqual({ metric, value, threshold }, { metric: 'efficiency', value: 0.5, threshold: 0.8 });
          return true;
        },
      );
      assert.equal(numa.stats().performanceDegradations, 1);
      assert.equal(numa.currentEfficiency(), 0.5);
      step(0);
      numa.stats();
      assert.throws(() => {
        numa.checkPerformance();
      }, NumaError);
      step(0);
      numa.checkPerformance();
      assert.equal(numa.currentEfficiency(), 1);
      assert.equal(numa.stats().performanceDegradations, 1);
    });

    it('says on which side the threshold is', () => {
      core.monitor.addCheck(() => ({ metric: 'p99Us', value: 900, threshold: 100 }));
      assert.throws(
        () => {
          numa.checkPerformance();
        },
        refusal('ERR_PERFORMANCE_DEGRADED', /expected p99Us to be at most 100, got 900/),
      );
    });
  });
});
