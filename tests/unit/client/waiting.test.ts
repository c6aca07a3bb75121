import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pending } from '../../../src/client/pending.ts';
import { Priority } from '../../../src/client/run-options.ts';
import { type Waiting, WaitingQueues } from '../../../src/client/waiting.ts';

const TASK = { name: 'task', type: 0, kernel: false };
const NO_BYTES = new Uint8Array(0);

function waitingAt(priority: number): Waiting {
  const pending = new Pending(TASK, ignore, ignore);
  return { pending, priority, tag: 0, number: 0, bytes: NO_BYTES, worker: -1 };
}

function ignore(): void {
  // Nobody waits for these tasks.
}

describe('WaitingQueues', () => {
  it('holds no more dropped tasks than others, though none of them comes to the head', () => {
    const queues = new WaitingQueues();
    const urgent = waitingAt(Priority.High);
    const first = waitingAt(Priority.Low);
    queues.push(urgent);
    queues.push(first);
    for (let i = 0; i < 10_000; ++i) {
      const dropped = waitingAt(Priority.Low);
      queues.push(dropped);
      assert.ok(queues.drop(dropped.pending));
      assert.ok(queues.held <= 2 * queues.size, `${String(queues.held)} are held for ${String(queues.size)}`);
    }
    assert.deepEqual([...queues], [urgent, first]);
  });

  it('gives the others in their order, whichever were dropped', () => {
    const queues = new WaitingQueues();
    const all = Array.from({ length: 3000 }, (_, i) => waitingAt(i % 3));
    for (const waiting of all) queues.push(waiting);
    const left = all.filter((_, i) => i % 7 === 0);
    for (const waiting of all) if (!left.includes(waiting)) assert.ok(queues.drop(waiting.pending));
    assert.equal(queues.size, left.length);
    const taken: Waiting[] = [];
    for (let next = queues.peek(); next !== undefined; next = queues.peek()) {
      queues.shift(next);
      taken.push(next);
    }
    const inOrder = left.toSorted((a, b) => a.priority - b.priority); // stable
    assert.ok(taken.length === inOrder.length && taken.every((waiting, i) => waiting === inOrder[i]));
    assert.equal(queues.size, 0);
    assert.equal(queues.held, 0);
  });

  it('drops a task once', () => {
    const queues = new WaitingQueues();
    const waiting = waitingAt(Priority.Normal);
    queues.push(waiting);
    assert.equal(queues.drop(waiting.pending), true);
    assert.equal(queues.drop(waiting.pending), false);
    assert.equal(queues.peek(), undefined);
  });

  it('hands over the first one to wait elsewhere: it counts as no wait that has ended', () => {
    const queues = new WaitingQueues();
    const waits: number[] = [];
    let now = 100;
    queues.recorder = { now: () => now, record: (_priority, us) => waits.push(us) };
    const elsewhere = new WaitingQueues(1);
    elsewhere.recorder = queues.recorder;
    const [first, second] = [waitingAt(Priority.High), waitingAt(Priority.High)];
    queues.push(first);
    queues.push(second);
    now = 130;
    queues.hand(first);
    assert.deepEqual([queues.size, queues.peek(), first.pending.index], [1, second, -1]);
    elsewhere.push(first);
    assert.equal(first.pending.home, 1);
    now = 150;
    elsewhere.shift(first);
    assert.deepEqual(waits, [50]); // since it was submitted
  });

  it('counts those of a priority as far as it is asked to, without dropped ones', () => {
    const queues = new WaitingQueues();
    const all = Array.from({ length: 10 }, () => waitingAt(Priority.High));
    for (const waiting of all) queues.push(waiting);
    queues.push(waitingAt(Priority.Low));
    const many = waitingAt(Priority.Normal);
    many.pending.size = 500;
    queues.push(many);
    for (const waiting of all.slice(0, 4)) queues.drop(waiting.pending);
    assert.deepEqual(
      [0, 1, 5, 6, 7, 100].map((most) => queues.countUpTo(most, Priority.High)),
      [0, 1, 5, 6, 6, 6],
    );
    assert.deepEqual([queues.countUpTo(300, Priority.Normal), queues.countUpTo(900, Priority.Normal)], [300, 500]);
    assert.deepEqual([queues.countUpTo(5, Priority.Critical), queues.countUpTo(5, Priority.Low)], [0, 1]);
  });
});
