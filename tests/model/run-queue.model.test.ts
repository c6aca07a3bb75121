import { describe, it } from 'node:test';
import { check } from './check.ts';
import { takesAndSteals } from './scenarios/run-queue.ts';

describe('run queue model (docs/protocols/run-queue.md)', () => {
  it('owner takes and fills against a thief of half', () => {
    check(takesAndSteals([4, 0], ['tutu', '00']), { preemptions: Infinity, full: Infinity });
  });
  it('two thieves at one victim', () => {
    check(takesAndSteals([4, 0, 0], ['tu', '0', '0t']), { preemptions: Infinity, full: Infinity });
  });
  it('a thief is robbed while it steals', () => {
    check(takesAndSteals([3, 1, 0], ['', '0t', '11']), { preemptions: Infinity, full: Infinity });
  });
  it('full ring, indices near 2^31 and 2^32', () => {
    for (const firstIndex of [2n ** 31n - 2n, 2n ** 32n - 2n]) {
      check(takesAndSteals([4, 2], ['tutuu', '0t0'], { firstIndex }), { preemptions: Infinity, full: Infinity });
    }
  });
});
