import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeNodes, settled } from '../../support/fake-nodes.ts';

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

async function completeAll(nodes: FakeNodes): Promise<void> {
  await settled();
  while (nodes.running().length > 0) {
    for (const each of nodes.running()) nodes.complete(each);
    await settled();
  }
}

describe('what waits for a node process', () => {
  it('that tasks prefer stays there until twice what it takes at once waits before them', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect();
    for (const n of range(0, 5)) nodes.submit(n, { node: 0 }); // two are released
    await settled();
    assert.deepEqual([nodes.numbersOf(0), nodes.numbersOf(1)], [[0, 1], []]);
    nodes.submit(5, { node: 0 });
    await settled();
    assert.deepEqual(nodes.numbersOf(1), [2, 3]);
    assert.equal(nodes.node(0).backlog.size, 2);
    assert.deepEqual(nodes.counters.totals().cross, 2);
  });

  it('goes to one that has nothing: the oldest half of it, as far as there is room', async () => {
    const nodes = new FakeNodes({ workers: [1, 1], policy: 'roundRobin' });
    nodes.connect([0]);
    for (const n of range(0, 103)) nodes.submit(n); // 101 wait
    nodes.node(1).learn(0, 1); // room for 500
    assert.equal(nodes.node(0).backlog.size, 101);
    nodes.connect([1]);
    assert.equal(nodes.node(0).backlog.size, 50);
    await settled();
    assert.deepEqual(nodes.numbersOf(1).slice(0, 51), range(2, 53));
    const few = new FakeNodes({ workers: [1, 1], policy: 'roundRobin' });
    few.connect([0]);
    for (const n of range(0, 103)) few.submit(n);
    few.connect([1]);
    await settled();
    assert.deepEqual(few.numbersOf(1), [2, 3]);
  });

  it('goes in order, the most urgent first, and never before what is more urgent elsewhere', async () => {
    const nodes = new FakeNodes({ workers: [1, 1], policy: 'roundRobin' });
    nodes.connect([0]);
    for (const priority of [3, 2, 1]) for (const n of range(0, 12)) nodes.submit(100 * priority + n, { priority });
    nodes.connect([1]);
    await settled();
    const [first] = nodes.numbersOf(1);
    assert.equal(first, 102); // 100 and 101 were released to the other one
    const urgent = nodes.numbersOf(1).filter((n) => n < 200);
    assert.deepEqual(
      urgent,
      urgent.toSorted((a, b) => a - b),
    );
  });

  it('comes from the nearest one first', async () => {
    const distances = [
      [10, 30, 20],
      [30, 10, 40],
      [20, 40, 10],
    ];
    const nodes = new FakeNodes({ workers: [1, 1, 1], distances });
    nodes.connect([1, 2]);
    for (const n of range(0, 10)) nodes.submit(100 + n, { node: 1 });
    for (const n of range(0, 10)) nodes.submit(200 + n, { node: 2 });
    await settled();
    nodes.connect([0]);
    await settled();
    assert.deepEqual(nodes.numbersOf(0), [202, 203]);
    const [first, second] = nodes.running().filter(({ node }) => node === 0);
    nodes.complete(first ?? assert.fail());
    nodes.complete(second ?? assert.fail());
    for (let n = 0; n < 6; ++n) {
      await settled();
      for (const each of nodes.running()) if (each.node === 0) nodes.complete(each);
    }
    assert.ok(
      nodes.numbersOf(0).some((number) => number < 200),
      'then from the one that is farther',
    );
  });

  it('goes away from one that has no process, whatever it prefers', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect([1]);
    const one = nodes.submit(1);
    nodes.connect([0]);
    nodes.submit(2, { node: 0 });
    nodes.submit(3, { node: 0 });
    nodes.submit(4, { node: 0 });
    await settled();
    assert.deepEqual(nodes.numbersOf(1), [1]);
    nodes.disconnect(0);
    nodes.node(1).release();
    await settled();
    assert.deepEqual(nodes.numbersOf(1), [1, 4]);
    assert.deepEqual(one.ends, []);
  });

  it('stays when only one of its workers may run it', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect([1]);
    nodes.submit(7, { worker: 0 });
    nodes.submit(8, { worker: 1 });
    await settled();
    assert.deepEqual(nodes.numbersOf(1), [8]);
    nodes.connect([0]);
    await settled();
    assert.deepEqual(nodes.numbersOf(0), [7]);
  });

  it('goes past those that only one of its workers may run, in its order; they keep theirs', async () => {
    const nodes = new FakeNodes({ workers: [2, 1], policy: 'roundRobin' });
    const mailed = [nodes.submit(100, { worker: 0 }), nodes.submit(101, { worker: 1 })];
    const moved = range(0, 2).map((n) => nodes.submit(n, { node: 0 }));
    nodes.submit(102, { worker: 0 });
    moved.push(nodes.submit(2, { node: 0 }));
    nodes.connect([1]);
    await settled();
    assert.deepEqual(nodes.numbersOf(1), [0, 1]);
    nodes.complete(nodes.running()[0] ?? assert.fail());
    await settled();
    assert.deepEqual(nodes.numbersOf(1), [0, 1, 2]);
    nodes.connect([0]);
    await settled();
    assert.deepEqual(nodes.numbersOf(0), [100, 101, 102]);
    for (const each of nodes.running()) nodes.complete(each);
    assert.deepEqual(
      [...mailed, ...moved].map(({ ends }) => ends),
      [[100], [101], [0], [1], [2]],
    );
  });

  it('counts without those that only one of its workers may run: half of the others go', async () => {
    const nodes = new FakeNodes({ workers: [1, 1], policy: 'roundRobin' });
    for (const n of range(0, 50)) nodes.submit(100 + n, { worker: 0 });
    for (const n of range(0, 4)) nodes.submit(n, { node: 0 });
    nodes.node(1).learn(0, 1); // room for 500
    nodes.connect([1]);
    assert.deepEqual([...nodes.node(0).backlog].filter(({ worker }) => worker < 0).length, 2);
    await settled();
  });

  it('as members of a group: each goes once, and its result to its place', async () => {
    const nodes = new FakeNodes({ workers: [1, 3], policy: 'roundRobin' });
    nodes.connect();
    const numbers = range(0, 1000).map((n) => 7 * n);
    const results = nodes.submitMany(numbers);
    await settled();
    while (nodes.running().length > 0) {
      for (const each of nodes.running().toReversed()) nodes.complete(each);
      await settled();
    }
    assert.deepEqual(await results, numbers);
    assert.deepEqual(
      nodes.sent.map(({ record }) => record.number).toSorted((a, b) => a - b),
      numbers,
    );
    const { total, local, cross } = nodes.counters.totals();
    assert.deepEqual([total, local + cross], [1000, 1000]);
  });
});

