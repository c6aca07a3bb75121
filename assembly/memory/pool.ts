/**
 * Pool: payload memory. Size classes 64, 96, 128, 192 … 49152, 65536 bytes over magazines (cache.ts), larger payloads
 * as runs of pages. Any thread allocates and frees; a block carries no header, its size follows from the payload's length.
 * Exhaustion is a code, never a trap. docs/protocols/pool.md
 */
import { MIN_BLOCK_SHIFT, PAGE_BYTES, POOL_CLASSES, SUBMITTER_ALLOCATED, SUBMITTER_FREED } from '../../src/abi/layout';
import { loadOwnedF64, storeOwnedF64 } from '../sync/atomics';
import { flushCache, giveNode, takeNode } from './cache';
import { givePages, takePages } from './pages';
import { submitterBlock } from './region';

const LARGEST_BLOCK: u32 = PAGE_BYTES;

/** Two classes an octave: 2^k and 1.5 · 2^k. @returns 1 … POOL_CLASSES */
function classOf(bytes: u32): i32 {
  if (bytes <= 1 << MIN_BLOCK_SHIFT) return 1;
  const octave = 31 - (clz<u32>(bytes - 1) as i32); // 2^octave < bytes ≤ 2^(octave + 1)
  const upper = bytes > 3 << (octave - 1) ? 1 : 0;
  return ((octave - MIN_BLOCK_SHIFT) << 1) + 2 + upper;
}

function bytesOfClass(sizeClass: i32): u32 {
  const octave = (sizeClass - 1) >> 1;
  const whole = (1 << (MIN_BLOCK_SHIFT + octave)) as u32;
  return (sizeClass - 1) & 1 ? whole + (whole >> 1) : whole;
}

// At most 16 KiB a magazine, so that a thread holds little back.
function magazineBlocks(bytes: u32): i32 {
  const blocks = (16384 / bytes) as i32;
  return blocks < 1 ? 1 : blocks > 32 ? 32 : blocks;
}

function pagesOf(bytes: u32): i32 {
  return ((bytes + (PAGE_BYTES - 1)) >>> 16) as i32;
}

/** Bytes that a payload of `bytes` occupies. */
export function blockBytes(bytes: u32): u32 {
  return bytes > LARGEST_BLOCK ? (pagesOf(bytes) as u32) << 16 : bytesOfClass(classOf(bytes));
}

// Only this thread writes its two counters; anyone sums them up.
function count(counter: usize, bytes: u32): void {
  storeOwnedF64(submitterBlock + counter, loadOwnedF64(submitterBlock + counter) + (bytes as f64));
}

// Cuts a fresh page into blocks. @returns one of them, or 0
function carve(sizeClass: i32, bytes: u32): usize {
  const page = takePages(1);
  if (page == 0) return 0;
  const blocks = (PAGE_BYTES as u32) / bytes;
  for (let i = blocks - 1; i > 0; --i) giveNode(sizeClass, page + i * bytes, magazineBlocks(bytes));
  return page;
}

/** @returns the address of a block of at least `bytes` (1 … 4 GiB), or 0 when the pool is exhausted */
export function allocBlock(bytes: u32): usize {
  if (bytes > LARGEST_BLOCK) {
    if (bytes > 0xfff0_0000) return 0;
    const run = takePages(pagesOf(bytes));
    if (run != 0) count(SUBMITTER_ALLOCATED, blockBytes(bytes));
    return run;
  }
  const sizeClass = classOf(bytes);
  const size = bytesOfClass(sizeClass);
  let block = takeNode(sizeClass);
  if (block == 0) block = carve(sizeClass, size);
  if (block != 0) count(SUBMITTER_ALLOCATED, size);
  return block;
}

/** Frees a block that was allocated with the same `bytes`. */
export function freeBlock(block: usize, bytes: u32): void {
  count(SUBMITTER_FREED, blockBytes(bytes));
  if (bytes > LARGEST_BLOCK) return givePages(block, pagesOf(bytes));
  const sizeClass = classOf(bytes);
  giveNode(sizeClass, block, magazineBlocks(bytesOfClass(sizeClass)));
}

/** A thread that goes to sleep strands no block. */
export function flushBlocks(): void {
  for (let sizeClass = 1; sizeClass <= POOL_CLASSES; ++sizeClass) flushCache(sizeClass);
}
