import { PAGE_BYTES, SUBMITTER_ALLOCATED, SUBMITTER_FREED } from '../../src/abi/layout';
import { allocBlock, blockBytes, flushBlocks, freeBlock } from '../memory/pool';
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
