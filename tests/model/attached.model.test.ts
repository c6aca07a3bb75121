import { describe, it } from 'node:test';
import { check } from './check.ts';
import * as attached from './scenarios/attached.ts';

describe('recovery model of attached threads (docs/protocols/recovery.md)', () => {
  it('a task with a payload and a result', () => {
    check(attached.payload, { preemptions: 1, full: 1 });
  });
  it('tasks that have ended', () => {
    check(attached.ended, { preemptions: 1, full: Infinity });
  });
  it('a cancelled task', () => {
    check(attached.cancelled, { preemptions: 1, full: 1 });
  });
  it('a kept task', () => {
    check(attached.kept, { preemptions: 1, full: 1 });
  });
  it('a task in the spare slot', () => {
    check(attached.spare, { preemptions: 1, full: 1 });
  });
  it('staged tasks', () => {
    check(attached.staged, { preemptions: 1, full: 1 });
  });
});
