/**
 * Mailbox: tasks for one certain worker (broadcast), an intrusive stack like the inbox. Nobody steals from it.
 * docs/protocols/inbox.md#mailbox
 */
import { ATTENTION_MAIL } from '../../src/abi/codes';
import { SLOT_META, WORKER_ATTENTION, WORKER_MAIL, WORKER_MAILBOX, WORKER_MAIL_REST } from '../../src/abi/layout';
import { holdEntry, letGoTask } from '../memory/hand';
import { levelOf } from '../memory/meta';
import { workerBlock, workerBlockOf } from '../memory/region';
import { linkAt, slotAt } from '../memory/slab';
import { and32, cas32, exchange32, load32, loadOwned32, mayEnd, storeOwned32 } from '../sync/atomics';
import { alert } from './idle';
import { correctQueued, correctTaken } from './stats';

// What was taken out but not run yet: slot index + 1, linked. It stands in the worker block, so that the
// worker that replaces a lost one finds it. Only the worker itself reads and writes it: plain accesses.
function taken(): i32 {
  return loadOwned32(workerBlock + WORKER_MAIL);
}

/** Worker, and the host for a lost one: puts what was taken out before the others, in the order in which it came. */
export function orderMail(block: usize): void {
  let newest = loadOwned32(block + WORKER_MAIL_REST);
  while (newest != 0) {
    mayEnd(block + WORKER_MAIL_REST);
    const link = linkAt(newest - 1); // ours since it was taken out: plain accesses
    const older = loadOwned32(link);
    storeOwned32(link, loadOwned32(block + WORKER_MAIL));
    storeOwned32(block + WORKER_MAIL, newest);
    newest = older;
    storeOwned32(block + WORKER_MAIL_REST, newest);
  }
}

/** The host: puts an entry that a lost worker had taken before the others again. */
export function returnMail(block: usize, index: i32): void {
  storeOwned32(linkAt(index), loadOwned32(block + WORKER_MAIL));
  storeOwned32(block + WORKER_MAIL, index + 1);
}

// The submitter's until it is mailed, then the worker's that took it.
function levelAt(index: i32): i32 {
  return levelOf(loadOwned32(slotAt(index) + SLOT_META));
}

/** Submitter: puts its Queued slot into a worker's mailbox. */
export function mailTo(target: i32, index: i32): void {
  correctQueued(levelAt(index), 1);
  const box = workerBlockOf(target) + WORKER_MAILBOX;
  while (true) {
    const head = load32(box);
    storeOwned32(linkAt(index), head); // not published yet: the CAS does
    if (cas32(box, head, index + 1)) break;
  }
  letGoTask();
  alert(target, ATTENTION_MAIL);
}

/** Worker: the oldest mailed task. @returns a slot index or −1 */
export function takeMail(): i32 {
  if (taken() == 0) {
    and32(workerBlock + WORKER_ATTENTION, ~ATTENTION_MAIL); // before the take: mail that comes later sets it again
    storeOwned32(workerBlock + WORKER_MAIL_REST, exchange32(workerBlock + WORKER_MAILBOX, 0));
    orderMail(workerBlock);
    if (taken() == 0) return -1;
  }
  const index = taken() - 1;
  storeOwned32(workerBlock + WORKER_MAIL, loadOwned32(linkAt(index)));
  holdEntry(index);
  correctTaken(levelAt(index), -1);
  return index;
}

/** Whether mail was taken out and waits to be run. */
export function hasTakenMail(): bool {
  return taken() != 0;
}
