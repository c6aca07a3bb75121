import { PAGE_BYTES, SUBMITTER_ALLOCATED, SUBMITTER_FREED } from '../../src/abi/layout';
import { depotOf, depotPop } from '../memory/depot';
import { allocBlock, blockBytes, flushBlocks, freeBlock, keepsBlocks, mayHaveFree } from '../memory/pool';
import { pool, poolPages, submitterBlockOf, submitters } from '../memory/region';
import { arrange, asAttached, asHost, asWorker, end } from './arrange';

const PAGES: i32 = 16;
const LARGEST: i32 = 70_000;

/** Bytes in use by all threads' counters. */
function inUse(): f64 {
  let sum: f64 = 0;
  for (let submitter = 0; submitter < submitters; ++submitter) {
    const block = submitterBlockOf(submitter);
    sum += load<f64>(block + SUBMITTER_ALLOCATED) - load<f64>(block + SUBMITTER_FREED);
  }
  return sum;
}

/** The n-th word of a list behind everything else: addresses of blocks. */
function listed(n: i32): usize {
  return end + ((n as usize) << 2);
}

/** Allocates blocks of `bytes` until nothing is left. @returns how many; −1 when one lies outside of the pool */
function allocAll(bytes: u32): i32 {
  const limit = pool + (poolPages as usize) * PAGE_BYTES;
  let count = 0;
  while (true) {
    const block = allocBlock(bytes);
    if (block == 0) return count;
    if (block < pool || block + bytes > limit) return -1;
    store<usize>(listed(count), block);
    count += 1;
  }
}

/** @returns how many pairs of listed blocks overlap */
function overlaps(count: i32, bytes: usize): i32 {
  let wrong = 0;
  for (let n = 0; n < count; ++n) {
    memory.fill(load<usize>(listed(n)), n as u8, bytes);
  }
  for (let n = 0; n < count; ++n) {
    const block = load<usize>(listed(n));
    for (let at: usize = 0; at < bytes; at += 16) if (load<u8>(block + at) != (n as u8)) wrong += 1;
  }
  return wrong;
}

describe('size classes', () => {
  test('every size of 1 … 70,000 fits its block', () => {
    let wrong = 0;
    for (let bytes = 0; bytes <= LARGEST; ++bytes) if (blockBytes(bytes) < (bytes as u32)) wrong += 1;
    expect(wrong).toBe(0);
  });

  test('classes are tight: beyond 64 bytes a block wastes less than a third of itself', () => {
    let wrong = 0;
    for (let bytes: u32 = 65; bytes <= 65_536; ++bytes) if (blockBytes(bytes) * 2 >= bytes * 3) wrong += 1;
    expect(wrong).toBe(0);
  });

  test('a block of a class’s size is of that class; one byte more is of the next', () => {
    let classes = 0;
    for (let bytes: u32 = 1; bytes <= 65_536; bytes = blockBytes(bytes) + 1) {
      const size = blockBytes(bytes);
      expect(blockBytes(size)).toBe(size);
      expect(blockBytes(size + 1)).toBeGreaterThan(size);
      classes += 1;
    }
    expect(classes).toBe(21);
  });

  test('larger payloads occupy whole pages', () => {
    expect(blockBytes(65_537)).toBe(2 * PAGE_BYTES);
    expect(blockBytes(2 * PAGE_BYTES)).toBe(2 * PAGE_BYTES);
    expect(blockBytes(2 * PAGE_BYTES + 1)).toBe(3 * PAGE_BYTES);
    expect(blockBytes(64 * 1024 * 1024)).toBe(64 * 1024 * 1024);
  });
});

