import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Locality } from '../../../src/numa/locality.ts';
import { NodeDistances } from '../../../src/numa/node-distances.ts';
import { NodeLoads } from '../../../src/numa/node-loads.ts';
import { efficiencyOf, PlacementCounters } from '../../../src/numa/placement-counters.ts';
import { RoundRobin } from '../../../src/numa/round-robin.ts';
import { topologyOf } from './machine.ts';

const seed = Date.now() | 0;
console.log(`# seed ${String(seed)}`);

const ANY = -1;

function loadsOf(places: readonly number[], pending: readonly number[] = []): NodeLoads {
  const loads = new NodeLoads(places.length);
  loads.places.set(places);
  loads.pending.set(pending);
  return loads;
}

function place(loads: NodeLoads, node: number): void {
  loads.pending[node] = (loads.pending[node] ?? 0) + 1;
}

function distancesOf(rows: readonly (readonly number[] | null)[]): NodeDistances {
  return new NodeDistances(topologyOf(rows.map((distances) => ({ distances }))));
}

describe('NodeDistances', () => {
  it('are those of the machine, directed, by index and not by id', () => {
    const nodes = [
      { id: 3, distances: [10, 21] },
      { id: 70, distances: [32, 11] },
    ];
    const distances = new NodeDistances(topologyOf(nodes));
    assert.deepEqual([...distances.table], [10, 21, 32, 11]);
    assert.equal(distances.indexOf(70), 1);
    assert.equal(distances.indexOf(1), undefined);
    assert.equal(distances.weight(0, 1), 10 / 21);
    assert.equal(distances.weight(1, 0), 11 / 32);
  });

  it('are 10 and 20 where the machine does not tell, or tells nonsense', () => {
    assert.deepEqual([...distancesOf([null, [0, 10]]).table], [10, 20, 20, 10]);
    assert.equal(distancesOf([null, null]).weight(0, 1), 0.5);
  });

  it('nothing weighs more than what is local', () => {
    const property = fc.property(fc.array(fc.nat(255), { minLength: 9, maxLength: 9 }), (numbers) => {
      const distances = distancesOf([numbers.slice(0, 3), numbers.slice(3, 6), numbers.slice(6)]);
      for (const from of [0, 1, 2]) {
        assert.equal(distances.weight(from, from), 1);
        for (const to of [0, 1, 2]) {
          const weight = distances.weight(from, to);
          assert.ok(weight > 0 && weight <= 1, String(weight));
        }
      }
    });
    fc.assert(property, { seed });
  });

  it('memory of a node without any is at home on the nearest that has some', () => {
    const nodes = [{ memoryKiB: 0, distances: [10, 40, 20] }, { distances: [40, 10, 40] }, { distances: [20, 40, 10] }];
    const distances = new NodeDistances(topologyOf(nodes));
    assert.deepEqual(
      [0, 1, 2].map((to) => distances.memoryWeight(0, to)),
      [1, 0.5, 1],
    );
    assert.deepEqual(
      [0, 1, 2].map((to) => distances.memoryWeight(1, to)),
      [0.25, 1, 0.25],
    );
    assert.equal(distances.memoryWeight(1, 99), 0.5, 'a node that nobody knows');
    const outside = new NodeDistances(topologyOf([{}, {}], { allowedNodes: [1] }));
    assert.equal(outside.memoryWeight(0, 1), 1, 'its own memory may not be used');
  });
});

describe('RoundRobin', () => {
  it('takes one node after the other, of those that take tasks', () => {
    const policy = new RoundRobin(loadsOf([0, 4, 4, 0, 4]));
    assert.deepEqual(
      Array.from({ length: 7 }, () => policy.choose(ANY)),
      [1, 2, 4, 1, 2, 4, 1],
    );
  });

  it('leaves out a node from when it takes no tasks until it takes some again', () => {
    const loads = loadsOf([1, 1, 1]);
    const policy = new RoundRobin(loads);
    const three = (): number[] => Array.from({ length: 3 }, () => policy.choose(ANY));
    assert.deepEqual(three(), [0, 1, 2]);
    loads.set(1, 5, 0);
    assert.deepEqual(three(), [2, 0, 2], 'in turn by a counter that goes on');
    loads.set(1, 0, 4);
    assert.deepEqual(three(), [0, 1, 2]);
    for (const node of [0, 1, 2]) loads.set(node, 0, 0);
    assert.equal(policy.choose(ANY), -1);
  });

  it('several take turns on one counter, which may wrap', () => {
    const counter = new Int32Array(new SharedArrayBuffer(4)).fill(0x7fff_ffff);
    const loads = loadsOf([1, 1, 1, 1]);
    const [one, other] = [new RoundRobin(loads, counter), new RoundRobin(loads, counter)];
    assert.deepEqual([one, other, one, other].map((policy) => policy.choose(ANY)).sort(), [0, 1, 2, 3]);
    counter.fill(-1);
    assert.deepEqual([one.choose(ANY), other.choose(ANY)], [3, 0]);
  });

  it('gives each node that takes tasks as many', () => {
    const places = fc.array(fc.nat(2), { minLength: 1, maxLength: 9 });
    const property = fc.property(places, fc.nat(), fc.integer({ min: 1, max: 5 }), (list, start, rounds) => {
      const usable = list.filter((each) => each > 0).length;
      const policy = new RoundRobin(loadsOf(list), Int32Array.of(start));
      const counts = new Map<number, number>();
      for (let i = 0; i < usable * rounds; ++i) {
        const node = policy.choose(ANY);
        counts.set(node, (counts.get(node) ?? 0) + 1);
      }
      assert.ok([...counts].every(([node, count]) => (list[node] ?? 0) > 0 && count === rounds));
      if (usable === 0) assert.equal(policy.choose(ANY), -1);
    });
    fc.assert(property, { seed });
  });
});

