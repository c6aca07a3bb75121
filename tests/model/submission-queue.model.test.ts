import { describe, it } from 'node:test';
import { check } from './check.ts';
import { putsAndMoves } from './scenarios/submission-queue.ts';

describe('submission queue model (docs/protocols/submission-queue.md)', () => {
  it('batch move against batch move, while more is submitted', () => {
    check(putsAndMoves({ queued: 2, puts: 2, moves: [[3, 2], [2]] }), { preemptions: Infinity, full: Infinity });
  });
  it('batch move against single takes', () => {
    check(putsAndMoves({ queued: 3, puts: 1, moves: [[3], [1, 1]] }), { preemptions: Infinity, full: Infinity });
  });
  it('full ring, reused under a slow taker, indices near 2^31 and 2^32', () => {
    for (const firstIndex of [2n ** 31n - 2n, 2n ** 32n - 2n]) {
      const config = { firstIndex };
      check(putsAndMoves({ queued: 4, puts: 3, moves: [[1, 4], [2]], config }), {
        preemptions: Infinity,
        full: Infinity,
      });
    }
  });
  it('a batch never overflows the run queue it goes to', () => {
    check(putsAndMoves({ queued: 4, puts: 1, moves: [[4], [2]], own: 2 }), { preemptions: Infinity, full: Infinity });
  });
});
