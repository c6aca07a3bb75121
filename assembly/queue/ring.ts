/**
 * Ring: one producer (the owner), many takers, FIFO. The base of submission and run queues: bounded, indices i64, a take
 * of n entries is one CAS of `top` after the entries were read. Sources: the ring of Go's scheduler (`runqgrab`) and
 * crossbeam's FIFO `steal_batch`. docs/protocols/submission-queue.md, docs/protocols/run-queue.md
 */
import { EMPTY, LOST_RACE } from '../../src/abi/codes';
import { QUEUE_BOTTOM, QUEUE_RING, QUEUE_TOP } from '../../src/abi/layout';
import { holdBatch, holdEntry, letGoBatch } from '../memory/hand';
import { cas64, load64, loadOwned64, loadRacy32, store64, storeOwned32 } from '../sync/atomics';

function entryAt(ring: usize, mask: i32, index: i64): usize {
  return ring + QUEUE_RING + ((((index as i32) & mask) as usize) << 2);
}

/** Entries that the owner may still add. The owner is the only one who can make it smaller. */
export function ringSpace(ring: usize, mask: i32): i32 {
  const used = loadOwned64(ring + QUEUE_BOTTOM) - load64(ring + QUEUE_TOP); // bottom: ours
  return mask + 1 - (used as i32);
}

/** Owner: writes the n-th entry beyond the published ones. Needs space; nobody sees it before `ringPublish`. */
export function ringStage(ring: usize, mask: i32, n: i32, entry: i32): void {
  const bottom = loadOwned64(ring + QUEUE_BOTTOM); // only the owner writes bottom
  storeOwned32(entryAt(ring, mask, bottom + (n as i64)), entry);
}

/** Owner: publishes n staged entries by one store; pairs with the takers' load of bottom. */
export function ringPublish(ring: usize, n: i32): void {
  store64(ring + QUEUE_BOTTOM, loadOwned64(ring + QUEUE_BOTTOM) + (n as i64));
}

/** Entries there now, as anyone may see it. Never negative: top is read first and only grows. */
export function ringLength(ring: usize): i32 {
  const top = load64(ring + QUEUE_TOP);
  const length = load64(ring + QUEUE_BOTTOM) - top;
  return length < 0 ? 0 : (length as i32);
}

/** Worker: takes the oldest entry into its hand. @returns the entry, EMPTY or LOST_RACE */
export function ringTake(ring: usize, mask: i32): i32 {
  const top = load64(ring + QUEUE_TOP);
  const bottom = load64(ring + QUEUE_BOTTOM);
  if (bottom <= top) return EMPTY;
  // Read before the CAS: afterwards the owner may overwrite it. If it was overwritten already, top has moved.
  const entry = loadRacy32(entryAt(ring, mask, top));
  if (!cas64(ring + QUEUE_TOP, top, top + 1)) return LOST_RACE;
  holdEntry(entry);
  return entry;
}

/** Index of what `ringPeek` saw. */
let peeked: i64 = 0;

/** The oldest entry without taking it; may be gone at once. @returns the entry or EMPTY */
export function ringPeek(ring: usize, mask: i32): i32 {
  const top = load64(ring + QUEUE_TOP);
  if (load64(ring + QUEUE_BOTTOM) <= top) return EMPTY;
  peeked = top;
  return loadRacy32(entryAt(ring, mask, top));
}

/** Worker: takes what this thread's last `ringPeek` saw, in the same ring. @returns the entry or LOST_RACE */
export function ringTakePeeked(ring: usize, entry: i32): i32 {
  if (!cas64(ring + QUEUE_TOP, peeked, peeked + 1)) return LOST_RACE;
  holdEntry(entry);
  return entry;
}

/**
 * The worker that owns `into` moves up to `most` of the oldest entries of `from` behind its own, with one CAS, and publishes
 * them except the oldest, which it returns to run, in its hand. `half` takes at most half of them, rounded up.
 *
 * @param level of `into`
 * @returns the entry to run, EMPTY or LOST_RACE
 */
export function ringMove(
  from: usize,
  fromMask: i32,
  into: usize,
  intoMask: i32,
  level: i32,
  most: i32,
  half: bool,
): i32 {
  const top = load64(from + QUEUE_TOP);
  const length = load64(from + QUEUE_BOTTOM) - top;
  if (length <= 0) return EMPTY;
  let n = half ? ((length - (length >> 1)) as i32) : length > 0x7fff_ffff ? 0x7fff_ffff : (length as i32);
  // A stale top makes the length too large: never more than the source can hold, else entries would be read twice.
  if (n > fromMask + 1) n = fromMask + 1;
  if (n > most) n = most;
  const space = ringSpace(into, intoMask) + 1; // the first one is returned, not stored
  if (n > space) n = space;
  const first = loadRacy32(entryAt(from, fromMask, top));
  for (let i = 1; i < n; ++i) ringStage(into, intoMask, i - 1, loadRacy32(entryAt(from, fromMask, top + (i as i64))));
  if (!cas64(from + QUEUE_TOP, top, top + (n as i64))) return LOST_RACE;
  holdEntry(first);
  if (n == 1) return first;
  holdBatch(n - 1, level);
  ringPublish(into, n - 1);
  letGoBatch();
  return first;
}
