import { describe, it } from 'node:test';
import { check } from './check.ts';
import * as requeue from './scenarios/requeue.ts';

describe('what a recovery queues again and delivers, with a second worker (docs/protocols/recovery.md)', () => {
  it('mail goes to the successor only', () => {
    check(requeue.mailOfTheLost, { preemptions: 1, full: 3 });
  });
  it('nested tasks are where lent places look', () => {
    check(requeue.nestedOfTheLost, { preemptions: 1, full: 3 });
    check(requeue.nestedBehindStaged, { preemptions: 1, full: 3 });
  });
  it('who delivers to a place without an owner dies', () => {
    check(requeue.delivererDies, { preemptions: 1, full: 3 });
  });
  it('retries run out', () => {
    check(requeue.lostTwice, { preemptions: 1, full: 3 });
  });
  it('a task that was asked to stop', () => {
    check(requeue.stopped, { preemptions: 1, full: 3 });
  });
  it('a task with a start time', () => {
    check(requeue.timed, { preemptions: 2, full: Infinity });
  });
  it('a task that is taken from its worker while it is queued again', () => {
    check(requeue.takenWhileRetried, { preemptions: 2, full: 3 });
  });
});
