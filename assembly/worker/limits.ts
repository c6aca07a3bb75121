/**
 * Limits: the host keeps those of tasks that other threads have submitted, as such a thread may block or end before its time is
 * up. It looks when the first of them may be due; whoever has one that is due earlier says so. docs/protocols/limits.md
 */
import {
  ATTENTION_CANCEL,
  ATTENTION_DOOM,
  ASKED_BY_HOST,
  ASKED_BY_SUBMITTER,
  META_TIMED,
  NOBODY_ASKED,
  QUEUED,
  RUNNING,
} from '../../src/abi/codes';
import {
  LIMIT_LOOK,
  SLAB_FRESH,
  SLOT_GRACE,
  SLOT_META,
  SLOT_STARTED_AT,
  SLOT_STATE,
  SLOT_TIMEOUT,
  WORKER_ASKED_LATE,
} from '../../src/abi/layout';
import { submitterOf } from '../memory/meta';
import { capacity, submitters, workerBlockOf, workers } from '../memory/region';
import { askAsHost, asker, condemnSlotIn, slotAt } from '../memory/slab';
import { statusOf, workerOf } from '../memory/state';
import {
  cas32,
  exchange32,
  load32,
  load64,
  loadOwned32,
  loadRacy32,
  loadRacyF64,
  or32,
  storeOwned32,
} from '../sync/atomics';
import { callHost } from './host-call';
import { alert } from './idle';

/** Nothing is due. */
const NEVER: i32 = i32.MAX_VALUE;
/** The submitter comes first, if its event loop turns. */
const SUBMITTERS_TURN_MS: i32 = 5;
/** The most that a submitter writes; a time of the clock may be more. */
const LONGEST_GRACE_MS: i32 = 1 << 30;

// Milliseconds wrap after 24 days: only differences are compared.
function isBefore(a: i32, b: i32): bool {
  return a - b < 0;
}

/** Brings the host's next look forward. @param atMs by the clock of all threads @returns whether it was later, or not planned */
export function lookBy(atMs: i32): bool {
  const at = atMs | 1; // 0: no look is planned
  let planned = or32(LIMIT_LOOK, 0); // not a load: what the slot says of the limit comes first
  while (planned == 0 || isBefore(at, planned)) {
    if (cas32(LIMIT_LOOK, planned, at)) return true;
    planned = load32(LIMIT_LOOK);
  }
  return false;
}

/** Submitter, after it has written a limit to a slot of its own that is due then or later. */
export function expectLimit(atMs: i32): void {
  if (lookBy(atMs)) callHost();
}

// How long until something is due of this slot. What it says may be of another task by now: then whoever wrote it has planned a
// look, and nothing is done to a task whose state is not the one that was read here.
function keepLimit(index: i32, nowMs: i32): i32 {
  const slot = slotAt(index);
  const state = load64(slot + SLOT_STATE);
  const status = statusOf(state);
  if (status != RUNNING && status != QUEUED) return NEVER;
  const meta = loadRacy32(slot + SLOT_META);
  const asked = asker(slot, state);
  const timeout = meta & META_TIMED ? loadRacy32(slot + SLOT_TIMEOUT) : 0;
  const grace = loadRacy32(slot + SLOT_GRACE);
  const started = loadRacyF64(slot + SLOT_STARTED_AT);
  if (submitterOf(meta) == 0) return NEVER; // the host's own: it has timers
  if (asked == NOBODY_ASKED) {
    if (timeout == 0) return NEVER;
    if (status == QUEUED || started == 0) return timeout;
    const left = msOf(started) + timeout + SUBMITTERS_TURN_MS - nowMs;
    if (left > 0) return left;
    if (!askAsHost(slot, state)) return 1;
    if (left < 0) storeOwned32(workerBlockOf(workerOf(state)) + WORKER_ASKED_LATE, nowMs | 1);
    alert(workerOf(state), ATTENTION_CANCEL);
    return grace == 0 ? NEVER : grace;
  }
  if (grace == 0) return NEVER;
  if (asked == ASKED_BY_HOST && (grace < 0 || grace > LONGEST_GRACE_MS)) return 1; // its submitter is about to ask as well
  const end = asked == ASKED_BY_SUBMITTER ? grace : askedAt(workerOf(state), msOf(started) + timeout, nowMs) + grace;
  if (end - nowMs > 0) return end - nowMs;
  if (status == QUEUED) return SUBMITTERS_TURN_MS; // about to be run again: asked in the same moment in which its worker ended
  if (condemnSlotIn(index, state)) alert(workerOf(state), ATTENTION_DOOM);
  return NEVER;
}

// When the host asked: as soon as the time was over, or, where a look came late, then. That is one word a worker: who is asked late
// beside others gives them more time.
function askedAt(worker: i32, dueMs: i32, nowMs: i32): i32 {
  const due = dueMs + SUBMITTERS_TURN_MS;
  const late = loadOwned32(workerBlockOf(worker) + WORKER_ASKED_LATE);
  return late != 0 && isBefore(due, late) && !isBefore(nowMs, late) ? late : due;
}

function msOf(us: f64): i32 {
  return (us / 1000) as i64 as i32;
}

/**
 * Host, when a look is due: asks tasks to stop whose time is up, and takes those from their workers that did not.
 *
 * @returns whether there is more to keep: the next look is planned
 */
export function keepLimits(nowMs: i32): bool {
  exchange32(LIMIT_LOOK, 0); // before the look: a limit that is written from here on brings one of its own
  let next = NEVER;
  const fresh = min(load32(SLAB_FRESH), capacity);
  for (let index = 0; index < fresh; ++index) next = min(next, keepLimit(index, nowMs));
  for (let index = capacity; index < capacity + workers + submitters; ++index) {
    next = min(next, keepLimit(index, nowMs));
  }
  if (next == NEVER) return false;
  lookBy(nowMs + next);
  return true;
}
