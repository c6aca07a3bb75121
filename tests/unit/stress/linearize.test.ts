import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EMPTY, FULL, LOST_RACE } from '../../../src/abi/codes.ts';
import {
  type Refutation,
  refuteByParts,
  refuteLinearizable,
  type Specification,
} from '../../stress/history/linearize.ts';
import { type Operation, What } from '../../stress/history/operation.ts';
import { claimable, fifo, ownership, stack } from '../../stress/history/specifications.ts';

/** An operation from begin to end. */
function op(begin: number, end: number, what: number, a: number, answers: number | number[] = 0, b = 0): Operation {
  return { thread: begin % 3, what, a, b, answers: [answers].flat(), begin, end };
}

const put = (begin: number, end: number, value: number): Operation => op(begin, end, What.Submit, value);
const take = (begin: number, end: number, answer: number): Operation => op(begin, end, What.Take, 0, answer);

type Case = readonly [what: string, ...history: Operation[]];

function table<State>(specification: Specification<State>, good: readonly Case[], bad: readonly Case[]): void {
  for (const [what, ...history] of good) {
    it(`accepts ${what}`, () => {
      assert.equal(refuteLinearizable(history, specification), undefined);
    });
  }
  for (const [what, ...history] of bad) {
    it(`rejects ${what}`, () => {
      assert.notEqual(refuteLinearizable(history, specification), undefined);
    });
  }
}

describe('a queue', () => {
  table(
    fifo(2),
    [
      ['nothing'],
      ['one after the other', put(0, 1, 7), put(2, 3, 8), take(4, 5, 7), take(6, 7, 8), take(8, 9, EMPTY)],
      ['puts at once, either order', put(0, 3, 7), put(1, 2, 8), take(4, 5, 8), take(6, 7, 7)],
      ['a take that saw the put at once', take(0, 3, 7), put(1, 2, 7)],
      ['EMPTY before the put that began first', put(0, 3, 7), take(1, 2, EMPTY), take(4, 5, 7)],
      ['a lost race', put(0, 1, 7), take(2, 5, LOST_RACE), take(3, 4, 7)],
      ['FULL while it is', put(0, 1, 7), put(2, 3, 8), op(4, 5, What.Submit, 9, FULL), take(6, 7, 7), take(8, 9, 8)],
      ['a batch', put(0, 1, 7), put(2, 3, 8), op(4, 5, What.Move, 0, [7, 8], 4)],
      [
        'half of what was there before more came',
        put(0, 1, 7),
        op(2, 5, What.StealHalf, 0, [7]),
        put(3, 4, 8),
        take(6, 7, 8),
      ],
    ],
    [
      ['an invented value', take(0, 1, 7)],
      ['a value twice', put(0, 1, 7), take(2, 3, 7), take(4, 5, 7)],
      ['a value twice at once', put(0, 1, 7), take(2, 5, 7), take(3, 4, 7)],
      ['a lost value', put(0, 1, 7), take(2, 3, EMPTY)],
      ['values in the wrong order', put(0, 1, 7), put(2, 3, 8), take(4, 5, 8), take(6, 7, 7)],
      ['takes at once that get the second alone', put(0, 1, 7), put(2, 3, 8), take(4, 5, 8)],
      ['a take before its put', take(0, 1, 7), put(2, 3, 7)],
      ['a stale EMPTY', put(0, 1, 7), take(2, 3, EMPTY), take(4, 5, 7)],
      ['FULL while there is room', put(0, 1, 7), op(2, 3, What.Submit, 8, FULL)],
      ['more than there is room for', put(0, 1, 7), put(2, 3, 8), put(4, 5, 9)],
      ['a batch with a gap', put(0, 1, 7), put(2, 3, 8), op(4, 5, What.Move, 0, [8], 4)],
      ['a batch longer than asked for', put(0, 1, 7), put(2, 3, 8), op(4, 5, What.Move, 0, [7, 8], 1)],
      ['more than half', put(0, 1, 7), put(2, 3, 8), op(4, 5, What.StealHalf, 0, [7, 8])],
      ['an inbox that keeps something back', put(0, 1, 7), put(2, 3, 8), op(4, 5, What.TakeInbox, 0, [7])],
    ],
  );
});