describe('Locality', () => {
  const near = distancesOf([
    [10, 30, 20],
    [30, 10, 20],
    [20, 20, 10],
  ]);

  it('stays while there are places, then takes the least loaded one', () => {
    const loads = loadsOf([2, 2, 2]);
    const policy = new Locality(loads, near);
    const chosen = Array.from({ length: 6 }, () => {
      const node = policy.choose(ANY);
      place(loads, node);
      return node;
    });
    assert.deepEqual(chosen, [0, 0, 2, 2, 1, 1], 'of nodes 1 and 2, node 2 is nearer to node 0');
  });

  it('load is counted for each place', () => {
    assert.equal(new Locality(loadsOf([2, 8, 2], [2, 4, 2]), near).choose(ANY), 1);
    assert.equal(new Locality(loadsOf([1, 8, 1], [2, 9, 2]), near).choose(ANY), 1);
    assert.equal(new Locality(loadsOf([2, 1, 1], [2, 2, 2]), near).choose(ANY), 0);
  });

  it('a run ends, though the node has places', () => {
    const loads = loadsOf([1000, 1000, 1000]);
    const policy = new Locality(loads, near);
    const runs: number[] = [];
    let last = ANY;
    for (let i = 0; i < 192; ++i) {
      const node = policy.choose(ANY);
      place(loads, node);
      if (node !== last) runs.push(node);
      last = node;
    }
    assert.deepEqual(runs, [0, 2, 1]);
    assert.deepEqual([...loads.pending], [64, 64, 64]);
  });

  it('takes the preferred node where that takes tasks, however busy; -1 when none does', () => {
    for (const policy of [
      new Locality(loadsOf([1, 1, 0], [0, 99, 0]), near),
      new RoundRobin(loadsOf([1, 1, 0], [0, 99, 0])),
    ]) {
      assert.equal(policy.choose(1), 1);
      assert.equal(policy.choose(2), 0);
      assert.equal(policy.choose(7), policy instanceof RoundRobin ? 1 : 0, 'no such node: as any');
    }
    assert.equal(new Locality(loadsOf([0, 0, 0]), near).choose(ANY), -1);
  });

  it('when all are full, a run is as long as the node has places, until something ends', () => {
    const loads = loadsOf([2, 3, 2], [2, 3, 2]);
    const policy = new Locality(loads, near);
    const next = (): number => {
      const node = policy.choose(ANY);
      place(loads, node);
      return node;
    };
    assert.deepEqual(Array.from({ length: 6 }, next), [0, 0, 2, 2, 1, 1]);
    loads.set(0, 0, 2);
    assert.equal(next(), 0, 'and not a third one for node 1');
  });

  it('leaves a node that takes no tasks any more', () => {
    const loads = loadsOf([9, 9, 9]);
    const policy = new Locality(loads, near);
    assert.equal(policy.choose(ANY), 0);
    loads.places[0] = 0;
    assert.equal(policy.choose(ANY), 2);
  });

  it('never chooses a node that takes none, and is never far off the least load', () => {
    const node = fc.record({ places: fc.nat(4), pending: fc.nat(12) });
    const property = fc.property(fc.array(node, { minLength: 3, maxLength: 3 }), (nodes) => {
      const loads = loadsOf(
        nodes.map(({ places }) => places),
        nodes.map(({ pending }) => pending),
      );
      const policy = new Locality(loads, near);
      for (let i = 0; i < 40; ++i) {
        const share = (at: number): number => {
          const places = loads.places[at] ?? 0;
          return places > 0 ? (loads.pending[at] ?? 0) / places : Infinity;
        };
        const least = Math.min(share(0), share(1), share(2));
        const chosen = policy.choose(ANY);
        if (least === Infinity) assert.equal(chosen, -1);
        else assert.ok(share(chosen) < Math.max(1, least + 1), `${String(share(chosen))} against ${String(least)}`);
        if (chosen >= 0) place(loads, chosen);
      }
    });
    fc.assert(property, { seed });
  });
});