describe('a node process that will not come again', () => {
  it('leaves what waits to the others, except what only its workers may run', async () => {
    const nodes = new FakeNodes({ workers: [2, 1] });
    nodes.connect([1]);
    const waiting = range(0, 6).map((n) => nodes.submit(n, { node: 0 }));
    const broadcast = nodes.submit(50, { worker: 1 });
    const other = nodes.submit(51, { worker: 2 });
    const error = new Error('given up');
    assert.equal(
      nodes.client.evacuate(0, () => error),
      true,
    );
    await settled();
    assert.deepEqual(broadcast.ends, [error]);
    assert.equal(nodes.client.counts.lost, 1);
    await completeAll(nodes);
    assert.deepEqual(
      waiting.map(({ ends }) => ends),
      range(0, 6).map((n) => [n]),
    );
    assert.deepEqual(other.ends, [51]);
    assert.deepEqual([nodes.client.pendingCount, nodes.node(0).pendingCount], [0, 0]);
    nodes.submit(60, { node: 0 });
    await settled();
    assert.equal(nodes.numbersOf(1).at(-1), 60);
  });

  it('leaves tasks that others move on: each counts by the node where it ends up', async () => {
    const distances = [
      [10, 20, 40],
      [20, 10, 20],
      [40, 20, 10],
    ];
    const nodes = new FakeNodes({ workers: [1, 1, 1], distances });
    nodes.connect();
    for (const node of [0, 1, 2]) for (const n of range(0, 2)) nodes.submit(n, { node });
    for (const n of range(10, 18)) nodes.submit(n, { node: 0 });
    await settled();
    assert.deepEqual([nodes.counters.totals().total, nodes.counters.totals().local], [14, 6]);
    nodes.disconnect(0);
    nodes.client.evacuate(0, () => new Error('given up'));
    assert.equal(nodes.node(1).backlog.size, 8);
    nodes.disconnect(1); // what it has got is moved on
    nodes.client.evacuate(1, () => new Error('given up'));
    await completeAll(nodes);
    assert.deepEqual(
      nodes.sent.slice(6).map(({ node }) => node),
      range(10, 18).map(() => 2),
    );
    const { total, local, cross, weight } = nodes.counters.totals();
    assert.deepEqual([total, local, cross, weight], [14, 6, 8, 6 + 8 * (10 / 40)]);
  });

  it('is the last one: nobody takes over', () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect();
    const error = new Error('given up');
    assert.equal(
      nodes.client.evacuate(1, () => error),
      true,
    );
    assert.equal(
      nodes.client.evacuate(0, () => error),
      false,
    );
  });
});
