/**
 * Pool: payload memory. Size classes 64, 96, 128, 192 … 49152, 65536 bytes over magazines (cache.ts), larger payloads
 * as runs of pages. Any thread allocates and frees; a block carries no header, its size follows from the payload's length.
 * Exhaustion is a code, never a trap. docs/protocols/pool.md
 */
import {
  LINK_NEXT,
  PAGE_BYTES,
  PAGE_GIVES,
  POOL_CLASSES,
  SUBMITTERS_IN_USE,
  SUBMITTER_ALLOCATED,
  SUBMITTER_CUT,
  SUBMITTER_CUT_NODES,
  SUBMITTER_FREED,
  SUBMITTER_LOOSE,
  SUBMITTER_PUSHING,
} from '../../src/abi/layout';
import { load32, loadOwned32, loadOwnedF64, loadRacy32, storeOwned32, storeOwnedF64 } from '../sync/atomics';
import { flushCache, giveNode, holdsNodes, takeNode } from './cache';
import { COUNTED_ALLOCATED, COUNTED_FREED, UNCOUNTED, countHeldBlock, holdBlock } from './hand';
import { addressOf } from './page';
import { givePages, listed, takePage, takePages } from './pages';
import { emptyDepot } from './reclaim';
import { poolPages, submitterBlock, submitterBlockOf } from './region';
import { bytesOfClass, classOf, magazineBlocks, pageBlocks } from './size-class';

const LARGEST_BLOCK: u32 = PAGE_BYTES;
/** In place of a class: a run of pages. */
const RUN: i32 = 0;

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

function sumOf(counter: usize): f64 {
  let sum: f64 = 0;
  for (let submitter = load32(SUBMITTERS_IN_USE) - 1; submitter >= 0; --submitter) {
    sum += loadOwnedF64(submitterBlockOf(submitter) + counter);
  }
  return sum;
}

/**
 * Whether so many bytes may be free, though out of reach. What was allocated is read before what was freed, and a block is
 * counted as freed before it is: a no holds for every moment in between.
 */
export function mayHaveFree(bytes: u32): bool {
  const allocated = sumOf(SUBMITTER_ALLOCATED);
  return (poolPages as f64) * (PAGE_BYTES as f64) - (allocated - sumOf(SUBMITTER_FREED)) >= (bytes as f64);
}

// Takes a page and gives what it does not need of it to the cache. @returns a block, or 0
function refill(sizeClass: i32): usize {
  const page = takePage(sizeClass);
  if (page < 0) return 0;
  const bytes = bytesOfClass(sizeClass);
  const magazine = magazineBlocks(bytes);
  if (listed == 0) {
    const first = addressOf(page);
    let rest = pageBlocks(bytes) - 1;
    storeOwned32(submitterBlock + SUBMITTER_CUT, (first + bytes) as i32);
    storeOwned32(submitterBlock + SUBMITTER_CUT_NODES, rest);
    holdBlock(first, bytes, UNCOUNTED);
    for (; rest > 0; storeOwned32(submitterBlock + SUBMITTER_CUT_NODES, --rest)) {
      giveNode(sizeClass, first + rest * bytes, magazine);
    }
    return first;
  }
  let next = loadOwned32(listed + LINK_NEXT) as usize; // the chain is ours
  storeOwned32(submitterBlock + SUBMITTER_LOOSE, next as i32);
  holdBlock(listed, bytes, UNCOUNTED);
  while (next != 0) {
    const block = next;
    next = loadOwned32(block + LINK_NEXT) as usize;
    giveNode(sizeClass, block, magazine);
    storeOwned32(submitterBlock + SUBMITTER_LOOSE, next as i32);
  }
  return listed;
}

function search(sizeClass: i32, pages: i32): usize {
  return sizeClass == RUN ? takePages(pages) : refill(sizeClass);
}

// The slow way: from pages, and when there are none, from pages whose blocks are all free.
function find(sizeClass: i32, pages: i32): usize {
  let seen = load32(PAGE_GIVES);
  let found = search(sizeClass, pages);
  if (found != 0 || !mayHaveFree((pages as u32) << 16)) return found;
  flushBlocks();
  let wanted = pages;
  let other = POOL_CLASSES;
  while (other > 0) {
    if (emptyDepot(other, seen + wanted)) other -= 1;
    const gives = load32(PAGE_GIVES);
    if (gives == seen) continue;
    seen = gives;
    found = search(sizeClass, pages);
    if (found != 0) return found;
    wanted <<= 1; // they did not lie in a row: look less often
  }
  return 0;
}

function takeBlock(sizeClass: i32): usize {
  const block = takeNode(sizeClass);
  return block == 0 ? find(sizeClass, 1) : block;
}

/** @returns the address of a block of at least `bytes` (1 … 4 GiB), in the caller's hand; or 0 when the pool is exhausted */
export function allocBlock(bytes: u32): usize {
  if (bytes > 0xfff0_0000) return 0;
  holdBlock(0, bytes, UNCOUNTED); // the bytes are known when the block is
  const block = bytes > LARGEST_BLOCK ? find(RUN, pagesOf(bytes)) : takeBlock(classOf(bytes));
  if (block == 0) return 0;
  count(SUBMITTER_ALLOCATED, blockBytes(bytes));
  countHeldBlock(COUNTED_ALLOCATED);
  return block;
}

/** Frees a block that was allocated with the same `bytes`. */
export function freeBlock(block: usize, bytes: u32): void {
  const size = blockBytes(bytes);
  holdBlock(block, bytes, COUNTED_FREED); // in the step of the count
  count(SUBMITTER_FREED, size);
  giveBlock(block, bytes);
}

/** Frees the block that two words name, address and length, one behind the other; none if the length is 0, as it is afterwards. */
export function freeNamedBlock(address: usize): void {
  const block = loadOwned32(address) as usize;
  const bytes = loadOwned32(address + 4) as u32;
  if (bytes == 0) return;
  holdBlock(block, bytes, COUNTED_ALLOCATED);
  storeOwned32(address + 4, 0); // in the same step: one of hand and name has it
  freeBlock(block, bytes);
}

// As `freeBlock`, of one that is not or no more in the counters.
function giveBlock(block: usize, bytes: u32): void {
  if (bytes > LARGEST_BLOCK) return givePages(block, pagesOf(bytes));
  const sizeClass = classOf(bytes);
  giveNode(sizeClass, block, magazineBlocks(bytesOfClass(sizeClass)));
}

/** Takes over a block that a lost thread had in its hand, and frees it. */
export function freeHeldBlock(block: usize, bytes: u32, counted: i32): void {
  if (counted == COUNTED_ALLOCATED) freeBlock(block, bytes);
  else giveBlock(block, bytes);
}

/** A thread that goes to sleep strands no block. */
export function flushBlocks(): void {
  for (let sizeClass = 1; sizeClass <= POOL_CLASSES; ++sizeClass) flushCache(sizeClass);
}

/** Anyone: whether a thread keeps free blocks in its caches, or a magazine on its way to the depot. */
export function keepsBlocks(submitter: i32): bool {
  const block = submitterBlockOf(submitter);
  for (let sizeClass = 1; sizeClass <= POOL_CLASSES; ++sizeClass) if (holdsNodes(block, sizeClass)) return true;
  return loadRacy32(block + SUBMITTER_PUSHING) != 0; // last: what leaves a cache is here first
}
