import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Pending } from '../../../src/client/pending.ts';
import { Priority } from '../../../src/client/run-options.ts';
import { type Waiting, WaitingQueues } from '../../../src/client/waiting.ts';

const TASK = { name: 'task', type: 0, kernel: false };
const NO_BYTES = new Uint8Array(0);

function waitingAt(priority: number, worker = -1): Waiting {
  const pending = new Pending(TASK, ignore, ignore);
  return { pending, priority, tag: 0, number: 0, bytes: NO_BYTES, worker };
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

  it('gives those that any worker may run past those that one alone may run; both keep their order', () => {
    const queues = new WaitingQueues();
    const [first, second, third, fourth] = [0, -1, 1, -1].map((worker) => waitingAt(Priority.High, worker)) as [
      Waiting,
      Waiting,
      Waiting,
      Waiting,
    ];
    for (const waiting of [first, second, third, fourth]) queues.push(waiting);
    assert.equal(queues.peekAt(Priority.High), first);
    assert.equal(queues.peekFreeAt(Priority.High), second);
    assert.equal(queues.peekFreeAt(Priority.Low), undefined);
    assert.equal(queues.countUpTo(9, Priority.High), 2, 'of those alone');
    queues.hand(second);
    assert.equal(queues.peekFreeAt(Priority.High), fourth);
    assert.equal(queues.peek(), first);
    queues.putBack(second);
    assert.equal(queues.peek(), second);
    const taken: Waiting[] = [];
    for (let next = queues.peek(); next !== undefined; next = queues.peek()) {
      queues.shift(next);
      taken.push(next);
    }
    assert.deepEqual(taken, [second, first, third, fourth]);
  });

  it('does not look at those before: a long queue of them is no longer to pass', () => {
    const queues = new WaitingQueues();
    let looks = 0;
    for (let n = 0; n < 1000; ++n) {
      const bound = waitingAt(Priority.Normal, 0);
      const { pending } = bound;
      queues.push({
        ...bound,
        get pending() {
          looks += 1;
          return pending;
        },
      });
    }
    for (let n = 0; n < 1000; ++n) queues.push(waitingAt(Priority.Normal));
    looks = 0;
    for (let n = 0; n < 1000; ++n) {
      queues.countUpTo(10, Priority.Normal);
      queues.hand(queues.peekFreeAt(Priority.Normal) ?? assert.fail());
    }
    assert.equal(looks, 0);
  });

  it('property: as one list, whatever is pushed, put back, dropped, and taken from the head or past others', () => {
    const op = fc.record({ kind: fc.nat({ max: 5 }), isBound: fc.boolean(), pick: fc.nat() });
    const property = fc.property(fc.array(op, { maxLength: 200 }), (ops) => {
      const queues = new WaitingQueues();
      const elsewhere = new WaitingQueues(1); // what was there comes here with the turn it had there
      elsewhere.push(waitingAt(Priority.Normal, 0));
      const list: Waiting[] = [];
      const take = (waiting: Waiting | undefined): void => {
        if (waiting === undefined) return;
        queues.hand(waiting);
        list.splice(list.indexOf(waiting), 1);
      };
      for (const { kind, isBound, pick } of ops) {
        const waiting = waitingAt(Priority.Normal, isBound ? 3 : -1);
        if (kind === 0) {
          queues.push(waiting);
          list.push(waiting);
        } else if (kind === 1) {
          queues.putBack(waiting);
          list.unshift(waiting);
        } else if (kind === 2) {
          if (!isBound) {
            elsewhere.push(waiting);
            elsewhere.hand(elsewhere.peekFreeAt(Priority.Normal) ?? assert.fail());
          }
          queues.push(waiting);
          list.push(waiting);
        } else if (kind === 3 && list.length > 0) {
          const [dropped] = list.splice(pick % list.length, 1);
          assert.equal(queues.drop(dropped?.pending ?? assert.fail()), true);
        } else if (kind === 4) {
          assert.equal(queues.peekAt(Priority.Normal), list[0]);
          take(list[0]);
        } else {
          const free = list.find(({ worker }) => worker < 0);
          assert.equal(queues.peekFreeAt(Priority.Normal), free);
          take(free);
        }
        assert.equal(queues.size, list.length);
        assert.equal(queues.peek(), list[0]);
      }
      assert.equal(new Set(queues).size, list.length);
    });
    fc.assert(property);
  });
});
