import { LINK_NEXT, PAGE_BYTES, PAGE_CURSOR, PAGE_GIVES, POOL_CLASSES } from '../../src/abi/layout';
import { carved, firstListed, isWhole, listedBlocks, lists, withListed, wordOf } from '../memory/page';
import { givePages, listBlocks, listed, takePage, takePages } from '../memory/pages';
import { pool } from '../memory/region';
import { bytesOfClass, pageBlocks } from '../memory/size-class';
import { arrange } from './arrange';

const PAGES: i32 = 12;

function page(n: i32): usize {
  return pool + (n as usize) * PAGE_BYTES;
}

function claimed(): i32 {
  let count = 0;
  for (let n = 0; n < PAGES; ++n) if (load<i64>(wordOf(n)) != 0) count += 1;
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

  test('what was given back is taken again before pages that nobody has touched', () => {
    const first = takePages(3);
    const second = takePages(2);
    const third = takePages(1);
    for (let way = 0; way < 2; ++way) {
      givePages(way == 0 ? first : second, way == 0 ? 3 : 2);
      givePages(way == 0 ? second : first, way == 0 ? 2 : 3);
      expect(takePages(3) == first).toBe(true);
      expect(takePages(2) == second).toBe(true);
    }
    givePages(third, 1);
    expect(takePages(2) == third).toBe(true);
    expect(claimed()).toBe(7);
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

/** Its pages have two blocks. */
const HALVES: i32 = 19;

function listOne(block: usize): void {
  listBlocks(block, block, 1, 0);
}

describe('lists of pages', () => {
  beforeEach(() => {
    arrange(1, 32, PAGES);
  });

  test('words of every class: count, first block, whole with all of them', () => {
    for (let sizeClass = 1; sizeClass <= POOL_CLASSES; ++sizeClass) {
      const bytes = bytesOfClass(sizeClass);
      let word = carved(sizeClass);
      expect(firstListed(3, word) as i32).toBe(0);
      expect(lists(word, sizeClass)).toBe(false);
      let wrong = 0;
      for (let n = 0; n < pageBlocks(bytes); ++n) {
        if (isWhole(word)) wrong += 1;
        word = withListed(3, word, page(3) + n * bytes, 1);
        if (listedBlocks(word) != n + 1 || firstListed(3, word) != page(3) + n * bytes) wrong += 1;
        if (!lists(word, sizeClass) || lists(word, sizeClass - 1) || lists(word, sizeClass + 1)) wrong += 1;
      }
      expect(wrong).toBe(0);
      expect(isWhole(word)).toBe(true);
    }
  });

  test('a page is cut by whoever took it; blocks on its list are taken all at once', () => {
    const n = takePage(1);
    expect(listed as i32).toBe(0);
    expect(load<i64>(wordOf(n))).toBe(carved(1));
    listOne(page(n));
    listOne(page(n) + 640);
    store<i32>(PAGE_CURSOR, n);
    expect(takePage(1)).toBe(n);
    expect(listed == page(n) + 640).toBe(true);
    expect(load<i32>(page(n) + 640 + LINK_NEXT)).toBe(page(n) as i32);
    expect(load<i32>(page(n) + LINK_NEXT)).toBe(0);
    expect(load<i64>(wordOf(n))).toBe(carved(1));
  });

  test('a chain goes before what is on the list; a page that becomes whole is counted, once', () => {
    const n = takePage(1);
    const half = page(n) + PAGE_BYTES / 2;
    const last = half + PAGE_BYTES / 2 - 64;
    const gives = load<i32>(PAGE_GIVES);
    for (let block = page(n); block < half; block += 64) listOne(block);
    for (let block = half; block < last; block += 64) store<i32>(block + LINK_NEXT, (block + 64) as i32);
    expect(load<i32>(PAGE_GIVES)).toBe(gives);
    listBlocks(half, last, 512, 0);
    expect(load<i32>(PAGE_GIVES)).toBe(gives + 1);
    let count = 0;
    for (let block = firstListed(n, load<i64>(wordOf(n))); block != 0; block = load<i32>(block + LINK_NEXT)) count += 1;
    expect(count).toBe(1024);
  });

  test('a whole page serves a run, its class and another; before that its class only', () => {
    for (let way = 0; way < 3; ++way) {
      arrange(1, 32, 1);
      takePage(HALVES);
      listOne(page(0));
      expect(takePages(1) as i32).toBe(0);
      expect(takePage(HALVES + 1)).toBe(-1);
      listOne(page(0) + PAGE_BYTES / 2);
      if (way == 0) expect(takePages(1) == page(0)).toBe(true);
      else expect(takePage(HALVES + way - 1)).toBe(0);
      expect(listed as i32).toBe(0);
    }
  });

  test('every page with blocks of the class is found, wherever the cursor is, and once', () => {
    for (let hint = -1; hint <= PAGES + 1; ++hint) {
      arrange(1, 32, PAGES);
      for (let n = 0; n < PAGES; ++n) listOne(page(takePage(HALVES)));
      expect(takePage(HALVES - 1)).toBe(-1);
      store<i32>(PAGE_CURSOR, hint);
      for (let n = 0; n < PAGES; ++n) {
        const found = takePage(HALVES);
        expect(listed == page(found)).toBe(true);
      }
      expect(takePage(HALVES)).toBe(-1);
    }
  });
});
