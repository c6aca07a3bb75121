/**
 * Pages: 64 KiB units of the pool, each with a word in the page map. One is taken by a CAS, a run of them by a claim
 * (claim.ts). A page whose free blocks lie on its list is as good as a free one as soon as all of them do. Any thread.
 * docs/protocols/pool.md
 */
import {
  LINK_NEXT,
  PAGE_CURSOR,
  PAGE_GIVES,
  SUBMITTER_CUT,
  SUBMITTER_CUT_CLASS,
  SUBMITTER_CUT_NODES,
  SUBMITTER_GIVING,
  SUBMITTER_GIVING_PAGES,
  SUBMITTER_LOOSE,
  SUBMITTER_LOOSE_BLOCKS,
  SUBMITTER_LOOSE_REST,
} from '../../src/abi/layout';
import { add32, cas64, load32, load64, store32, store64, storeOwned32 } from '../sync/atomics';
import { claimRun, isOpen } from './claim';
import { letGo } from './hand';
import { FREE_PAGE, addressOf, carved, firstListed, isWhole, lists, pageAt, withListed, wordOf } from './page';
import { poolPages, submitterBlock } from './region';
import { bytesOfClass, pageBlocks } from './size-class';

/** Of the page that `takePage` gave: the chain of the blocks that were on its list; 0: the whole page is the caller's. */
export let listed: usize = 0;

// A hint: any value does.
function cursor(): i32 {
  const page = load32(PAGE_CURSOR);
  return page < 0 || page >= poolPages ? 0 : page;
}

// The first run of open pages in [begin, end), claimed. @returns its first page, or −1
function claimBetween(begin: i32, end: i32, count: i32): i32 {
  let first = begin;
  for (let page = begin; page < end; ++page) {
    if (!isOpen(load64(wordOf(page)))) {
      first = page + 1;
    } else if (page - first + 1 == count) {
      if (claimRun(first, count)) return first;
      page = first - 1; // somebody took a page of it: look at them again
    }
  }
  return -1;
}

/** @returns the address of `count` pages in a row, or 0 */
export function takePages(count: i32): usize {
  if (count <= 0 || count > poolPages) return 0;
  while (true) {
    const gives = load32(PAGE_GIVES);
    const from = cursor();
    let first = claimBetween(from, poolPages, count);
    if (first < 0) first = claimBetween(0, min(from + count - 1, poolPages), count);
    if (first >= 0) {
      store32(PAGE_CURSOR, first + count);
      return addressOf(first);
    }
    if (load32(PAGE_GIVES) == gives) return 0; // else one may have opened behind the search
  }
}

/** Gives pages back that `takePages` gave. */
export function givePages(address: usize, count: i32): void {
  let page = pageAt(address);
  storeOwned32(submitterBlock + SUBMITTER_GIVING, page);
  storeOwned32(submitterBlock + SUBMITTER_GIVING_PAGES, count);
  letGo(address);
  const first = page;
  for (let left = count; left > 0;) {
    store64(wordOf(page), FREE_PAGE); // pairs with the CAS of takers
    storeOwned32(submitterBlock + SUBMITTER_GIVING, ++page);
    storeOwned32(submitterBlock + SUBMITTER_GIVING_PAGES, --left);
  }
  // They are in memory, perhaps in a cache: to be taken before pages that nobody has touched.
  if (first < load32(PAGE_CURSOR)) store32(PAGE_CURSOR, first);
  add32(PAGE_GIVES, 1);
}

// A page that was taken by a CAS: what is to be cut of it, or the chain of its blocks, is in nobody else's hands.
function holdPage(page: i32, sizeClass: i32): void {
  storeOwned32(submitterBlock + SUBMITTER_CUT_CLASS, sizeClass);
  if (listed != 0) {
    storeOwned32(submitterBlock + SUBMITTER_LOOSE, listed as i32);
    return;
  }
  storeOwned32(submitterBlock + SUBMITTER_CUT, addressOf(page) as i32);
  storeOwned32(submitterBlock + SUBMITTER_CUT_NODES, pageBlocks(bytesOfClass(sizeClass)));
}

// Looks at a page until it is clear whether it is of use. @returns whether it was taken, with `listed`
function tryPage(page: i32, sizeClass: i32): bool {
  while (true) {
    const word = load64(wordOf(page));
    const open = isOpen(word);
    if (!open && !lists(word, sizeClass)) return false;
    if (!cas64(wordOf(page), word, carved(sizeClass))) continue;
    listed = open ? 0 : firstListed(page, word);
    holdPage(page, sizeClass);
    return true;
  }
}

/** Takes an open page, or the list of one that is cut into blocks of the class. @returns the page, or −1; and `listed` */
export function takePage(sizeClass: i32): i32 {
  while (true) {
    const gives = load32(PAGE_GIVES);
    let page = cursor();
    for (let left = poolPages; left > 0; --left) {
      if (tryPage(page, sizeClass)) {
        store32(PAGE_CURSOR, page + 1);
        return page;
      }
      if (++page == poolPages) page = 0;
    }
    if (load32(PAGE_GIVES) == gives) return -1; // as in `takePages`
  }
}

/** Puts the first part of the loose chain on its page's list. @param rest the first block of the other part */
export function listBlocks(first: usize, last: usize, count: i32, rest: usize): void {
  const page = pageAt(first);
  storeOwned32(submitterBlock + SUBMITTER_LOOSE_REST, rest as i32);
  storeOwned32(submitterBlock + SUBMITTER_LOOSE_BLOCKS, count); // from here on the link of the last one may lead elsewhere
  while (true) {
    const word = load64(wordOf(page)); // carved, and not whole: our blocks are not there
    storeOwned32(last + LINK_NEXT, firstListed(page, word) as i32); // still ours: published by the CAS
    const next = withListed(page, word, first, count);
    if (!cas64(wordOf(page), word, next)) continue;
    storeOwned32(submitterBlock + SUBMITTER_LOOSE, rest as i32);
    storeOwned32(submitterBlock + SUBMITTER_LOOSE_BLOCKS, 0);
    if (isWhole(next)) add32(PAGE_GIVES, 1); // pairs with the loads of searches that passed it by
    return;
  }
}
