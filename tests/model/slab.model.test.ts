import { describe, it } from 'node:test';
import { check } from './check.ts';
import * as slab from './scenarios/slab.ts';

const ALL = { preemptions: Infinity, full: Infinity };
/** The next one is 0. */
const LAST = -1;

describe('slab model (docs/protocols/slab.md)', () => {
  it('claim against cancel', () => {
    check(slab.claimAgainstCancel(), ALL);
  });
  it('cancel, free and reuse against an id of the generation before', () => {
    for (const generation of [0, 2 ** 31 - 1, LAST]) check(slab.staleId(generation), ALL);
  });
  it('depot: threads pop and push', () => {
    for (const tag of [0, LAST]) check(slab.depot([2, 1], tag), ALL);
    check(slab.depot([2, 1, 1]), { preemptions: 2, full: 4 });
  });
  it('caches: magazines come and go whole', () => {
    check(slab.magazines(), ALL);
  });
  it('fresh slots: the racing end', () => {
    check(slab.freshSlots(5, 2, 3), ALL);
    check(slab.freshSlots(4, 2, 3), ALL);
  });
  it('a start time is never that of the task before', () => {
    check(slab.startTime(), ALL);
  });
});
