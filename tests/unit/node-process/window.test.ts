import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Released } from '../../../src/node-process/released.ts';
import { Window } from '../../../src/node-process/window.ts';

const CAPACITY = 4096;

/** Releases as many tasks of a type as fit. @returns how many that were */
function fill(window: Window, type: number, level = 2, firstId = 0): number {
  let count = 0;
  while (count < CAPACITY - firstId && window.fits(level, type)) {
    window.enter(firstId + count, level, type, false);
    count += 1;
  }
  return count;
}

describe('window', () => {
  it('lets two tasks a place out while nothing is known of them, and when they are long', () => {
    for (const meanUs of [undefined, 500, 1e6]) {
      const window = new Window(3, 2, CAPACITY);
      if (meanUs !== undefined) window.learn(1, meanUs);
      assert.equal(fill(window, 1), 6);
    }
  });

  it('lets half a millisecond of work a place out when they are short', () => {
    const window = new Window(2, 2, CAPACITY);
    window.learn(0, 10);
    assert.equal(fill(window, 0), 100);
    assert.equal(window.fits(2, 0), false);
    window.leave(99);
    assert.equal(window.fits(2, 0), true);
  });

  it('has room for as many as fit one after the other', () => {
    for (const meanUs of [undefined, 0.3, 0.7, 10, 33.3, 1e6]) {
      const window = new Window(2, 1, CAPACITY);
      if (meanUs !== undefined) window.learn(0, meanUs);
      for (const before of [0, 1, 3, 4]) {
        const room = window.room(2, 0);
        const most = fill(window, 0, 2, before) + (room > CAPACITY - before ? room - (CAPACITY - before) : 0);
        assert.ok(Math.abs(most - room) <= 1, `${String(room)} instead of ${String(most)}`); // sums are rounded
        assert.equal(room === 0, most === 0);
        for (let id = before + 1; id < before + most && id < CAPACITY; ++id) window.leave(id);
      }
    }
  });

  it('takes no task for nothing', () => {
    const window = new Window(1, 1, CAPACITY);
    window.learn(0, 0.001);
    assert.equal(fill(window, 0), 2500);
  });

  it('has room for every priority, whatever the others have', () => {
    const window = new Window(1, 1, CAPACITY);
    window.learn(0, 50);
    for (const level of [3, 2, 1, 0]) assert.equal(fill(window, 0, level, level * 100), 10);
  });

  it('a long task takes one place: the others have their work', () => {
    const window = new Window(2, 2, CAPACITY);
    window.learn(0, 10);
    window.learn(1, 1e6);
    window.enter(0, 2, 1, false);
    assert.equal(fill(window, 0, 2, 1), 50);
  });

  it('does not count what waits for one certain worker', () => {
    const window = new Window(1, 1, CAPACITY);
    for (let id = 0; id < 10; ++id) window.enter(id, 2, 0, true);
    assert.equal(fill(window, 0, 2, 10), 2);
    for (let id = 0; id < 12; ++id) window.leave(id);
    assert.equal(fill(window, 0), 2);
  });

  it('does not drift: a million comings and goings later as much fits as before', () => {
    const window = new Window(1, 3, CAPACITY);
    for (const [type, meanUs] of [0.3, 0.7, 33.3].entries()) window.learn(type, meanUs);
    for (let n = 0; n < 1_000_000; ++n) {
      window.enter(n % 7, 2, n % 3, false);
      if (n % 7 === 6) for (let id = 0; id < 7; ++id) window.leave(id);
    }
    window.leave(0); // 1,000,000 = 7 · 142,857 + 1
    assert.equal(fill(window, 2), 15);
  });
});

describe('released tasks', () => {
  const nobody = (): void => undefined;

  it('have an id of their own each, and give it back', () => {
    const released = new Released(3, 16, 5, 0);
    const ids = Array.from({ length: 5 }, (_, type) => released.enter(nobody, 2, type, false));
    assert.deepEqual([...ids].sort(), [0, 1, 2, 3, 4]);
    assert.deepEqual([released.hasRoom(2, 0, -1), released.count, released.ids().length], [false, 5, 5]);
    for (const [type, id] of ids.entries()) assert.equal(released.typeOf(id), type);
    const [first = 0, second = 0] = ids;
    assert.equal(released.leave(second), nobody);
    assert.equal(released.leave(second), undefined);
    assert.equal(released.leave(first), nobody);
    assert.deepEqual(
      new Set([released.enter(nobody, 2, 7, false), released.enter(nobody, 2, 8, false)]),
      new Set([first, second]),
    );
    assert.equal(released.hasRoom(2, 0, -1), false);
    assert.equal(released.hasRoom(2, 0, 1), false);
  });

  it('stand in the order of their release, though ids are used again', () => {
    const released = new Released(3, 1, 5, 0);
    const [first, second, third] = [0, 1, 2].map(() => released.enter(nobody, 2, 0, false));
    for (const id of [first, second]) released.leave(id ?? assert.fail());
    const [fourth, fifth] = [3, 4].map(() => released.enter(nobody, 2, 0, true));
    assert.deepEqual(released.ids(), [third, fourth, fifth]);
    assert.deepEqual([fourth, fifth], [second, first]); // the stack turns them round
  });

  it('have room by ids and by the window, which those for one certain worker do not need', () => {
    const released = new Released(1, 1, 5, 0);
    assert.equal(released.room(2, 0), 2);
    released.enter(nobody, 2, 0, false);
    assert.equal(released.room(2, 0), 1);
    released.enter(nobody, 2, 0, false);
    assert.deepEqual([released.room(2, 0), released.hasRoom(2, 0, -1), released.hasRoom(2, 0, 0)], [0, false, true]);
    released.learn(0, 1);
    assert.equal(released.room(1, 0), 3);
    for (let n = 0; n < 3; ++n) released.enter(nobody, 2, 0, true);
    assert.deepEqual([released.room(1, 0), released.hasRoom(2, 0, 0)], [0, false]);
  });
});
