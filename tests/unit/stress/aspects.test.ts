import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY, LOST_RACE } from '../../../src/abi/codes.ts';
import { falselyEmpty, overtaken, unbalanced, unexplainedLosses } from '../../stress/history/aspects.ts';
import { type Operation, What } from '../../stress/history/operation.ts';

function op(begin: number, end: number, what: number, a: number, answer = 0): Operation {
  return { thread: 0, what, a, b: 0, answers: [answer], begin, end };
}

const put = (begin: number, end: number, value: number): Operation => op(begin, end, What.Submit, value);
const take = (begin: number, end: number, answer: number): Operation => op(begin, end, What.Take, 0, answer);

describe('aspects of long histories', () => {
  it('nothing invented, twice or lost', () => {
    assert.deepEqual(unbalanced([put(0, 1, 7), take(2, 3, 7), take(4, 5, EMPTY)]), []);
    assert.match(unbalanced([take(0, 1, 7)]).join(), /7 was invented/);
    assert.match(unbalanced([put(0, 1, 7), take(2, 3, 7), take(4, 5, 7)]).join(), /7 came twice/);
    assert.match(unbalanced([put(0, 1, 7)]).join(), /7 was lost/);
  });

  it('nothing overtaken', () => {
    assert.deepEqual(overtaken([put(0, 2, 7), put(1, 3, 8), take(4, 5, 8), take(6, 7, 7)]), []);
    assert.deepEqual(overtaken([put(0, 1, 7), put(2, 3, 8), take(4, 7, 7), take(5, 6, 8)]), []);
    assert.match(overtaken([put(0, 1, 7), put(2, 3, 8), take(4, 5, 8), take(6, 7, 7)]).join(), /7 was overtaken by 8/);
  });

  it('EMPTY only when nothing was there all the time', () => {
    assert.deepEqual(falselyEmpty([put(0, 3, 7), take(1, 4, EMPTY), take(5, 6, 7)]), []);
    assert.deepEqual(falselyEmpty([put(0, 1, 7), take(2, 5, EMPTY), take(3, 4, 7)]), []);
    assert.match(falselyEmpty([put(0, 1, 7), take(2, 3, EMPTY), take(4, 5, 7)]).join(), /though 7 was there/);
  });

  it('a lost race has a winner', () => {
    assert.deepEqual(unexplainedLosses([put(0, 1, 7), take(2, 5, LOST_RACE), take(3, 4, 7)]), []);
    assert.match(unexplainedLosses([put(0, 1, 7), take(2, 3, 7), take(4, 5, LOST_RACE)]).join(), /that nobody won/);
  });
});
