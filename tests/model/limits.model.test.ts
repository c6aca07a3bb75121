import { describe, it } from 'node:test';
import { check } from './check.ts';
import * as limits from './scenarios/limits.ts';

describe('limits model (docs/protocols/limits.md)', () => {
  it('a limit that is kept when its task is over', () => {
    check(limits.lateRequest, { preemptions: 3, full: 5 });
    check(limits.lateCondemnation, { preemptions: 3, full: 5 });
  });
  it('limits are written while the host looks', () => {
    check(limits.nobodyForgotten, { preemptions: 2, full: 3 });
  });
  it('submitter and host ask at once', () => {
    check(limits.bothAsk, { preemptions: 3, full: 5 });
  });
});
