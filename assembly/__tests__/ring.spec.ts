import { EMPTY, NORMAL } from '../../src/abi/codes';
import { HEADER, QUEUE_BOTTOM, QUEUE_TOP } from '../../src/abi/layout';
import { ringLength, ringMove, ringPeek, ringPublish, ringSpace, ringStage, ringTake } from '../queue/ring';
import { arrange } from './arrange';

const MASK: i32 = 7;
const SMALL_MASK: i32 = 3;
// Beyond every region that `arrange` lays out.
const FROM: usize = (HEADER as usize) + 0x60_0000;
const INTO: usize = FROM + 0x1000;

function clear(): void {
  memory.fill(FROM, 0, 0x2000);
}

function put(ring: usize, mask: i32, entry: i32): void {
  ringStage(ring, mask, 0, entry);
  ringPublish(ring, 1);
}

// Entries first … first + n − 1, as one batch.
function putMany(ring: usize, mask: i32, first: i32, n: i32): void {
  for (let i = 0; i < n; ++i) ringStage(ring, mask, i, first + i);
  ringPublish(ring, n);
}

/** Takes everything. @returns whether it was `first`, `first + 1` … `first + n − 1` and nothing else */
function takes(ring: usize, mask: i32, first: i32, n: i32): bool {
  for (let i = 0; i < n; ++i) if (ringTake(ring, mask) != first + i) return false;
  return ringTake(ring, mask) == EMPTY;
}

function moveTo(ring: usize, position: i64): void {
  store<i64>(ring + QUEUE_TOP, position);
  store<i64>(ring + QUEUE_BOTTOM, position);
}

