/**
 * Cache: a thread's own two magazines of one class, so that most allocations touch no shared word. Any thread may free
 * any node into its own cache: there is no owner to return it to. Called by the owning thread only, hence plain
 * accesses; the block of caches belongs to the thread that took the submitter block. docs/protocols/slab.md
 *
 *   +0 loaded: first node   +4 loaded: nodes in it   +8 spare: first node   +12 spare: nodes in it
 */
import { CACHE_BYTES, LINK_COUNT, LINK_NEXT, SUBMITTER_CACHES } from '../../src/abi/layout';
import { loadOwned32, loadRacy32, storeOwned32 } from '../sync/atomics';
import { depotOf, depotPop, depotPush } from './depot';
import { submitterBlock } from './region';

const LOADED = 0;
const LOADED_COUNT = 4;
const SPARE = 8;
const SPARE_COUNT = 12;

function cacheOf(sizeClass: i32): usize {
  return submitterBlock + SUBMITTER_CACHES + (sizeClass as usize) * CACHE_BYTES;
}

/** @returns a free node, or 0 when neither this thread nor the depot has one */
export function takeNode(sizeClass: i32): usize {
  const cache = cacheOf(sizeClass);
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
  return node;
}

function pushMagazine(sizeClass: i32, first: usize, count: i32): void {
  storeOwned32(first + LINK_COUNT, count);
  depotPush(depotOf(sizeClass), first);
}

/** Frees a node into this thread's cache; a full pair of magazines sends one to the depot. */
export function giveNode(sizeClass: i32, node: usize, magazineNodes: i32): void {
  const cache = cacheOf(sizeClass);
  const count = loadOwned32(cache + LOADED_COUNT);
  if (count < magazineNodes) {
    storeOwned32(node + LINK_NEXT, loadOwned32(cache + LOADED));
    storeOwned32(cache + LOADED, node as i32);
    storeOwned32(cache + LOADED_COUNT, count + 1);
    return;
  }
  const spare = loadOwned32(cache + SPARE) as usize;
  if (spare != 0) pushMagazine(sizeClass, spare, loadOwned32(cache + SPARE_COUNT));
  storeOwned32(cache + SPARE, loadOwned32(cache + LOADED));
  storeOwned32(cache + SPARE_COUNT, count);
  storeOwned32(node + LINK_NEXT, 0);
  storeOwned32(cache + LOADED, node as i32);
  storeOwned32(cache + LOADED_COUNT, 1);
}

/** Gives everything back to the depot, so that a sleeping thread strands nothing. */
export function flushCache(sizeClass: i32): void {
  const cache = cacheOf(sizeClass);
  const loaded = loadOwned32(cache + LOADED) as usize;
  if (loaded != 0) pushMagazine(sizeClass, loaded, loadOwned32(cache + LOADED_COUNT));
  const spare = loadOwned32(cache + SPARE) as usize;
  if (spare != 0) pushMagazine(sizeClass, spare, loadOwned32(cache + SPARE_COUNT));
  storeOwned32(cache + LOADED, 0);
  storeOwned32(cache + LOADED_COUNT, 0);
  storeOwned32(cache + SPARE, 0);
  storeOwned32(cache + SPARE_COUNT, 0);
}

/** Anyone: whether the cache of a thread, given by its submitter block, seems to have nodes. */
export function holdsNodes(block: usize, sizeClass: i32): bool {
  const cache = block + SUBMITTER_CACHES + (sizeClass as usize) * CACHE_BYTES;
  return loadRacy32(cache + LOADED) != 0 || loadRacy32(cache + SPARE) != 0;
}
