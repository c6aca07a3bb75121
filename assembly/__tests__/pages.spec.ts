import { PAGE_BYTES, PAGE_CURSOR } from '../../src/abi/layout';
import { givePages, takePages } from '../memory/pages';
import { pageMap, pool } from '../memory/region';
import { arrange } from './arrange';

const PAGES: i32 = 12;

function page(n: i32): usize {
  return pool + (n as usize) * PAGE_BYTES;
}

function claimed(): i32 {
  let count = 0;
  for (let n = 0; n < PAGES; ++n) if (load<i32>(pageMap + ((n as usize) << 2)) != 0) count += 1;
  return count;
}

describe('pages', () => {
  beforeEach(() => {
    arrange(1, 32, PAGES);
  });

  test('smoke: runs do not overlap and lie in the pool', () => {
    expect(takePages(3) == page(0)).toBe(true);
    expect(takePages(1) == page(3)).toBe(true);
    expect(takePages(PAGES - 4) == page(4)).toBe(true);
    expect(claimed()).toBe(PAGES);
  });

  test('exhaustion: 0, and nothing stays claimed by the attempt', () => {
    takePages(PAGES - 1);
    expect(takePages(2) as i32).toBe(0);
    expect(claimed()).toBe(PAGES - 1);
    expect(takePages(1) as i32).not.toBe(0);
    expect(takePages(1) as i32).toBe(0);
  });

  test('more than there is, nothing and less than nothing are 0', () => {
    expect(takePages(PAGES + 1) as i32).toBe(0);
    expect(takePages(0) as i32).toBe(0);
    expect(takePages(-1) as i32).toBe(0);
    expect(takePages(i32.MAX_VALUE) as i32).toBe(0);
    expect(claimed()).toBe(0);
  });

  test('every run that fits is found, wherever the hole and the hint are', () => {
    let wrong = 0;
    for (let length = 1; length <= PAGES; ++length) {
      for (let hole = 0; hole + length <= PAGES; ++hole) {
        for (let hint = -1; hint <= PAGES + 1; ++hint) {
          arrange(1, 32, PAGES);
          takePages(PAGES);
          givePages(page(hole), length);
          store<i32>(PAGE_CURSOR, hint);
          if (takePages(length) != page(hole)) wrong += 1;
        }
      }
    }
    expect(wrong).toBe(0);
  });

  test('no run is found that would contain a foreign page', () => {
    let wrong = 0;
    for (let length = 1; length < PAGES; ++length) {
      for (let foreign = 0; foreign < PAGES; ++foreign) {
        arrange(1, 32, PAGES);
        takePages(PAGES);
        givePages(page(0), foreign);
        givePages(page(foreign + 1), PAGES - foreign - 1);
        const run = takePages(length);
        const fits = foreign >= length || PAGES - foreign - 1 >= length;
        if (fits != (run != 0)) wrong += 1;
        if (run != 0 && run <= page(foreign) && page(foreign) < run + (length as usize) * PAGE_BYTES) wrong += 1;
      }
    }
    expect(wrong).toBe(0);
  });

  test('leak: after giving all back the whole pool is one run again', () => {
    for (let round = 0; round < 10; ++round) {
      for (let n = 0; n < PAGES; ++n) takePages(1);
      for (let n = 0; n < PAGES; ++n) givePages(page((n * 5) % PAGES), 1);
      expect(takePages(PAGES) == page(0)).toBe(true);
      givePages(page(0), PAGES);
    }
  });
});