describe('ring', () => {
  beforeEach(() => {
    arrange(1, 32, 0);
    clear();
  });

  test('smoke: first in, first out', () => {
    putMany(FROM, MASK, 1, 3);
    expect(ringTake(FROM, MASK)).toBe(1);
    put(FROM, MASK, 4);
    expect(takes(FROM, MASK, 2, 3)).toBe(true);
  });

  test('empty: take, peek and move say so, length is 0 and all space is free', () => {
    expect(ringTake(FROM, MASK)).toBe(EMPTY);
    expect(ringPeek(FROM, MASK)).toBe(EMPTY);
    expect(ringMove(FROM, MASK, INTO, MASK, NORMAL, 8, false)).toBe(EMPTY);
    expect(ringLength(FROM)).toBe(0);
    expect(ringSpace(FROM, MASK)).toBe(MASK + 1);
  });

  test('length and space agree after every operation', () => {
    let wrong = 0;
    for (let round = 0; round < 100; ++round) {
      const n = round % (MASK + 2);
      putMany(FROM, MASK, 0, n);
      if (ringLength(FROM) != n || ringSpace(FROM, MASK) != MASK + 1 - n) wrong += 1;
      if (!takes(FROM, MASK, 0, n)) wrong += 1;
    }
    expect(wrong).toBe(0);
  });

  test('peek shows the oldest and leaves it', () => {
    putMany(FROM, MASK, 5, 2);
    expect(ringPeek(FROM, MASK)).toBe(5);
    expect(ringPeek(FROM, MASK)).toBe(5);
    expect(ringLength(FROM)).toBe(2);
  });

  test('staged entries are nobody’s until they are published', () => {
    ringStage(FROM, MASK, 0, 7);
    expect(ringTake(FROM, MASK)).toBe(EMPTY);
    ringPublish(FROM, 1);
    expect(ringTake(FROM, MASK)).toBe(7);
  });

  test('full: holds mask + 1 entries, in order', () => {
    putMany(FROM, MASK, 0, MASK + 1);
    expect(ringSpace(FROM, MASK)).toBe(0);
    expect(takes(FROM, MASK, 0, MASK + 1)).toBe(true);
  });

  test('wrap: positions around 2^31 and 2^32 are positions like others', () => {
    for (let bits: i64 = 31; bits <= 33; ++bits) {
      moveTo(FROM, ((1 as i64) << bits) - 3);
      putMany(FROM, MASK, 0, MASK + 1);
      expect(ringLength(FROM)).toBe(MASK + 1);
      expect(ringSpace(FROM, MASK)).toBe(0);
      expect(ringMove(FROM, MASK, INTO, MASK, NORMAL, 3, false)).toBe(0);
      expect(takes(INTO, MASK, 1, 2)).toBe(true);
      expect(takes(FROM, MASK, 3, MASK - 2)).toBe(true);
    }
  });

  test('move: returns the oldest, publishes the others behind the owner’s own', () => {
    put(INTO, MASK, 90);
    putMany(FROM, MASK, 1, 5);
    expect(ringMove(FROM, MASK, INTO, MASK, NORMAL, 4, false)).toBe(1);
    expect(ringTake(INTO, MASK)).toBe(90);
    expect(takes(INTO, MASK, 2, 3)).toBe(true);
    expect(takes(FROM, MASK, 5, 1)).toBe(true);
  });

  test('move: half is rounded up, down to a last one', () => {
    putMany(FROM, MASK, 0, 7);
    expect(ringMove(FROM, MASK, INTO, MASK, NORMAL, 99, true)).toBe(0);
    expect(takes(INTO, MASK, 1, 3)).toBe(true);
    expect(ringLength(FROM)).toBe(3);
    expect(ringMove(FROM, MASK, INTO, MASK, NORMAL, 99, true)).toBe(4);
    expect(takes(INTO, MASK, 5, 1)).toBe(true);
    expect(ringMove(FROM, MASK, INTO, MASK, NORMAL, 99, true)).toBe(6);
    expect(ringLength(INTO)).toBe(0);
    expect(ringMove(FROM, MASK, INTO, MASK, NORMAL, 99, true)).toBe(EMPTY);
  });

  test('move: never more than fits beside what is there; the returned one needs no place', () => {
    for (let held = 0; held <= SMALL_MASK + 1; ++held) {
      clear();
      putMany(INTO, SMALL_MASK, 50, held);
      putMany(FROM, MASK, 0, MASK + 1);
      const fits = SMALL_MASK + 1 - held;
      expect(ringMove(FROM, MASK, INTO, SMALL_MASK, NORMAL, 99, false)).toBe(0);
      expect(ringLength(INTO)).toBe(SMALL_MASK + 1);
      for (let i = 0; i < held; ++i) expect(ringTake(INTO, SMALL_MASK)).toBe(50 + i);
      expect(takes(INTO, SMALL_MASK, 1, fits)).toBe(true);
      expect(takes(FROM, MASK, fits + 1, MASK - fits)).toBe(true);
    }
  });

  test('move: rings of different lengths, every pair of positions', () => {
    let wrong = 0;
    for (let from = 0; from <= MASK; ++from) {
      for (let into = 0; into <= SMALL_MASK; ++into) {
        moveTo(FROM, from as i64);
        moveTo(INTO, into as i64);
        putMany(FROM, MASK, 10, 6);
        if (ringMove(FROM, MASK, INTO, SMALL_MASK, NORMAL, 4, false) != 10) wrong += 1;
        if (!takes(INTO, SMALL_MASK, 11, 3) || !takes(FROM, MASK, 14, 2)) wrong += 1;
      }
    }
    expect(wrong).toBe(0);
  });

  test('exactly once: 100,000 entries through puts, takes and moves', () => {
    let sent = 0;
    let received = 0;
    let wrong = 0;
    for (let round = 0; received < 100_000; ++round) {
      const n = min(1 + (round % (MASK + 1)), ringSpace(FROM, MASK));
      putMany(FROM, MASK, sent, n);
      sent += n;
      const first = round & 1 ? ringMove(FROM, MASK, INTO, SMALL_MASK, NORMAL, 3, false) : ringTake(FROM, MASK);
      if (first != received++) wrong += 1;
      while (ringLength(INTO) > 0) if (ringTake(INTO, SMALL_MASK) != received++) wrong += 1;
    }
    expect(wrong).toBe(0);
  });
});
