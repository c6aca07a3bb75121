/**
 * Pages: 64 KiB units of the pool, claimed one by one in a map of i32, so that no thread ever waits for another. A run is
 * claimed page after page; who meets a foreign page gives the run back and looks further. Any thread. docs/protocols/pool.md
 */
import { PAGE_BYTES, PAGE_CURSOR } from '../../src/abi/layout';
import { cas32, load32, store32 } from '../sync/atomics';
import { pageMap, pool, poolPages } from './region';

function wordOf(page: i32): usize {
  return pageMap + ((page as usize) << 2);
}

function release(first: i32, count: i32): void {
  for (let page = first; page < first + count; ++page) store32(wordOf(page), 0); // pairs with the CAS of claimers
}

// Claims [first, first + count). @returns the number of pages it got before it met a claimed one
function claim(first: i32, count: i32): i32 {
  for (let i = 0; i < count; ++i) {
    if (load32(wordOf(first + i)) != 0 || !cas32(wordOf(first + i), 0, 1)) {
      release(first, i);
      return i;
    }
  }
  return count;
}

function claimBetween(begin: i32, end: i32, count: i32): i32 {
  let first = begin;
  while (first + count <= end) {
    const got = claim(first, count);
    if (got == count) return first;
    first += got + 1;
  }
  return -1;
}

/** @returns the address of `count` pages in a row, or 0 */
export function takePages(count: i32): usize {
  if (count <= 0 || count > poolPages) return 0;
  let from = load32(PAGE_CURSOR); // a hint: any value does
  if (from < 0 || from >= poolPages) from = 0;
  let first = claimBetween(from, poolPages, count);
  if (first < 0) first = claimBetween(0, min(from + count - 1, poolPages), count);
  if (first < 0) return 0;
  store32(PAGE_CURSOR, first + count);
  return pool + (first as usize) * PAGE_BYTES;
}

/** Gives pages back; the caller took them. */
export function givePages(address: usize, count: i32): void {
  release(((address - pool) / PAGE_BYTES) as i32, count);
}
