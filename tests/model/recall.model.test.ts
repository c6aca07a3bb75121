import { describe, it } from 'node:test';
import { check } from './check.ts';
import { dozeOn, recall, searchAndPark, searchOn } from './scenarios/recall.ts';

describe('recall model (docs/protocols/pool.md)', () => {
  it('a worker that searches on', () => {
    check(recall(searchOn), { preemptions: 3, full: Infinity });
  });
  it('a worker that parks', () => {
    check(recall(searchAndPark), { preemptions: 2, full: Infinity });
  });
  it('a worker that dozes', () => {
    check(recall(dozeOn), { preemptions: 3, full: Infinity });
  });
});
