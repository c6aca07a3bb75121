import { describe, it } from 'node:test';
import { check } from './check.ts';
import { pushesAndSteals } from './scenarios/deque.ts';

describe('deque model (docs/protocols/deque.md)', () => {
  it('owner against one thief', () => {
    check(pushesAndSteals('uuoouo', 1, 3), { preemptions: Infinity, full: Infinity });
  });
  it('owner against two thieves, down to the last entry', () => {
    check(pushesAndSteals('uuoo', 2, 2), { preemptions: Infinity, full: Infinity });
  });
  it('the ring goes round under a slow thief, indices near 2^31 and 2^32', () => {
    for (const firstIndex of [2n ** 31n - 5n, 2n ** 32n - 5n]) {
      check(pushesAndSteals('uuuuoo', 1, 3, { firstIndex }), { preemptions: Infinity, full: Infinity });
      check(pushesAndSteals('uuouou', 2, 1, { firstIndex }), { preemptions: Infinity, full: Infinity });
    }
  });
});
