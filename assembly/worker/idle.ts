/**
 * Idle: parking and waking without a lost wake-up. Sources: tokio's `idle.rs` and Go's `proc.go`, with bit masks instead
 * of counter and list. Every parking worker announces itself, then looks at all queues once more. docs/protocols/idle.md
 */
import {
  ATTENTION_DOOM,
  ATTENTION_MAIL,
  ATTENTION_STOP,
  AWAKE,
  PARK_EMPTY,
  PARK_NOTIFIED,
  PARK_PARKED,
} from '../../src/abi/codes';
import { WORKER_ATTENTION, WORKER_PARK, WORKER_PARKS, WORKER_WAKES } from '../../src/abi/layout';
import { worker, workerBlock, workerBlockOf, workers } from '../memory/region';
import { now } from '../sync/clock';
import {
  cas32,
  exchange32,
  load32,
  loadOwnedF64,
  notify32,
  or32,
  store32,
  storeOwnedF64,
  wait32,
} from '../sync/atomics';
import {
  anyIdle,
  anySearcher,
  claimIdle,
  enterIdle,
  enterSearching,
  leaveIdle,
  leaveSearching,
  returnToSearch,
  searchers,
} from './roster';
import { hasWork } from './scan';

/** A sleep this short was a break between tasks that follow one another. A guess; one-at-a-time guards it. */
const SHORT_SLEEP_US: f64 = 500;

/** What a worker whose places are all taken can do nothing about. */
const SLEPT_THROUGH: i32 = ATTENTION_MAIL | ATTENTION_STOP | ATTENTION_DOOM;

/** This worker counts as a searcher. */
let searching: bool = false;
let parkedAt: f64 = 0;
let sleptShortly: bool = false;

/** Whether this worker's last sleep was short: then the next task may come soon, too. */
export function hasSleptShortly(): bool {
  return sleptShortly;
}

/**
 * Anyone, after a publication: wakes one worker if one sleeps and nobody searches.
 *
 * @returns whether one was woken
 */
export function wakeOne(): bool {
  if (anySearcher()) return false; // it finds the work, or looks at all queues after it gave up
  const sleeper = claimIdle();
  if (sleeper < 0) return false;
  unpark(sleeper);
  return true;
}

/** Anyone: makes a worker return from park, now or when it next tries. */
export function unpark(sleeper: i32): void {
  const park = workerBlockOf(sleeper) + WORKER_PARK;
  if (exchange32(park, PARK_NOTIFIED) == PARK_PARKED) notify32(park); // the process-wide lock only for a real sleeper
}

/** Anyone: sets attention bits and makes sure the worker sees them. */
export function alert(target: i32, bits: i32): void {
  or32(workerBlockOf(target) + WORKER_ATTENTION, bits);
  unpark(target);
}

/** Worker without work: may it search? At most half of the workers do. */
export function beginSearch(): bool {
  if (searching) return true;
  if (2 * searchers() >= workers) return false;
  enterSearching(worker);
  searching = true;
  return true;
}

/** Worker that found work: the last searcher wakes another if more is left. */
export function endSearch(): void {
  if (!searching) return;
  searching = false;
  leaveSearching(worker);
  if (!anySearcher() && anyIdle() && hasWork()) wakeOne();
}

// Our own counters: nobody else writes them.
function countOne(counter: usize): void {
  storeOwnedF64(workerBlock + counter, loadOwnedF64(workerBlock + counter) + 1);
}

/** Worker, first step of parking. @returns 0: go and sleep; AWAKE: look for work again */
export function announce(): i32 {
  enterIdle(worker); // S1: idle, no searcher any more
  searching = false;
  // S2: what was published before S1 is seen here; whoever publishes later sees our bit.
  if (hasWork() || load32(workerBlock + WORKER_ATTENTION) != 0) {
    returnToSearch(worker); // or a waker was faster and did it: its notification only wakes us once for nothing
    searching = true; // publishers that saw us searching rely on us to wake another
    return AWAKE;
  }
  parkedAt = now(); // before the CAS: a notification that came first is the shortest sleep
  if (!cas32(workerBlock + WORKER_PARK, PARK_EMPTY, PARK_PARKED)) return resume(); // notified meanwhile
  countOne(WORKER_PARKS);
  return 0;
}

/** Worker, after sleeping: takes itself off the roster. @returns AWAKE */
export function resume(): i32 {
  store32(workerBlock + WORKER_PARK, PARK_EMPTY);
  sleptShortly = now() - parkedAt < SHORT_SLEEP_US;
  if (!leaveIdle(worker)) {
    searching = true; // the waker counted us as a searcher
    countOne(WORKER_WAKES);
  }
  return AWAKE;
}

/**
 * Worker whose places are all taken: sleeps for alerts only, off the roster, so that no waker counts on it. Mail, a stop and
 * a doom keep it awake no longer than their alert does: they wait for what runs beside, and whoever gives a place back looks.
 *
 * @returns 0: sleep; AWAKE: there is an alert
 */
export function doze(): i32 {
  if (!cas32(workerBlock + WORKER_PARK, PARK_EMPTY, PARK_PARKED)) {
    store32(workerBlock + WORKER_PARK, PARK_EMPTY);
    return AWAKE;
  }
  // An alert sets its bits before it unparks.
  if ((load32(workerBlock + WORKER_ATTENTION) & ~SLEPT_THROUGH) == 0) return 0;
  store32(workerBlock + WORKER_PARK, PARK_EMPTY);
  return AWAKE;
}

/** Worker: ends a doze. */
export function endDoze(): void {
  store32(workerBlock + WORKER_PARK, PARK_EMPTY);
}

/** Worker without an event loop: sleeps until notified. Pairs with `unpark`. */
export function park(): void {
  if (announce() == AWAKE) return;
  while (load32(workerBlock + WORKER_PARK) == PARK_PARKED) wait32(workerBlock + WORKER_PARK, PARK_PARKED);
  resume();
}
