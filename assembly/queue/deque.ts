/**
 * Deque: Chase–Lev (Chase & Lev, "Dynamic Circular Work-Stealing Deque", 2005; orderings: Lê et al. 2013, all of them
 * implied by seq-cst accesses) with a fixed ring. The owner pushes and pops at the bottom, LIFO; thieves take one entry
 * at a time from the top: taking half of a LIFO deque with one CAS is wrong. docs/protocols/deque.md
 */
import { EMPTY, FULL, LEVELS, LOST_RACE } from '../../src/abi/codes';
import { QUEUE_BOTTOM, QUEUE_RING, QUEUE_TOP } from '../../src/abi/layout';
import { dequeMask, deques } from '../memory/region';
import { cas64, load64, loadOwned32, loadOwned64, loadRacy32, store64, storeOwned32 } from '../sync/atomics';

export function dequeOf(index: i32, level: i32): usize {
  const bytes = (QUEUE_RING as usize) + (((dequeMask + 1) as usize) << 2);
  return deques + ((index * LEVELS + level) as usize) * bytes;
}

function entryAt(deque: usize, index: i64): usize {
  return deque + QUEUE_RING + ((((index as i32) & dequeMask) as usize) << 2);
}

/** Owner. @returns 0, or FULL: then the caller runs the entry itself */
export function pushBottom(deque: usize, entry: i32): i32 {
  const bottom = loadOwned64(deque + QUEUE_BOTTOM); // only the owner writes bottom
  if (bottom - load64(deque + QUEUE_TOP) > (dequeMask as i64)) return FULL;
  storeOwned32(entryAt(deque, bottom), entry); // published by the store of bottom
  store64(deque + QUEUE_BOTTOM, bottom + 1); // pairs with the thieves' load of bottom
  return 0;
}

/** Owner: the youngest entry. @returns an entry or EMPTY */
export function popBottom(deque: usize): i32 {
  const bottom = loadOwned64(deque + QUEUE_BOTTOM) - 1; // only the owner writes bottom
  store64(deque + QUEUE_BOTTOM, bottom); // before the load of top: a thief that misses it has raised top already
  const top = load64(deque + QUEUE_TOP);
  if (bottom < top) {
    store64(deque + QUEUE_BOTTOM, bottom + 1);
    return EMPTY;
  }
  const entry = loadOwned32(entryAt(deque, bottom)); // only the owner writes entries
  if (bottom > top) return entry;
  const won = cas64(deque + QUEUE_TOP, top, top + 1); // the last one: thieves want it too
  store64(deque + QUEUE_BOTTOM, bottom + 1);
  return won ? entry : EMPTY;
}

/** Thief: the oldest entry. @returns an entry, EMPTY or LOST_RACE */
export function stealTop(deque: usize): i32 {
  const top = load64(deque + QUEUE_TOP); // before bottom: the reverse could see an old bottom beyond a new top
  if (load64(deque + QUEUE_BOTTOM) <= top) return EMPTY;
  const entry = loadRacy32(entryAt(deque, top)); // before the CAS: afterwards the owner may overwrite it
  return cas64(deque + QUEUE_TOP, top, top + 1) ? entry : LOST_RACE;
}
