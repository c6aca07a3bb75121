/**
 * Cache: a thread's own two magazines of one class, so that most allocations touch no shared word. Any thread may free
 * any node into its own cache: there is no owner to return it to. Called by the owning thread only, hence plain
 * accesses; the block of caches belongs to the thread that took the submitter block. docs/protocols/slab.md
 *
 *   +0 loaded: first node   +4 loaded: nodes in it   +8 spare: first node   +12 spare: nodes in it
 */
import {
  CACHE_BYTES,
  LINK_COUNT,
  LINK_NEXT,
  SUBMITTER_CACHES,
  SUBMITTER_HAND_BLOCK,
  SUBMITTER_HAND_SLOT,
  SUBMITTER_PUSHING,
  SUBMITTER_PUSHING_CLASS,
} from '../../src/abi/layout';
import { loadOwned32, loadRacy32, storeOwned32 } from '../sync/atomics';
import { depotOf, depotPop, depotPush } from './depot';
import { letGo } from './hand';
import { submitterBlock } from './region';

export const SLAB_CLASS: i32 = 0;

const LOADED = 0;
const LOADED_COUNT = 4;
const SPARE = 8;
const SPARE_COUNT = 12;

function cacheAt(block: usize, sizeClass: i32): usize {
  return block + SUBMITTER_CACHES + (sizeClass as usize) * CACHE_BYTES;
}

/** @returns a free node, in this thread's hand; or 0 when neither this thread nor the depot has one */
export function takeNode(sizeClass: i32): usize {
  const cache = cacheAt(submitterBlock, sizeClass);
  let node = loadOwned32(cache + LOADED) as usize;
  if (node == 0) {
    node = loadOwned32(cache + SPARE) as usize;
    if (node != 0) {
      storeOwned32(cache + LOADED_COUNT, loadOwned32(cache + SPARE_COUNT));
      storeOwned32(cache + SPARE, 0);
      storeOwned32(cache + SPARE_COUNT, 0);
    } else {
      node = depotPop(depotOf(sizeClass));
      if (node == 0) return 0;
      storeOwned32(cache + LOADED_COUNT, loadOwned32(node + LINK_COUNT));
    }
  }
  storeOwned32(cache + LOADED, loadOwned32(node + LINK_NEXT));
  storeOwned32(cache + LOADED_COUNT, loadOwned32(cache + LOADED_COUNT) - 1);
  storeOwned32(submitterBlock + (sizeClass == SLAB_CLASS ? SUBMITTER_HAND_SLOT : SUBMITTER_HAND_BLOCK), node as i32);
  return node;
}

// Out of the cache before it is in the depot: in between it is named by the hand alone.
function pushMagazine(sizeClass: i32, magazine: usize, cached: usize): void {
  const first = loadOwned32(magazine) as usize;
  storeOwned32(first + LINK_COUNT, loadOwned32(cached));
  storeOwned32(submitterBlock + SUBMITTER_PUSHING, first as i32);
  storeOwned32(submitterBlock + SUBMITTER_PUSHING_CLASS, sizeClass);
  storeOwned32(magazine, 0);
  storeOwned32(cached, 0);
  depotPush(depotOf(sizeClass), first);
  storeOwned32(submitterBlock + SUBMITTER_PUSHING, 0);
}

/** Frees a node into this thread's cache; a full pair of magazines sends one to the depot. */
export function giveNode(sizeClass: i32, node: usize, magazineNodes: i32): void {
  const cache = cacheAt(submitterBlock, sizeClass);
  const count = loadOwned32(cache + LOADED_COUNT);
  if (count < magazineNodes) {
    storeOwned32(node + LINK_NEXT, loadOwned32(cache + LOADED));
    storeOwned32(cache + LOADED, node as i32);
    storeOwned32(cache + LOADED_COUNT, count + 1);
    letGo(node);
    return;
  }
  if (loadOwned32(cache + SPARE) != 0) pushMagazine(sizeClass, cache + SPARE, cache + SPARE_COUNT);
  storeOwned32(cache + SPARE, loadOwned32(cache + LOADED));
  storeOwned32(cache + SPARE_COUNT, count);
  storeOwned32(node + LINK_NEXT, 0);
  storeOwned32(cache + LOADED, node as i32);
  storeOwned32(cache + LOADED_COUNT, 1);
  letGo(node);
}

/** Gives everything back to the depot, so that a sleeping thread strands nothing. */
export function flushCache(sizeClass: i32): void {
  flushCacheOf(submitterBlock, sizeClass);
}

/** As `flushCache`, of a thread given by its submitter block: it is gone, and nobody else does this. */
export function flushCacheOf(block: usize, sizeClass: i32): void {
  const cache = cacheAt(block, sizeClass);
  if (loadOwned32(cache + LOADED) != 0) pushMagazine(sizeClass, cache + LOADED, cache + LOADED_COUNT);
  if (loadOwned32(cache + SPARE) != 0) pushMagazine(sizeClass, cache + SPARE, cache + SPARE_COUNT);
}

/** Anyone: whether the cache of a thread, given by its submitter block, seems to have nodes. */
export function holdsNodes(block: usize, sizeClass: i32): bool {
  const cache = cacheAt(block, sizeClass);
  return loadRacy32(cache + LOADED) != 0 || loadRacy32(cache + SPARE) != 0;
}
