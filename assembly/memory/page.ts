/**
 * The word of a page in the page map, one i64. Every transition that races is one CAS of the whole word; nobody else shifts
 * its bits. docs/protocols/pool.md
 *
 *   free      0
 *   carved    offset of the first listed block (32) | listed blocks (16) | 0 (8) | class (8)
 *   claimed   sequence (32) | submitter (16) | 0 (8) | CLAIMED (8)
 *   taken     TAKEN (8): of a run that is in use
 */
import { PAGE_BYTES, PAGE_WORD_BYTES } from '../../src/abi/layout';
import { pageMap, pool } from './region';
import { bytesOfClass, pageBlocks } from './size-class';

const KIND_MASK: i64 = 0xff;
const MIDDLE_SHIFT: i64 = 16;
const MIDDLE_MASK: i64 = 0xffff;
const HIGH_SHIFT: i64 = 32;
const HIGH_MASK: i64 = 0xffff_ffff;

// Kinds; 1 … POOL_CLASSES are those of carved pages.
const CLAIMED: i32 = 0xfe;
export const FREE_PAGE: i64 = 0;
export const TAKEN_PAGE: i64 = 0xff;

export function wordOf(page: i32): usize {
  return pageMap + (page as usize) * PAGE_WORD_BYTES;
}

export function pageAt(address: usize): i32 {
  return ((address - pool) / PAGE_BYTES) as i32;
}

export function addressOf(page: i32): usize {
  return pool + (page as usize) * PAGE_BYTES;
}

/** The word of a page cut into blocks of a class, none of which is on its list. */
export function carved(sizeClass: i32): i64 {
  return sizeClass as i64;
}

/** The word of a page that a claim has marked. */
export function claimed(submitter: i32, sequence: i32): i64 {
  return ((sequence as i64) << HIGH_SHIFT) | ((submitter as i64) << MIDDLE_SHIFT) | (CLAIMED as i64);
}

function kindOf(word: i64): i32 {
  return (word & KIND_MASK) as i32;
}

export function isClaimed(word: i64): bool {
  return kindOf(word) == CLAIMED;
}

export function submitterOf(word: i64): i32 {
  return ((word >> MIDDLE_SHIFT) & MIDDLE_MASK) as i32;
}

export function listedBlocks(word: i64): i32 {
  return ((word >> MIDDLE_SHIFT) & MIDDLE_MASK) as i32;
}

/** Whether a page of blocks of a class has some on its list. */
export function lists(word: i64, sizeClass: i32): bool {
  return kindOf(word) == sizeClass && listedBlocks(word) > 0;
}

/** Address of the first block on a page's list, 0 = none. */
export function firstListed(page: i32, word: i64): usize {
  return listedBlocks(word) == 0 ? 0 : addressOf(page) + (((word >>> HIGH_SHIFT) & HIGH_MASK) as usize);
}

/** Puts so many blocks before those that are on the list. */
export function withListed(page: i32, word: i64, first: usize, blocks: i32): i64 {
  const offset = (first - addressOf(page)) as i64;
  const count = (listedBlocks(word) + blocks) as i64;
  return (offset << HIGH_SHIFT) | (count << MIDDLE_SHIFT) | (kindOf(word) as i64);
}

/** Whether all of a page's memory is free: never cut, or all of its blocks are on its list. */
export function isWhole(word: i64): bool {
  if (word == FREE_PAGE) return true;
  const kind = kindOf(word);
  return kind < CLAIMED && listedBlocks(word) == pageBlocks(bytesOfClass(kind));
}