describe('pool', () => {
  beforeEach(() => {
    arrange(2, 32, PAGES);
  });

  test('every size can be written from end to end beside its neighbours', () => {
    let wrong = 0;
    for (let bytes: u32 = 1; bytes <= 65_536; bytes = blockBytes(bytes) + 1) {
      arrange(2, 32, PAGES);
      const size = blockBytes(bytes);
      const count = min(allocAll(size), 255);
      wrong += overlaps(count, size);
    }
    expect(wrong).toBe(0);
  });

  test('a page gives as many blocks as fit', () => {
    for (let bytes: u32 = 1; bytes <= 65_536; bytes = blockBytes(bytes) + 1) {
      arrange(2, 32, PAGES);
      const size = blockBytes(bytes);
      expect(allocAll(size)).toBe(PAGES * ((PAGE_BYTES / size) as i32));
    }
  });

  test('exhaustion is 0, for blocks, for runs and for sizes that no memory has', () => {
    expect(allocBlock((PAGES * PAGE_BYTES + 1) as u32) as i32).toBe(0);
    expect(allocBlock(0xffff_ffff) as i32).toBe(0);
    expect(allocBlock(0xfff0_0000) as i32).toBe(0);
    expect(allocBlock(0xfff0_0001) as i32).toBe(0);
    expect(allocBlock(0x8000_0000) as i32).toBe(0);
    expect(inUse()).toBe(0);
    allocAll(1000);
    expect(allocBlock(1) as i32).toBe(0);
    expect(allocBlock(PAGE_BYTES + 1) as i32).toBe(0);
  });

  test('a pool without a page is exhausted from the start', () => {
    arrange(1, 32, 0);
    expect(allocBlock(1) as i32).toBe(0);
    expect(allocBlock(100_000) as i32).toBe(0);
  });

  test('leak: after all is freed in another order by another thread, all can be had again', () => {
    for (let bytes: u32 = 1; bytes <= 65_536; bytes = blockBytes(bytes) + 1) {
      arrange(2, 32, PAGES);
      const count = allocAll(bytes);
      const step = count % 7 == 0 ? 1 : 7;
      asWorker(1);
      for (let n = 0; n < count; ++n) freeBlock(load<usize>(listed((n * step) % count)), bytes);
      flushBlocks();
      asHost();
      expect(inUse()).toBe(0);
      expect(allocAll(bytes)).toBe(count);
    }
  });

  test('leak: runs of pages too, and then they are pages for blocks again', () => {
    const run = allocBlock((PAGES * PAGE_BYTES) as u32);
    expect(run == pool).toBe(true);
    expect(inUse()).toBe((PAGES * PAGE_BYTES) as f64);
    asAttached(0);
    freeBlock(run, (PAGES * PAGE_BYTES) as u32);
    expect(inUse()).toBe(0);
    expect(allocAll(64)).toBe(PAGES * 1024);
  });

  test('counters count blocks, not payloads, and go back to zero', () => {
    const block = allocBlock(65);
    expect(inUse()).toBe(96);
    const run = allocBlock(65_537);
    expect(inUse()).toBe(96 + 131_072);
    freeBlock(block, 65);
    freeBlock(run, 65_537);
    expect(inUse()).toBe(0);
  });

  test('a payload of 0 bytes may have a block', () => {
    const block = allocBlock(0);
    expect(block as i32).not.toBe(0);
    freeBlock(block, 0);
    expect(inUse()).toBe(0);
  });

  test('without a flush a thread holds back at most 32 KiB of small and two of the largest blocks', () => {
    const small = allocAll(64);
    asWorker(0);
    for (let n = 0; n < small; ++n) freeBlock(load<usize>(listed(n)), 64);
    asHost();
    expect(allocAll(64)).toBeGreaterThan(small - 32_768 / 64 - 1);
    arrange(2, 32, PAGES);
    const large = allocAll(65_536);
    asWorker(0);
    for (let n = 0; n < large; ++n) freeBlock(load<usize>(listed(n)), 65_536);
    asHost();
    expect(allocAll(65_536)).toBe(large - 2);
  });
});

/** Frees `count` listed blocks, neighbours apart. */
function freeAll(count: i32, bytes: u32): void {
  const step = count % 7 == 0 ? 1 : 7;
  for (let n = 0; n < count; ++n) freeBlock(load<usize>(listed((n * step) % count)), bytes);
}

