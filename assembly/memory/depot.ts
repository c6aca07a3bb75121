/**
 * Depot: the shared stack of full magazines of one class (Bonwick & Adams, "Magazines and Vmem", 2001; Treiber stack
 * with a tag against ABA). A magazine is a chain of free nodes; its first node carries the link to the next magazine.
 * Any thread may push and pop. docs/protocols/slab.md
 *
 * Head word, i64: tag (32) | address of the first node (32, 0 = empty). Every change raises the tag.
 */
import { DEPOTS, LINE, LINK_MAGAZINE } from '../../src/abi/layout';
import { cas64, load64, loadRacy32, storeOwned32 } from '../sync/atomics';

const ADDRESS_MASK: i64 = 0xffff_ffff;
const ONE_TAG: i64 = 0x1_0000_0000;

export function depotOf(sizeClass: i32): usize {
  return (DEPOTS as usize) + (sizeClass as usize) * LINE;
}

function withHead(head: i64, address: i64): i64 {
  return ((head & ~ADDRESS_MASK) + ONE_TAG) | address;
}

/** Gives a magazine away; pairs with `depotPop` of any thread. */
export function depotPush(depot: usize, magazine: usize): void {
  while (true) {
    const head = load64(depot);
    storeOwned32(magazine + LINK_MAGAZINE, (head & ADDRESS_MASK) as i32); // still ours: published by the CAS below
    if (cas64(depot, head, withHead(head, magazine as i64))) return;
  }
}

/** @returns a magazine, now exclusively the caller's, or 0 */
export function depotPop(depot: usize): usize {
  while (true) {
    const head = load64(depot);
    const magazine = (head & ADDRESS_MASK) as usize;
    if (magazine == 0) return 0;
    const next = loadRacy32(magazine + LINK_MAGAZINE); // stale if somebody popped it: then the tag differs
    if (cas64(depot, head, withHead(head, next as u32 as i64))) return magazine;
  }
}
