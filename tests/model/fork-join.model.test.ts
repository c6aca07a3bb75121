import { describe, it } from 'node:test';
import { check } from './check.ts';
import * as fork from './scenarios/fork-join.ts';

describe('fork–join model (docs/protocols/fork-join.md)', () => {
  it('one kernel against one and two thieves', () => {
    check(fork.forks({ 0: '1j', 1: '' }, [2]), { preemptions: Infinity, full: Infinity });
    check(fork.forks({ 0: '1j', 1: '' }, [1, 1]), { preemptions: 2, full: Infinity });
  });
});