describe('reclaim', () => {
  beforeEach(() => {
    arrange(2, 32, PAGES);
  });

  test('after blocks of any class, whoever freed them, a run of the whole pool can be had, and blocks again', () => {
    for (let bytes: u32 = 1; bytes <= 65_536; bytes = blockBytes(bytes) + 1) {
      arrange(2, 32, PAGES);
      const whole = (PAGES * PAGE_BYTES) as u32;
      for (let turn = 0; turn < 3; ++turn) {
        const count = allocAll(bytes);
        asWorker(turn & 1);
        freeAll(count, bytes);
        flushBlocks();
        asHost();
        const run = allocBlock(whole);
        expect(run == pool).toBe(true);
        freeBlock(run, whole);
        expect(count).toBe(PAGES * ((PAGE_BYTES / blockBytes(bytes)) as i32));
      }
      expect(inUse()).toBe(0);
    }
  });

  test('every class after every other: nothing gets lost on the way', () => {
    let wrong = 0;
    for (let first: u32 = 1; first <= 65_536; first = blockBytes(first) + 1) {
      for (let second: u32 = 1; second <= 65_536; second = blockBytes(second) + 1) {
        arrange(1, 32, 2);
        freeAll(allocAll(first), first);
        const count = allocAll(second);
        if (count != 2 * ((PAGE_BYTES / blockBytes(second)) as i32)) wrong += 1;
      }
    }
    expect(wrong).toBe(0);
  });

  test('a block in use keeps its page and no other', () => {
    const count = allocAll(1000);
    const kept = load<usize>(listed(5));
    for (let n = 0; n < count; ++n) if (n != 5) freeBlock(load<usize>(listed(n)), 1000);
    expect(allocBlock((PAGES * PAGE_BYTES) as u32) as i32).toBe(0);
    expect(allocBlock(((PAGES - 1) * PAGE_BYTES) as u32) == pool + PAGE_BYTES).toBe(true);
    freeBlock(kept, 1000);
    expect(allocBlock(PAGE_BYTES) == pool).toBe(true);
  });

  test('goes no further than it must: the rest of the depot stays where it is', () => {
    const count = allocAll(64);
    for (let n = 0; n < count; ++n) freeBlock(load<usize>(listed(n)), 64);
    flushBlocks();
    expect(allocBlock(PAGE_BYTES) as i32).not.toBe(0);
    let left = 0;
    for (let magazine = depotPop(depotOf(1)); magazine != 0; magazine = depotPop(depotOf(1))) left += 32;
    expect(left).toBeGreaterThan(count - 1024 - 2 * 32);
  });

  test('blocks on lists serve their class though no page is whole', () => {
    const count = allocAll(64);
    for (let n = 0; n < count; n += 2) freeBlock(load<usize>(listed(n)), 64);
    expect(allocBlock(128) as i32).toBe(0); // by now they are on the lists
    expect(allocAll(64)).toBe(count / 2);
  });

  test('caches of others keep their pages until these flush', () => {
    const count = allocAll(64);
    asWorker(0);
    freeAll(count, 64);
    asHost();
    expect(allocBlock((PAGES * PAGE_BYTES) as u32) as i32).toBe(0);
    expect(keepsBlocks(1)).toBe(true);
    expect(keepsBlocks(0) || keepsBlocks(2)).toBe(false);
    asWorker(0);
    flushBlocks();
    expect(keepsBlocks(1)).toBe(false);
    asHost();
    expect(allocBlock((PAGES * PAGE_BYTES) as u32) as i32).not.toBe(0);
  });

  test('without enough free bytes nothing is touched', () => {
    const block = allocBlock(64);
    expect(keepsBlocks(0)).toBe(true);
    expect(mayHaveFree((PAGES * PAGE_BYTES - 64) as u32)).toBe(true);
    expect(mayHaveFree((PAGES * PAGE_BYTES - 63) as u32)).toBe(false);
    expect(allocBlock((PAGES * PAGE_BYTES) as u32) as i32).toBe(0);
    expect(keepsBlocks(0)).toBe(true);
    freeBlock(block, 64);
    expect(mayHaveFree((PAGES * PAGE_BYTES) as u32)).toBe(true);
  });
});
