import { describe, it } from 'node:test';
import { check } from './check.ts';
import * as idle from './scenarios/idle.ts';

const ALL = { preemptions: Infinity, full: Infinity };

describe('idle model (docs/protocols/idle.md)', () => {
  it('submit against the last parker', () => {
    check(idle.oneWorker, ALL);
    check(idle.oneSearcher, ALL);
    check(idle.lowSubmit, ALL);
  });
  it('two submits against a worker that parks twice', () => {
    check(idle.twice, { preemptions: 4, full: Infinity });
  });
  it('two submits against two parkers', () => {
    check(idle.twoWorkers, { preemptions: 2, full: 4 });
    check(idle.twoSearchers, { preemptions: 2, full: 3 });
  });
  it('a bulk wakes one, who wakes the next', () => {
    check(idle.bulk, { preemptions: 2, full: 4 });
  });
  it('slow wakers: two submitters, two workers', () => {
    check(idle.slowWakers, { preemptions: 1, full: 2 });
  });
  it('a batch in hand against a parker', () => {
    check(idle.batch, ALL);
    check(idle.searchersAtBatch, ALL);
  });
  it('alert and stop against a claim: a worker that stops hands the search on', () => {
    check(idle.stopAgainstSubmit, { preemptions: 1, full: 3 });
    check(idle.stopOne, { preemptions: 2, full: 4 });
  });
  it('stop wakes every worker', () => {
    check(idle.stops, { preemptions: 2, full: Infinity });
    check(idle.stopsAndSubmits, ALL);
  });
  it('an alert ends a doze', () => {
    check(idle.alertedDoze, ALL);
  });
  it('mail, a stop, a doom do not keep a dozing worker awake', () => {
    for (const scenario of [idle.mailedDoze, idle.stoppedDoze, idle.doomedDoze]) check(scenario, ALL);
  });
});
