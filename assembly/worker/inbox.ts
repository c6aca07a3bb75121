/**
 * Inbox: the completions of one submitter, an intrusive stack through the slots. Workers push by CAS; the submitter takes
 * all at once, so there is no ABA, and reverses the chain, so that it sees the order of completion. It cannot overflow and
 * never blocks a worker. docs/protocols/inbox.md
 */
import { META_SUBMITTER_SHIFT } from '../../src/abi/codes';
import { SLOT_META, SLOT_NEXT, SUBMITTERS_IN_USE, SUBMITTER_ARMED, SUBMITTER_INBOX } from '../../src/abi/layout';
import { submitterBlock, submitterBlockOf } from '../memory/region';
import { slotAt } from '../memory/slab';
import { cas32, exchange32, load32, loadOwned32, notify32, store32, storeOwned32 } from '../sync/atomics';

/** How long a completion may lie without a bell while its worker goes on: a bell costs the submitter a wake-up. */
const QUIET_US: f32 = 250;

/** Time of the tasks that were delivered without a bell since the last one; negative when none was. */
let quietUs: f32 = -1;

function push(index: i32): usize {
  const slot = slotAt(index);
  const block = submitterBlockOf(loadOwned32(slot + SLOT_META) >>> META_SUBMITTER_SHIFT); // ours since the claim
  while (true) {
    const head = load32(block + SUBMITTER_INBOX);
    storeOwned32(slot + SLOT_NEXT, head); // still ours: published by the CAS
    if (cas32(block + SUBMITTER_INBOX, head, index + 1)) return block;
  }
}

// Pairs with `arm`: either we see its 1, or it sees our task.
function ring(block: usize): void {
  if (load32(block + SUBMITTER_ARMED) != 0 && exchange32(block + SUBMITTER_ARMED, 0) != 0) {
    notify32(block + SUBMITTER_ARMED);
  }
}

/** Worker: delivers a finished task to its submitter and rings if that sleeps. */
export function deliver(index: i32): void {
  ring(push(index));
}

/**
 * Worker: delivers without a bell, which follows after QUIET_US of such tasks, before a task that may be long, or when the
 * worker has nothing to do: `ringQuiet`.
 *
 * @param us what the task took
 */
export function deliverQuietly(index: i32, us: f32): void {
  push(index);
  quietUs = (quietUs < 0 ? 0 : quietUs) + us;
}

/** Worker: rings for what was delivered quietly if another `nextUs` would be too long a silence. */
export function ringQuiet(nextUs: f32): void {
  if (quietUs < 0 || quietUs + nextUs < QUIET_US) return;
  quietUs = -1;
  const inUse = load32(SUBMITTERS_IN_USE);
  for (let submitter = 0; submitter < inUse; ++submitter) {
    const block = submitterBlockOf(submitter);
    if (load32(block + SUBMITTER_INBOX) != 0) ring(block);
  }
}

/** Longer than any silence: rings in any case. */
export const RING_NOW: f32 = 1e9;

/** Submitter: asks for a bell before it sleeps. @returns whether it may sleep: nothing came in before the bell was set */
export function arm(): bool {
  store32(submitterBlock + SUBMITTER_ARMED, 1);
  if (load32(submitterBlock + SUBMITTER_INBOX) == 0) return true;
  store32(submitterBlock + SUBMITTER_ARMED, 0);
  return false;
}

export function disarm(): void {
  if (loadOwned32(submitterBlock + SUBMITTER_ARMED) != 0) store32(submitterBlock + SUBMITTER_ARMED, 0);
}

/** Submitter. @returns the first of a chain in order of completion (slot index + 1, linked through next), 0 = none */
export function takeInbox(): i32 {
  if (load32(submitterBlock + SUBMITTER_INBOX) == 0) return 0;
  let newest = exchange32(submitterBlock + SUBMITTER_INBOX, 0); // pairs with the CAS of `deliver`
  let oldest = 0;
  while (newest != 0) {
    const slot = slotAt(newest - 1); // ours from here on: plain accesses
    const older = loadOwned32(slot + SLOT_NEXT);
    storeOwned32(slot + SLOT_NEXT, oldest);
    oldest = newest;
    newest = older;
  }
  return oldest;
}
