/**
 * Loop: what a worker does. `work` runs kernels until a handler task, a turn of the event loop, or nothing is left;
 * `runKernels` is the whole life of a worker that has no event loop to serve. docs/protocols/find.md
 */
import {
  ATTENTION_CANCEL,
  ATTENTION_DOOM,
  ATTENTION_RECALL,
  ATTENTION_STOP,
  DOOMED,
  EMPTY,
  FRAME,
  IDLE,
  STOP,
  TURN,
  WORKER_PARKED,
  WORKER_RUNNING,
  WORKER_SEARCHING,
  WORKER_STOPPED,
} from '../../src/abi/codes';
import { SLOT_TYPE, WORKER_ATTENTION, WORKER_PARK } from '../../src/abi/layout';
import { runStolen } from './join';
import { flushBlocks } from '../memory/pool';
import { spinSweeps, workerBlock } from '../memory/region';
import { flushSlots, slotAt } from '../memory/slab';
import { now } from '../sync/clock';
import { and32, load32, loadOwned32, wait32 } from '../sync/atomics';
import { backOff, backsOffNext, countFound } from './backoff';
import { find, findNested, kernelOf, stolenFrame, stolenLevel } from './find';
import { beginSearch, doze as sleepForAlerts, endSearch, hasSleptShortly, park } from './idle';
import { seesDoom } from './doom';
import { ringOwed, takeRang } from './inbox';
import { levels } from './level';
import { hasTakenMail, takeMail } from './mailbox';
import { answerRecall } from './recall';
import { addBusy, meanOf, setWorkerState } from './stats';
import { claimEntry, runKernel } from './task';

let busySince: f64 = 0;

function becomeBusy(): void {
  if (busySince != 0) return;
  busySince = now();
  setWorkerState(WORKER_RUNNING);
}

/** Ends a busy stretch, for the statistics. */
export function becomeIdle(state: i32): void {
  if (busySince != 0) addBusy(now() - busySince);
  busySince = 0;
  setWorkerState(state);
}

/** The time of the running stretch goes to the counter, so that a reader sees it grow. */
function reportBusy(): void {
  if (busySince == 0) return;
  const time = now();
  addBusy(time - busySince);
  busySince = time;
}

function pick(attention: i32, nestedOnly: bool): i32 {
  if (nestedOnly) return findNested();
  if (attention != 0 || hasTakenMail()) {
    const mailed = takeMail();
    if (mailed >= 0) return mailed;
  }
  return find(backsOffNext());
}

// A wake-up that was meant for this worker goes to another.
function leave(code: i32): i32 {
  endSearch();
  return code;
}

/**
 * Runs kernels for about `budgetUs` by their running means.
 *
 * @param nestedOnly takes nested tasks only: the worker's places are lent
 * @returns the index of a claimed handler task, or TURN, STOP, IDLE, DOOMED
 */
export function work(budgetUs: f32, nestedOnly: bool): i32 {
  let left = budgetUs;
  while (true) {
    const attention = load32(workerBlock + WORKER_ATTENTION);
    if (attention & (ATTENTION_STOP | ATTENTION_RECALL | ATTENTION_DOOM)) {
      if (attention & ATTENTION_RECALL) answerRecall();
      // A doomed worker's handlers may wait for nested tasks, which nobody else might run.
      if (attention & ATTENTION_DOOM && (nestedOnly || seesDoom())) {
        if (!nestedOnly) return leave(DOOMED);
      } else if (attention & ATTENTION_STOP) return leave(STOP);
    }
    if (left < 0) {
      reportBusy();
      return TURN;
    }
    const entry = pick(attention, nestedOnly);
    if (entry == EMPTY) {
      if (!nestedOnly && backOff()) continue;
      ringOwed();
      return IDLE;
    }
    if (entry == FRAME) {
      endSearch();
      countFound();
      becomeBusy();
      runStolen(stolenFrame, stolenLevel);
      left = -1; // it may have been a long one
      continue;
    }
    if (entry < 0) continue; // lost a race: somebody else got something, look again
    endSearch();
    if (!claimEntry(entry)) continue;
    countFound();
    becomeBusy();
    const type = loadOwned32(slotAt(entry) + SLOT_TYPE); // ours since the claim
    const kernel = kernelOf(type);
    if (kernel < 0) return entry;
    left -= runKernel(entry, kernel, meanOf(type));
  }
}

/**
 * Looks for work for a while before parking. Not after it has woken a submitter: systems put that on the waker's CPU when
 * the others are idle virtual ones, and there it waits for this thread to leave; unless tasks come so close together that
 * it is worth it. docs/adr/0007-wakers-give-way.md
 *
 * @returns whether something may be there
 */
export function spin(): bool {
  const givesWay = takeRang() && !hasSleptShortly();
  if (spinSweeps > 0 && !givesWay) {
    becomeIdle(WORKER_SEARCHING);
    beginSearch();
    for (let sweep = 0; sweep < spinSweeps; ++sweep) if (mayHaveWork()) return true;
  }
  flushSlots();
  flushBlocks();
  return false;
}

// One load a level word, one the attention word: what a spinning worker looks at.
function mayHaveWork(): bool {
  return load32(workerBlock + WORKER_ATTENTION) != 0 || levels() != 0;
}

/** Worker whose places are all taken: as `doze` of idle.ts, but a recall is answered, not slept through. */
export function doze(): i32 {
  if (load32(workerBlock + WORKER_ATTENTION) & ATTENTION_RECALL) answerRecall();
  return sleepForAlerts();
}

// A doomed worker has lost the task it ran; it is ended from outside.
function awaitEnd(): void {
  becomeIdle(WORKER_STOPPED);
  flushSlots();
  flushBlocks();
  const park = workerBlock + WORKER_PARK;
  while (true) wait32(park, load32(park));
}

/** Life of a worker without handlers. Returns when the scheduler stops; a kernel's trap leaves it by an exception. */
export function runKernels(): void {
  while (true) {
    // A kernel looks at its own cancel flag; the bit would keep this worker from parking.
    if (load32(workerBlock + WORKER_ATTENTION) & ATTENTION_CANCEL) {
      and32(workerBlock + WORKER_ATTENTION, ~ATTENTION_CANCEL);
    }
    const code = work(10_000, false);
    if (code == STOP) return;
    if (code == DOOMED) awaitEnd();
    if (code != IDLE || spin()) continue;
    becomeIdle(WORKER_PARKED);
    park();
  }
}
