import { describe, it } from 'node:test';
import { check } from './check.ts';
import * as recovery from './scenarios/recovery.ts';

describe('recovery model (docs/protocols/recovery.md)', () => {
  it('a worker dies at any step of find, claim, finish, park: one task', () => {
    check(recovery.one, { preemptions: 1, full: 3 });
  });
  it('two tasks of different levels; a worker that searches', () => {
    check(recovery.two, { preemptions: 1, full: 2 });
    check(recovery.searching, { preemptions: 1, full: 2 });
  });
  it('a batch of kernels', () => {
    check(recovery.batch, { preemptions: 1, full: 2 });
  });
  it('its task is run again', () => {
    check(recovery.again, { preemptions: 1, full: 3 });
  });
  it('a task is taken from its worker, which may die before it is ended', () => {
    check(recovery.killed, { preemptions: 1, full: 3 });
    check(recovery.killedForGood, { preemptions: 1, full: 2 });
  });
  it('mail that it had taken out', () => {
    check(recovery.mailed, { preemptions: 1, full: 2 });
  });
  it('a task with a payload and a result', () => {
    for (const scenario of [recovery.result, recovery.payload, recovery.payloadAgain, recovery.payloadKilled]) {
      check(scenario, { preemptions: 0, full: 2 });
    }
  });
  it('a cancelled task that it had popped', () => {
    check(recovery.cancelled, { preemptions: 1, full: 2 });
  });
  it('slots on their way between cache and depot', () => {
    for (const scenario of [recovery.fresh, recovery.slots, recovery.magazines]) {
      check(scenario, { preemptions: 1, full: 3 });
    }
  });
  it('blocks and pages on their way', () => {
    check(recovery.blocks, { preemptions: 1, full: 3 });
    check(recovery.runs, { preemptions: 1, full: 3 });
    check(recovery.mixed, { preemptions: 1, full: 3 });
  });
  it('a task that it ran on top of another', () => {
    check(recovery.inline, { preemptions: 1, full: 3 });
  });
  it('nested tasks on their way to a queue and back', () => {
    check(recovery.submits, { preemptions: 1, full: 2 });
    check(recovery.stages, { preemptions: 1, full: 2 });
  });
});
