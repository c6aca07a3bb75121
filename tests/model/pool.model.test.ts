import { describe, it } from 'node:test';
import { PAGE_BYTES } from '../../src/abi/layout.ts';
import { check } from './check.ts';
import * as pool from './scenarios/pool.ts';

const ALL = { preemptions: Infinity, full: Infinity };

describe('pool model: claims (docs/protocols/pool.md)', () => {
  it('two long claims cross: one of them wins', () => {
    check(pool.crossing, ALL);
  });
  it('a claim that will be lost stands in nobody’s way', () => {
    check(pool.doomedClaim, { preemptions: 4, full: Infinity });
  });
  it('runs that cross are taken and given back: late helpers', () => {
    check(pool.twoTurns, { preemptions: 3, full: 4 });
    check(pool.turns(4, [1, 1, 1]), { preemptions: 1, full: 2 });
  });
  it('a late helper of a claim that begins anew', () => {
    check(pool.lateHelper, { preemptions: 3, full: Infinity });
  });
  it('a page that opens behind a search', () => {
    check(pool.moving, { preemptions: 4, full: Infinity });
  });
  it('a long claim against pages for blocks', () => {
    check(pool.runAgainstPages, { preemptions: 2, full: 3 });
  });
  it('a claimer dies at any step', () => {
    check(pool.dyingClaimer, { preemptions: 2, full: 3 });
    check(pool.doomed(true), { preemptions: 3, full: Infinity });
  });
});

describe('pool model: reclaim (docs/protocols/pool.md)', () => {
  it('a run against blocks of the pages it needs', () => {
    check(pool.runAgainstHalf, { preemptions: 2, full: 3 });
  });
  it('two reclaimers: one of them finds room', () => {
    check(pool.twoRuns, { preemptions: 2, full: 3 });
    check(pool.reclaimers(2 * PAGE_BYTES, PAGE_BYTES), { preemptions: 2, full: 3 });
  });
  it('a reclaimer dies at any step: a magazine is lost, or its run', () => {
    check(pool.dyingReclaimer, { preemptions: 2, full: 3 });
  });
});

describe('pool model: counters that wrap', () => {
  it('claims whose sequence begins again', () => {
    check(pool.nearWrap(pool.crossing, 2 ** 31 - 1), ALL);
    check(pool.nearWrap(pool.doomedClaim, -1), { preemptions: 3, full: Infinity });
  });
  it('pages given back', () => {
    for (const gives of [2 ** 31 - 1, -1]) {
      check(pool.nearWrap(pool.moving, gives), { preemptions: 3, full: Infinity });
      check(pool.nearWrap(pool.twoRuns, gives), { preemptions: 1, full: 2 });
    }
  });
});
