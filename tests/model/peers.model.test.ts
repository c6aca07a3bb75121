import { describe, it } from 'node:test';
import { check } from './check.ts';
import * as peers from './scenarios/peers.ts';

describe('recovery model of a worker beside another (docs/protocols/recovery.md)', () => {
  it('a worker is robbed while it dies', () => {
    check(peers.robbed, { preemptions: 1, full: 2 });
  });
  it('a worker dies while it steals', () => {
    check(peers.thief, { preemptions: 1, full: 2 });
  });
  it('a worker dies searching or about to sleep, and another sleeps', () => {
    check(peers.bystander, { preemptions: 1, full: 2 });
  });
  it('a worker dies while it delivers to a thread that is about to sleep', () => {
    check(peers.bell, { preemptions: 2, full: Infinity });
  });
});