describe('PlacementCounters', () => {
  const distances = distancesOf([
    [10, 20, 40],
    [20, 10, 20],
    [40, 20, 10],
  ]);

  function counters(clockMs = (): number => 1): PlacementCounters {
    return new PlacementCounters(distances, clockMs);
  }

  function assign(counted: PlacementCounters, times: number): void {
    for (let i = 0; i < times; ++i) counted.assigned(counted.begin());
  }

  it('the example of the docs', () => {
    const counted = counters();
    assign(counted, 1000);
    counted.moved(0, 1, 60);
    counted.moved(0, 2, 40);
    const { total, local, cross, weight } = counted.totals();
    assert.deepEqual({ total, local, cross, weight }, { total: 1000, local: 900, cross: 100, weight: 940 });
    assert.equal(efficiencyOf(counted.totals()), 0.94);
  });

  it('nothing is known before anything ran', () => {
    const counted = counters();
    assert.deepEqual(counted.totals(), { total: 0, local: 0, cross: 0, weight: 0, meanNs: null });
    assert.ok(Number.isNaN(efficiencyOf(counted.totals())));
    assign(counted, 2);
    counted.unknown(2);
    assert.ok(Number.isNaN(efficiencyOf(counted.totals())), 'ran nobody knows where');
    assert.equal(counted.totals().total, 2);
  });

  it('of a time, what was counted in it', () => {
    const counted = counters();
    assign(counted, 100);
    const before = counted.totals();
    assert.ok(Number.isNaN(efficiencyOf(counted.totals(), before)));
    assign(counted, 10);
    counted.moved(1, 0, 10);
    assert.equal(efficiencyOf(counted.totals(), before), 0.5);
  });

  it('of a time, no more than all and no less than nothing, though what ran before waits again', () => {
    const counted = counters();
    assign(counted, 100);
    counted.moved(0, 2, 50);
    const before = counted.totals();
    assign(counted, 40);
    counted.unknown(30);
    counted.moved(0, 2, -30);
    assert.equal(efficiencyOf(counted.totals(), before), 1);
    const after = counted.totals();
    assign(counted, 40);
    counted.moved(0, 2, 40);
    counted.unknown(30);
    assert.equal(efficiencyOf(counted.totals(), after), 0);
  });

  it('one that stayed was not moved', () => {
    const counted = counters();
    assign(counted, 1);
    counted.moved(1, 1);
    assert.equal(counted.totals().cross, 0);
  });

  it('times one of 64, without the time of the clock, and none that was interrupted', () => {
    // How much later it is at each look at the clock, in ms: two before a node is chosen, one after.
    const later = [0, 0.001, 0.004, 9, 0.001, 0.002, 9, 0.001, 30, 9, 30, 0.001];
    let now = 1;
    let looks = 0;
    const counted = counters(() => (now += later[looks++] ?? NaN));
    assign(counted, 256);
    assert.equal(looks, later.length);
    const { meanNs } = counted.totals();
    assert.ok(meanNs !== null);
    assert.equal(Math.round(meanNs), 2000, 'of 3 and 1 µs');
  });

  it('one that was interrupted is better than nothing, and the next one better than that', () => {
    const later = [0, 0, 7, 0, 0, 0.002];
    let now = 1;
    let looks = 0;
    const counted = counters(() => (now += later[looks++] ?? NaN));
    assign(counted, 1);
    assert.equal(counted.totals().meanNs, 7e6);
    assign(counted, 1);
    assert.equal(looks, 6);
    assert.equal(Math.round(counted.totals().meanNs ?? NaN), 2000);
  });

  it('total is local, cross and unknown; efficiency is between the lowest weight and 1', () => {
    const move = fc.record({ from: fc.nat(2), to: fc.nat(2), count: fc.nat(9) });
    const property = fc.property(fc.array(move, { maxLength: 9 }), fc.nat(9), (moves, stayed) => {
      const counted = counters();
      assign(counted, stayed);
      for (const { from, to, count } of moves) {
        assign(counted, count);
        counted.moved(from, to, count);
      }
      const totals = counted.totals();
      assert.equal(totals.total, totals.local + totals.cross);
      const efficiency = efficiencyOf(totals);
      assert.ok(totals.total === 0 ? Number.isNaN(efficiency) : efficiency >= 0.25 && efficiency <= 1);
    });
    fc.assert(property, { seed });
  });
});
