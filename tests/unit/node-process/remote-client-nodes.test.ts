import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { KIND_ASK_START, KIND_CANCEL } from '../../../src/node-process/protocol.ts';
import { FakeNodes, settled, type Submitted } from '../../support/fake-nodes.ts';

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

describe('a client of two node processes', () => {
  it('lets tasks without a preference wait for whichever has room first', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect();
    for (const n of range(0, 10)) nodes.submit(n);
    await settled();
    assert.equal(nodes.sent.length, 4);
    assert.deepEqual([nodes.client.waitingAt(2), nodes.node(0).backlog.size, nodes.node(1).backlog.size], [6, 0, 0]);
    const second = nodes.running().find(({ node }) => node === 1);
    nodes.complete(second ?? assert.fail());
    await settled();
    assert.deepEqual(nodes.numbersOf(1).at(-1), 4);
    assert.equal(nodes.client.pendingCount, 9);
    assert.equal(nodes.counters.totals().total, 5); // the others have no node yet
    await completeAll(nodes);
    assert.deepEqual([nodes.client.pendingCount, nodes.counters.totals().total], [0, 10]);
    assert.equal(nodes.counters.totals().cross, 0);
  });

  it('times no choice of a node that was not taken: what waits for any is assigned later', async () => {
    let nowMs = 1;
    const nodes = new FakeNodes({ workers: [1, 1], clockMs: () => nowMs });
    nodes.connect();
    for (const n of range(0, 65)) nodes.submit(n); // one of 64 is timed: the last one
    await settled();
    assert.equal(nodes.counters.totals().meanNs, 0);
    nowMs += 0.02;
    nodes.complete(nodes.running()[0] ?? assert.fail());
    await settled();
    assert.deepEqual([nodes.counters.totals().total, nodes.counters.totals().meanNs], [5, 0]);
  });

  it('takes turns of those that wait for a node and those that wait for any', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect();
    for (const n of range(0, 4)) nodes.submit(n);
    for (const n of range(10, 13)) nodes.submit(n, { node: 0 });
    for (const n of range(20, 23)) nodes.submit(n);
    await settled();
    for (let n = 0; n < 4; ++n) {
      nodes.complete(nodes.running().find(({ node }) => node === 0) ?? assert.fail());
      await settled();
    }
    assert.deepEqual(nodes.numbersOf(0).slice(-4), [10, 20, 11, 21]);
  });

  it('releases in the order of submission, for each priority, and everything once', async () => {
    const tasks = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 });
    const picks = fc.array(fc.nat(), { minLength: 80, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(tasks, picks, fc.integer({ min: 1, max: 3 }), async (priorities, random, workers) => {
        const nodes = new FakeNodes({ workers: [workers, 1] });
        nodes.connect();
        const submitted = priorities.map((priority, n) => nodes.submit(n, { priority }));
        await settled();
        for (let turn = 0; nodes.running().length > 0; ++turn) {
          const running = nodes.running();
          nodes.complete(running[(random[turn] ?? 0) % running.length] ?? assert.fail());
          await settled();
        }
        assert.deepEqual(
          submitted.map(({ ends }) => ends),
          priorities.map((_, n) => [n]),
        );
        for (const node of [0, 1]) {
          for (const priority of [0, 1, 2, 3]) {
            const numbers = nodes.numbersOf(node).filter((n) => priorities[n] === priority);
            assert.deepEqual(
              numbers,
              numbers.toSorted((a, b) => a - b),
            );
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('rejects at once what waits for any when nobody wants it any more, and never releases it', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect();
    const all = range(0, 8).map((n) => nodes.submit(n));
    await settled();
    const reason = new Error('aborted');
    const sixth = all[5] ?? assert.fail();
    assert.equal(nodes.client.settleEarly(sixth.pending, reason), true);
    assert.deepEqual(sixth.ends, [reason]);
    assert.equal(nodes.client.settleEarly(sixth.pending, reason), false);
    assert.equal(nodes.client.pendingCount, 7);
    await completeAll(nodes);
    assert.deepEqual(nodes.sent.map(({ record }) => record.number).toSorted(), [0, 1, 2, 3, 4, 6, 7]);
    assert.deepEqual(sixth.ends, [reason]);
  });

  it('cancels what was released where it is, and rejects it when that process has answered', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect();
    const tasks = [nodes.submit(1, { node: 0 }), nodes.submit(2, { node: 1 })];
    await settled();
    const reason = new Error('aborted');
    const [, second] = tasks as [Submitted, Submitted];
    assert.equal(nodes.client.settleEarly(second.pending, reason), true);
    await settled();
    assert.deepEqual([nodes.recordsOf(0, KIND_CANCEL).length, nodes.recordsOf(1, KIND_CANCEL).length], [0, 1]);
    assert.deepEqual(second.ends, []);
    let cancelled = false;
    nodes.client.afterCancels(() => (cancelled = true));
    assert.equal(cancelled, false);
    nodes.node(1).answer(-1);
    assert.deepEqual([second.ends, cancelled], [[reason], true]);
    await completeAll(nodes);
    assert.deepEqual(second.ends, [reason]);
  });

  it('asks for the start of a task where it is; one that waits for any has not started', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect();
    const released = nodes.submit(1, { node: 1 });
    for (const n of range(2, 9)) nodes.submit(n);
    const waiting = nodes.submit(9);
    await settled();
    const starts: number[] = [];
    nodes.client.askStart(waiting.pending, (us) => starts.push(us), true);
    assert.deepEqual(starts, [-1]);
    nodes.client.askStart(released.pending, (us) => starts.push(us), false);
    await settled();
    assert.deepEqual([nodes.recordsOf(0, KIND_ASK_START).length, nodes.recordsOf(1, KIND_ASK_START).length], [0, 1]);
    nodes.node(1).answer(30);
    assert.deepEqual(starts, [-1, -30]);
  });

  it('lets kept tasks wait for any, be cancelled there, or end where they are', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect();
    const ids = range(0, 6).map((n) => nodes.client.submitKept(0, n, 2));
    await settled();
    nodes.client.releaseKept(ids[4] ?? assert.fail());
    assert.deepEqual([nodes.client.counts.cancelled, nodes.client.pendingCount], [1, 5]);
    const [first] = nodes.running();
    nodes.client.releaseKept(ids[first?.record.number ?? -1] ?? assert.fail());
    await settled();
    assert.equal(nodes.recordsOf(first?.node ?? -1, KIND_CANCEL).length, 1);
    await completeAll(nodes);
    assert.deepEqual(nodes.sent.map(({ record }) => record.number).toSorted(), [0, 1, 2, 3, 5]);
    assert.equal(nodes.client.pendingCount, 0);
  });

  it('keeps all while there is no process, and runs it when one comes', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    const tasks = range(0, 5).map((n) => nodes.submit(n));
    await settled();
    assert.deepEqual([nodes.sent.length, nodes.client.pendingCount], [0, 5]);
    nodes.connect([1]);
    await completeAll(nodes);
    assert.deepEqual(
      tasks.map(({ ends }) => ends),
      range(0, 5).map((n) => [n]),
    );
    assert.deepEqual(nodes.numbersOf(1), range(0, 5));
  });

  it('gives what a dead process had, and may run again, to the other one, before what waited', async () => {
    const nodes = new FakeNodes({ workers: [1, 1], retry: 1 });
    nodes.connect();
    const tasks = range(0, 8).map((n) => nodes.submit(n));
    await settled();
    const had = nodes.numbersOf(0);
    nodes.disconnect(0);
    for (const each of nodes.running()) nodes.complete(each);
    await settled();
    assert.deepEqual(nodes.numbersOf(1).slice(2, 4), had);
    await completeAll(nodes);
    assert.deepEqual(
      tasks.map(({ ends }) => ends),
      range(0, 8).map((n) => [n]),
    );
    assert.equal(nodes.client.counts.lost, 0);
    const { total, local, cross } = nodes.counters.totals();
    assert.deepEqual([total, local, cross], [8, 6, 2]);
  });

  it('ends all that waits, wherever, when it is closed', async () => {
    const nodes = new FakeNodes({ workers: [1, 1] });
    nodes.connect();
    const error = new Error('closed');
    const tasks = [
      ...range(0, 10).map((n) => nodes.submit(n)),
      nodes.submit(10, { node: 1 }),
      nodes.submit(11, { worker: 0 }),
    ];
    await settled();
    const running = new Set(nodes.running().map(({ record }) => record.number));
    nodes.client.cancelWaiting(() => error);
    for (const [n, { ends }] of tasks.entries()) assert.deepEqual(ends, running.has(n) ? [] : [error]);
    nodes.client.abandon(() => error);
    for (const { ends } of tasks) assert.deepEqual(ends, [error]);
    assert.deepEqual([nodes.client.pendingCount, nodes.client.counts.cancelled], [0, tasks.length]);
  });

  it('takes as many as the engine may have, not each process', async () => {
    const nodes = new FakeNodes({ workers: [1, 1], capacity: 64, maxQueue: 3 });
    nodes.connect();
    let accepted = 0;
    assert.throws(
      () => {
        for (; accepted < 1000; ++accepted) nodes.submit(accepted);
      },
      { code: 'ERR_QUEUE_FULL' },
    );
    await settled();
    assert.ok(accepted <= 67, `${String(accepted)} were accepted`);
    assert.equal(nodes.client.pendingCount, accepted);
  });

  it('property: each task that ran is placed once, and runs there or elsewhere once, whatever is moved, lost and run again', async () => {
    const op = fc.record({
      kind: fc.constantFrom('submit', 'submit', 'many', 'complete', 'complete', 'lose', 'connect'),
      node: fc.integer({ min: -1, max: 2 }),
      pick: fc.nat({ max: 99 }),
    });
    const policies = fc.constantFrom('locality', 'roundRobin');
    const property = fc.asyncProperty(policies, fc.array(op, { maxLength: 60 }), async (policy, ops) => {
      const nodes = new FakeNodes({ workers: [1, 2, 1], policy, retry: 100 });
      nodes.connect();
      const connected = [true, true, true];
      let submitted = 0;
      const connect = (node: number): void => {
        if (connected[node] === true) return;
        connected[node] = true;
        nodes.connect([node]);
      };
      for (const { kind, node, pick } of ops) {
        const running = nodes.running();
        const some = running[pick % running.length];
        if (kind === 'submit') {
          nodes.submit(submitted++, { node });
        } else if (kind === 'many') {
          for (let n = 0; n < pick % 20; ++n) nodes.submit(submitted++);
        } else if (kind === 'complete') {
          if (some !== undefined) nodes.complete(some);
        } else if (node >= 0) {
          if (kind === 'connect') connect(node);
          else if (connected[node] === true) {
            connected[node] = false;
            nodes.disconnect(node);
          }
        }
        if (pick % 3 === 0) await settled();
        const { total, local, cross } = nodes.counters.totals();
        assert.ok(total <= submitted && local >= 0 && cross >= 0);
        assert.equal(local + cross, submitted - nodes.client.waitingAt(2));
      }
      for (const node of [0, 1, 2]) connect(node);
      await completeAll(nodes);
      const { total, local, cross } = nodes.counters.totals();
      assert.deepEqual([total, local + cross], [submitted, submitted]);
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
