import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check } from './check.ts';
import * as level from './scenarios/level-word.ts';

const ALL = { preemptions: Infinity, full: Infinity };

describe('level word model (docs/protocols/level-word.md)', () => {
  it('clear against submit', () => {
    check(level.twoSubmits, ALL);
    check(level.neighbour, ALL);
    check(level.twoLevels, ALL);
  });
  it('two finders clear against submit', () => {
    check(level.twoFinders, { preemptions: 2, full: 5 });
  });
  it('a lazy look against clear and submit', () => {
    check(level.lazily, { preemptions: 2, full: 5 });
    check(level.batchLazily, { preemptions: 2, full: Infinity });
  });
  it('clear against batch move', () => {
    check(level.batch, { preemptions: 2, full: Infinity });
  });
  it('clear against steal', () => {
    check(level.twoThieves, { preemptions: 2, full: Infinity });
    check(level.steal, { preemptions: 3, full: Infinity });
  });
});

describe('find model (docs/protocols/find.md)', () => {
  it('no level is left while it has work', () => {
    check(level.contended, ALL);
    check(level.contendedByThree, { preemptions: 2, full: Infinity });
  });
  it('a steal that another thief thwarts is counted, one of an empty queue is none', () => {
    check(level.lostSteal, ALL);
    assert.deepEqual([...level.lostSteals].sort(), [0, 1]);
  });
});
