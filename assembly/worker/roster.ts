/**
 * Roster: which workers are idle (parked or about to) and which search, as one packed i64 per 32 workers:
 * searching (high half) | idle (low half). One word for both, so that a waker turns a sleeper into a searcher in one step:
 * with two words a slow waker could mark a worker as searching that had long found work, and silence all later wake-ups.
 * docs/protocols/idle.md
 */
import { ROSTER } from '../../src/abi/layout';
import { workers } from '../memory/region';
import { cas64, load64 } from '../sync/atomics';

const SEARCHING_SHIFT: i64 = 32;
const IDLE_HALF: i64 = 0xffff_ffff;

function wordOf(worker: i32): usize {
  return (ROSTER as usize) + (((worker >> 5) as usize) << 3);
}

function idleBit(worker: i32): i64 {
  return (1 as i64) << ((worker & 31) as i64);
}

function searchingBit(worker: i32): i64 {
  return idleBit(worker) << SEARCHING_SHIFT;
}

// Sets and clears bits in one step. @returns the word before
function change(worker: i32, clear: i64, set: i64): i64 {
  const word = wordOf(worker);
  while (true) {
    const old = load64(word);
    const next = (old & ~clear) | set;
    if (next == old || cas64(word, old, next)) return old;
  }
}

/** The worker itself: idle from now on, and no searcher. */
export function enterIdle(worker: i32): void {
  change(worker, searchingBit(worker), idleBit(worker));
}

/** The worker itself, or the host for a lost one. @returns false when a waker was faster: then the worker is a searcher */
export function leaveIdle(worker: i32): bool {
  return (change(worker, idleBit(worker), 0) & idleBit(worker)) != 0;
}

/** The worker itself: idle no more, it searches. */
export function returnToSearch(worker: i32): void {
  change(worker, idleBit(worker), searchingBit(worker));
}

/** The worker itself. */
export function enterSearching(worker: i32): void {
  change(worker, 0, searchingBit(worker));
}

/** The worker itself, or the host for a lost one. */
export function leaveSearching(worker: i32): void {
  change(worker, searchingBit(worker), 0);
}

export function searchers(): i32 {
  let count = 0;
  for (let first = 0; first < workers; first += 32) {
    count += popcnt<i64>(load64(wordOf(first)) >>> SEARCHING_SHIFT) as i32;
  }
  return count;
}

export function anySearcher(): bool {
  for (let first = 0; first < workers; first += 32) if (load64(wordOf(first)) >>> SEARCHING_SHIFT) return true;
  return false;
}

export function anyIdle(): bool {
  for (let first = 0; first < workers; first += 32) if (load64(wordOf(first)) & IDLE_HALF) return true;
  return false;
}

/** Waker: turns one idle worker into a searcher. @returns the worker, now the caller's to wake, or −1 */
export function claimIdle(): i32 {
  for (let first = 0; first < workers; first += 32) {
    while (true) {
      const old = load64(wordOf(first));
      const idle = old & IDLE_HALF;
      if (idle == 0) break;
      const sleeper = first + (ctz<i64>(idle) as i32);
      if (cas64(wordOf(first), old, (old & ~idleBit(sleeper)) | searchingBit(sleeper))) return sleeper;
    }
  }
  return -1;
}
