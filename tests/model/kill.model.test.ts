import { describe, it } from 'node:test';
import { check } from './check.ts';
import * as kill from './scenarios/kill.ts';

describe('kill model (docs/protocols/recovery.md)', () => {
  it('who takes a task from its worker dies at any step', () => {
    check(kill.condemnerDies, { preemptions: 2, full: 3 });
    check(kill.endless, { preemptions: 2, full: 3 });
  });
  it('a doom that comes late, and one that comes while the worker looks', () => {
    check(kill.lateDoom, { preemptions: 2, full: 3 });
    check(kill.seenDoom, { preemptions: 2, full: 3 });
  });
});
