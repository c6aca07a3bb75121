import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TAG_NUMBER } from '../../../src/abi/codes.ts';
import { Pending } from '../../../src/client/pending.ts';
import { WaitingQueues } from '../../../src/client/waiting.ts';
import { JobPlacement } from '../../../src/node-process/job-placement.ts';
import type { Job } from '../../../src/node-process/released.ts';
import { Turns } from '../../../src/node-process/turns.ts';
import { OnePlace } from '../../../src/numa/one-place.ts';

const TASK = { name: 'task', type: 0, kernel: false };
const NO_BYTES = new Uint8Array(0);

function job(number: number, worker = -1): Job {
  const pending = new Pending(
    TASK,
    () => undefined,
    () => undefined,
  );
  return { pending, priority: 2, tag: TAG_NUMBER, number, bytes: NO_BYTES, worker, losses: 0 };
}

function turnsOf(own: readonly number[], commons: readonly number[]): Turns {
  return turnsWith(new JobPlacement(0, new OnePlace()), own, commons);
}

function turnsWith(places: JobPlacement, own: readonly number[], commons: readonly number[]): Turns {
  const turns = new Turns(new WaitingQueues<Job>(0), new WaitingQueues<Job>(2), places);
  for (const number of own) turns.own.push(job(number));
  for (const number of commons) turns.commons.push(job(number));
  return turns;
}

function takeAll(turns: Turns): number[] {
  const taken: number[] = [];
  for (;;) {
    const queue = turns.next(2);
    const first = queue.peekAt(2);
    if (first === undefined) return taken;
    queue.shift(first);
    turns.taken(queue, first, 1);
    taken.push(first.number);
  }
}

describe('Turns', () => {
  it('are of those that wait for the process and of those that wait for any, one after the other', () => {
    assert.deepEqual(takeAll(turnsOf([1, 2, 3], [10, 20, 30])), [1, 10, 2, 20, 3, 30]);
  });

  it('are of whoever is there when the others are through', () => {
    assert.deepEqual(takeAll(turnsOf([1], [10, 20, 30])), [1, 10, 20, 30]);
    assert.deepEqual(takeAll(turnsOf([1, 2, 3], [10])), [1, 10, 2, 3]);
    assert.deepEqual(takeAll(turnsOf([], [10])), [10]);
    assert.deepEqual(takeAll(turnsOf([], [])), []);
  });

  it('are not given up by looking: only what was taken counts', () => {
    const turns = turnsOf([1, 2], [10]);
    assert.equal(turns.next(2), turns.own);
    assert.equal(turns.next(2), turns.own);
    turns.taken(turns.own, job(1), 1);
    assert.equal(turns.next(2), turns.commons);
    assert.equal(turns.next(2), turns.commons);
  });

  it('hold up tasks of their priority alone; one for a certain worker is held up by those of its process', () => {
    const none = turnsOf([], []);
    assert.deepEqual([none.blocks(2, false), none.blocks(2, true)], [false, false]);
    const own = turnsOf([1], []);
    assert.deepEqual([own.blocks(2, false), own.blocks(2, true), own.blocks(1, false)], [true, true, false]);
    const commons = turnsOf([], [1]);
    assert.deepEqual(
      [commons.blocks(2, false), commons.blocks(2, true), commons.blocks(3, false)],
      [true, false, false],
    );
  });

  it('count where each was placed, and where it is released to', () => {
    const calls: unknown[] = [];
    const placement = {
      assigned: (...args: unknown[]) => calls.push(['assigned', ...args]),
      released: (...args: unknown[]) => calls.push(['released', ...args]),
      putBack: (...args: unknown[]) => calls.push(['putBack', ...args]),
    };
    const turns = turnsWith(new JobPlacement(4, placement), [], []);
    turns.taken(turns.own, job(1), 3);
    turns.taken(turns.own, { ...job(1), origin: 7 }, 1);
    turns.taken(turns.commons, job(1), 5);
    turns.taken(turns.commons, { ...job(1), origin: 6 }, 1);
    turns.taken(turns.own, job(1, 0), 1); // nobody has placed one for a certain worker
    turns.putBack(job(1, 0), true);
    assert.deepEqual(calls.splice(0), [
      ['released', 4, 4, 3],
      ['released', 7, 4, 1],
      ['assigned', 4, 5],
      ['released', 6, 4, 1],
    ]);
    turns.putBack({ ...job(2), origin: 6 }, true);
    turns.putBack(job(3), true);
    assert.deepEqual(calls.splice(0), [
      ['putBack', 6, 4],
      ['putBack', 4, 4],
    ]);
    assert.deepEqual(
      [...turns.commons].map(({ number, origin }) => [number, origin]),
      [
        [3, 4],
        [2, 6],
      ],
    );
  });
});
