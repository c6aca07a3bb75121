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
  it('have an id of their own each, and give it back', () => {
    const released = new Released(5);
    const nobody = (): void => undefined;
    const ids = Array.from({ length: 5 }, (_, type) => released.enter(nobody, type));
    assert.deepEqual([...ids].sort(), [0, 1, 2, 3, 4]);
    assert.deepEqual([released.hasRoom, released.count, [...released].length], [false, 5, 5]);
    for (const [type, id] of ids.entries()) assert.equal(released.typeOf(id), type);
    const [first = 0, second = 0] = ids;
    assert.equal(released.leave(second), nobody);
    assert.equal(released.leave(second), undefined);
    assert.equal(released.leave(first), nobody);
    assert.deepEqual(new Set([released.enter(nobody, 7), released.enter(nobody, 8)]), new Set([first, second]));
    assert.equal(released.hasRoom, false);
  });
});
