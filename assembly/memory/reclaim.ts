/**
 * Reclaim: brings the free blocks of the depots back to their pages, so that pages become whole. Slow, and only called
 * when a search for pages found none. docs/protocols/pool.md
 */
import { LINK_NEXT, PAGE_GIVES, SUBMITTER_CUT_CLASS, SUBMITTER_LOOSE } from '../../src/abi/layout';
import { load32, loadOwned32, storeOwned32 } from '../sync/atomics';
import { depotOf, depotPop } from './depot';
import { pageAt } from './page';
import { listBlocks } from './pages';
import { poolPages, submitterBlock } from './region';
import { bytesOfClass, magazineBlocks, pageBlocks } from './size-class';

// Blocks that were cut together often come together: each piece of the chain in one page goes there at once.
function listMagazine(magazine: usize): void {
  let first = magazine;
  while (first != 0) {
    const page = pageAt(first);
    let last = first;
    let count = 1;
    let next = loadOwned32(last + LINK_NEXT) as usize; // ours since the pop
    while (next != 0 && pageAt(next) == page) {
      last = next;
      count += 1;
      next = loadOwned32(last + LINK_NEXT) as usize;
    }
    listBlocks(first, last, count, next);
    first = next;
  }
}

/**
 * Lists what is in the depot of a class.
 *
 * @param enough stops when PAGE_GIVES is there, as pages that become whole are counted in it
 * @returns whether it went through the depot
 */
export function emptyDepot(sizeClass: i32, enough: i32): bool {
  const bytes = bytesOfClass(sizeClass);
  const magazines = pageBlocks(bytes) / magazineBlocks(bytes) + 1;
  // No more than a pool full of them, so that it ends while others fill the depot.
  for (let left = poolPages * magazines; left > 0; --left) {
    const magazine = depotPop(depotOf(sizeClass));
    if (magazine == 0) return true;
    storeOwned32(submitterBlock + SUBMITTER_CUT_CLASS, sizeClass);
    storeOwned32(submitterBlock + SUBMITTER_LOOSE, magazine as i32);
    listMagazine(magazine);
    if (load32(PAGE_GIVES) - enough >= 0) return false; // the difference: it may wrap
  }
  return true;
}
