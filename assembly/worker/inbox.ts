/**
 * Inbox: the completions of one submitter, an intrusive stack through the slots' links. Workers push by CAS; the submitter takes
 * all at once, so there is no ABA, and reverses the chain, so that it sees the order of completion. It cannot overflow and
 * never blocks a worker. docs/protocols/inbox.md
 */
import { ARMED_URGENT, ATTENTION_DRAIN, HIGH } from '../../src/abi/codes';
import {
  SUBMITTERS_IN_USE,
  SUBMITTER_ARMED,
  SUBMITTER_CHAIN,
  SUBMITTER_CHAIN_REST,
  SUBMITTER_FOREIGN,
  SUBMITTER_INBOX,
} from '../../src/abi/layout';
import { levelOf } from '../memory/meta';
import { submitterBlock, submitterBlockOf, workers } from '../memory/region';
import { linkAt } from '../memory/slab';
import { cas32, exchange32, load32, loadOwned32, mayEnd, notify32, store32, storeOwned32 } from '../sync/atomics';
import { callHost } from './host-call';
import { alert } from './idle';

/** This worker delivered to a napping submitter without a bell since it last had nothing to do. */
let owed: bool = false;

/** This worker woke a submitter since it was last asked. */
let rang: bool = false;

/** Of a place that has tasks of an owner that is gone: nobody waits for them, and somebody has to take them out. */
export function tellOfForeign(submitter: i32): void {
  if (submitter <= workers) alert(submitter - 1, ATTENTION_DRAIN);
  else callHost();
}

function ring(block: usize): void {
  if (exchange32(block + SUBMITTER_ARMED, 0) == 0) return;
  notify32(block + SUBMITTER_ARMED);
  rang = true;
}

/** Worker. @returns whether it woke a submitter since the last call */
export function takeRang(): bool {
  const was = rang;
  rang = false;
  return was;
}

/** Puts a finished task into the inbox of a submitter, who has it from here on; `tell` it. */
export function put(index: i32, submitter: i32): void {
  const inbox = submitterBlockOf(submitter) + SUBMITTER_INBOX;
  while (true) {
    const head = load32(inbox);
    storeOwned32(linkAt(index), head); // still ours: published by the CAS
    if (cas32(inbox, head, index + 1)) return;
  }
}

/**
 * After `put`: rings if the submitter sleeps; if it naps, only for Critical and High tasks: it looks by itself in a moment, and
 * a bell costs it a wake-up.
 *
 * @param meta of the slot, read before it was put
 */
export function tell(submitter: i32, meta: i32): void {
  const block = submitterBlockOf(submitter);
  // Pairs with `arm`: either we see its bell, or it sees our task.
  const armed = load32(block + SUBMITTER_ARMED);
  if (load32(block + SUBMITTER_FOREIGN) != 0) tellOfForeign(submitter);
  if (armed == 0) return;
  if (armed == ARMED_URGENT && levelOf(meta) > HIGH) owed = true;
  else ring(block);
}

/** Worker that has nothing to do: rings whoever naps on its completions, as there may be more where they came from. */
export function ringOwed(): void {
  if (!owed) return;
  owed = false;
  const inUse = load32(SUBMITTERS_IN_USE);
  for (let submitter = 0; submitter < inUse; ++submitter) {
    const block = submitterBlockOf(submitter);
    if (load32(block + SUBMITTER_INBOX) != 0 && load32(block + SUBMITTER_ARMED) != 0) ring(block);
  }
}

/**
 * Submitter: asks for a bell before it sleeps.
 *
 * @param bell ARMED_ALL, or ARMED_URGENT when it naps
 * @returns whether it may sleep: nothing came in before the bell was set
 */
export function arm(bell: i32): bool {
  store32(submitterBlock + SUBMITTER_ARMED, bell);
  if (load32(submitterBlock + SUBMITTER_INBOX) == 0) return true;
  store32(submitterBlock + SUBMITTER_ARMED, 0);
  return false;
}

export function disarm(): void {
  if (loadOwned32(submitterBlock + SUBMITTER_ARMED) != 0) store32(submitterBlock + SUBMITTER_ARMED, 0);
}

/** Submitter that expects an answer at once: looks for so many sweeps. @returns whether a completion is there */
export function spinForCompletion(sweeps: i32): bool {
  for (let sweep = 0; sweep < sweeps; ++sweep) if (load32(submitterBlock + SUBMITTER_INBOX) != 0) return true;
  return false;
}

/** Submitter whose chain is empty: puts what came in there, in order of completion. @returns its first, slot index + 1; 0 = none */
export function takeInbox(): i32 {
  if (load32(submitterBlock + SUBMITTER_INBOX) == 0) return 0;
  let newest = exchange32(submitterBlock + SUBMITTER_INBOX, 0); // pairs with the CAS of `put`
  storeOwned32(submitterBlock + SUBMITTER_CHAIN_REST, newest);
  let oldest = 0;
  while (newest != 0) {
    mayEnd(submitterBlock + SUBMITTER_CHAIN_REST);
    const link = linkAt(newest - 1); // ours from here on: plain accesses
    const older = loadOwned32(link);
    storeOwned32(link, oldest);
    oldest = newest;
    newest = older;
    storeOwned32(submitterBlock + SUBMITTER_CHAIN, oldest);
    storeOwned32(submitterBlock + SUBMITTER_CHAIN_REST, newest);
  }
  return oldest;
}
