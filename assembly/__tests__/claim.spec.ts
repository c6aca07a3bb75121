import { PAGE_BYTES, SUBMITTER_CLAIM } from '../../src/abi/layout';
import { recoverAttached, recoverWorker } from '../abi';
import { isOpen } from '../memory/claim';
import { TAKEN_PAGE, claimed, wordOf } from '../memory/page';
import { givePages, takePages } from '../memory/pages';
import { pool, submitterBlockOf, workers } from '../memory/region';
import { arrange, asHost } from './arrange';

const PAGES: i32 = 12;
const OVER: i64 = 0;
const PENDING: i64 = 1;
const WON: i64 = 2;
const LOST: i64 = 3;

function page(n: i32): usize {
  return pool + (n as usize) * PAGE_BYTES;
}

function claimWord(sequence: i64, pages: i64, first: i64, state: i64): i64 {
  return (sequence << 35) | (pages << 18) | (first << 2) | state;
}

function claimOf(submitter: i32): i64 {
  return load<i64>(submitterBlockOf(submitter) + SUBMITTER_CLAIM);
}

/** What a submitter leaves that dies in a claim: its word, and so many pages marked from the first on. */
function leave(submitter: i32, claim: i64, marked: i32): void {
  store<i64>(submitterBlockOf(submitter) + SUBMITTER_CLAIM, claim);
  const first = ((claim >> 2) & 0xffff) as i32;
  for (let n = first; n < first + marked; ++n) store<i64>(wordOf(n), claimed(submitter, (claim >>> 35) as i32));
}

describe('claim', () => {
  beforeEach(() => {
    arrange(2, 32, PAGES);
  });

  test('is over when it was made, and the next has the next sequence', () => {
    takePages(3);
    expect(claimOf(0)).toBe(claimWord(1, 3, 0, OVER));
    takePages(PAGES - 3);
    expect(claimOf(0)).toBe(claimWord(2, PAGES - 3, 3, OVER));
  });

  test('the sequence wraps without touching the rest', () => {
    leave(0, claimWord(0x1fff_ffff, 65_536, 65_535, OVER), 0);
    takePages(2);
    expect(claimOf(0)).toBe(claimWord(0, 2, 0, OVER));
  });

  test('left pending, pages open: whoever needs them carries it to its end, won', () => {
    for (let marked = 1; marked <= 4; ++marked) {
      arrange(2, 32, PAGES);
      leave(2, claimWord(7, 4, 2, PENDING), marked);
      expect(takePages(PAGES - 5) as i32).toBe(0);
      expect(claimOf(2)).toBe(claimWord(7, 4, 2, WON));
      expect(takePages(PAGES - 6) == page(6)).toBe(true);
      expect(takePages(3) as i32).toBe(0);
      expect(takePages(2) == page(0)).toBe(true);
    }
  });

  test('left pending, a page of it taken: lost, and the others are open', () => {
    takePages(6);
    givePages(page(0), 5); // page 5 stays
    leave(2, claimWord(7, 4, 2, PENDING), 3);
    expect(takePages(6) == page(6)).toBe(true);
    expect(takePages(5) == page(0)).toBe(true);
    expect(claimOf(2)).toBe(claimWord(7, 4, 2, LOST));
  });

  test('a mark holds its page while the claim is won; lost, over or another it does not', () => {
    leave(2, claimWord(7, 2, 0, WON), 1);
    const marked = load<i64>(wordOf(0));
    expect(isOpen(marked)).toBe(false);
    leave(2, claimWord(7, 2, 0, LOST), 0);
    expect(isOpen(marked)).toBe(true);
    leave(2, claimWord(7, 2, 0, OVER), 0);
    expect(isOpen(marked)).toBe(true);
    for (let state = OVER; state <= LOST; ++state) {
      leave(2, claimWord(8, 2, 0, state), 0);
      expect(isOpen(marked)).toBe(true);
    }
  });

  test('a chain of pending claims, each held up by the next, ends', () => {
    leave(1, claimWord(3, 4, 0, PENDING), 2);
    leave(2, claimWord(9, 4, 2, PENDING), 2);
    expect(takePages(3) == page(6)).toBe(true);
    expect(claimOf(1)).toBe(claimWord(3, 4, 0, LOST));
    expect(claimOf(2)).toBe(claimWord(9, 4, 2, WON));
    expect(takePages(PAGES - 9) == page(9)).toBe(true);
    expect(takePages(2) == page(0)).toBe(true);
  });

  test('the claim of a dead thread is dropped', () => {
    leave(2, claimWord(7, 4, 2, PENDING), 2);
    asHost();
    recoverWorker(1);
    expect(claimOf(2)).toBe(claimWord(7, 4, 2, OVER));
    expect(takePages(PAGES) == page(0)).toBe(true);
    expect(takePages(1) as i32).toBe(0);
  });

  test('what a dead thread had won is free again', () => {
    const attached = workers + 1;
    leave(attached, claimWord(7, 4, 2, WON), 2);
    store<i64>(wordOf(2), TAKEN_PAGE);
    asHost();
    expect(recoverAttached(attached)).toBe(0);
    expect(claimOf(attached)).toBe(claimWord(7, 4, 2, OVER));
    expect(takePages(PAGES) == page(0)).toBe(true);
  });
});