describe('a stack, pieces of memory, state words', () => {
  const pushMagazine = (begin: number, end: number, node: number): Operation => op(begin, end, What.PushMagazine, node);
  const popMagazine = (begin: number, end: number, node: number): Operation =>
    op(begin, end, What.PopMagazine, 0, node);

  table(
    stack,
    [['last in, first out', pushMagazine(0, 1, 1), pushMagazine(2, 3, 2), popMagazine(4, 5, 2), popMagazine(6, 7, 1)]],
    [
      ['first in, first out', pushMagazine(0, 1, 1), pushMagazine(2, 3, 2), popMagazine(4, 5, 1)],
      // ABA: a slow pop of 1 put back the link to 2, which had been popped meanwhile.
      [
        'the harm of ABA',
        pushMagazine(0, 1, 2),
        pushMagazine(2, 3, 1),
        popMagazine(4, 11, 1),
        popMagazine(5, 6, 1),
        popMagazine(7, 8, 2),
        pushMagazine(9, 10, 1),
        popMagazine(12, 13, 2),
      ],
    ],
  );

  const alloc = (begin: number, end: number, slot: number): Operation => op(begin, end, What.AllocSlot, 0, slot);
  const free = (begin: number, end: number, slot: number): Operation => op(begin, end, What.FreeSlot, slot);
  const byParts = (...history: Operation[]): Refutation | undefined =>
    refuteByParts(history, ownership, ({ what, a, answers }) => (what === What.AllocSlot ? answers : [a]));

  it('accepts a slot that is freed while it is allocated anew', () => {
    assert.equal(byParts(alloc(0, 1, 3), alloc(2, 3, 4), free(4, 7, 3), alloc(5, 6, 3)), undefined);
  });

  it('rejects two holders of a slot, and freeing it twice', () => {
    assert.notEqual(byParts(alloc(0, 1, 3), alloc(2, 3, 4), alloc(4, 5, 3)), undefined);
    assert.notEqual(byParts(alloc(0, 1, 3), free(2, 3, 3), free(4, 5, 3)), undefined);
  });

  const claim = (begin: number, end: number, won: number): Operation => op(begin, end, What.Claim, 0, won);
  const queued = op(0, 1, What.EnterQueued, 0);
  table(
    claimable,
    [
      ['one claim of two', queued, claim(2, 5, 0), claim(3, 4, 1)],
      ['a cancel that wins', queued, op(2, 5, What.Cancel, 0, 1), claim(3, 4, 0)],
    ],
    [
      ['two claims', queued, claim(2, 5, 1), claim(3, 4, 1)],
      ['a claim and a cancel', queued, op(2, 5, What.Cancel, 0, 1), claim(3, 4, 1)],
      ['nobody wins', queued, claim(2, 5, 0), claim(3, 4, 0)],
    ],
  );
});

describe('histories of a real sequential queue, stretched at random', () => {
  // Each operation takes effect at its place in the sequence and lasts from some time before to some time after.
  const stretched = fc
    .array(fc.tuple(fc.boolean(), fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 25 })
    .map((choices) => {
      const values: number[] = [];
      return choices.map(([puts, before, after], index): Operation => {
        const at = index * 4;
        if (puts) values.push(index);
        const answer = puts ? 0 : (values.shift() ?? EMPTY);
        return op(at - before, at + 1 + after, puts ? What.Submit : What.Take, puts ? index : 0, answer);
      });
    });
  const seed = Date.now() | 0;
  console.log(`# seed ${String(seed)}`);

  it('are accepted', () => {
    fc.assert(
      fc.property(stretched, (history) => refuteLinearizable(history, fifo(Infinity)) === undefined),
      { seed, numRuns: 500 },
    );
  });

  it('are judged as by trying every order', () => {
    const few = fc.tuple(stretched, fc.nat(), fc.nat());
    fc.assert(
      fc.property(few, ([history, at, answer]) => {
        const short = history.slice(0, 6);
        const takes = short.filter(({ what }) => what === What.Take);
        const changed = takes[at % Math.max(1, takes.length)];
        const judged = short.map((operation) =>
          operation === changed ? { ...operation, answers: [(answer % 6) - 1] } : operation,
        );
        const expected = permutations(judged).some((order) => isSequential(order));
        return (refuteLinearizable(judged, fifo(Infinity)) === undefined) === expected;
      }),
      { seed, numRuns: 300 },
    );
  });
});

function permutations(operations: readonly Operation[]): Operation[][] {
  if (operations.length === 0) return [[]];
  return operations.flatMap((first) =>
    permutations(operations.filter((other) => other !== first)).map((rest) => [first, ...rest]),
  );
}

function isSequential(order: readonly Operation[]): boolean {
  const keepsTime = order.every((one, index) => order.slice(index + 1).every((later) => later.end >= one.begin));
  let state: readonly number[] | undefined = [];
  for (const operation of order) state = state && fifo(Infinity).step(state, operation);
  return keepsTime && state !== undefined;
}
