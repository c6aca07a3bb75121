/**
 * History: runs a script of single operations on each of several threads and records what every one was asked, what it
 * answered, and when it began and ended by one shared counter, so that the order in real time is exact. An entry of the
 * checked build only; tests/stress/history/ writes the scripts and judges the histories.
 *
 *   control block   +0 come to a meeting   +128 clock   +256 late threads   +384 ready after it
 *   script          three words an operation: what, a, b; ends with END
 *   records         six words an operation: what, a, b, answer, begin, end; an operation of several values has a MORE for each further one
 */
import { EMPTY, FULL, META_SUBMITTER_SHIFT } from '../../src/abi/codes';
import { DEPOTS, LINK_COUNT, SLOT_META } from '../../src/abi/layout';
import { depotPop, depotPush } from '../memory/depot';
import { submitterOf } from '../memory/meta';
import { allocBlock, freeBlock } from '../memory/pool';
import { ringMask, runMask, self, worker } from '../memory/region';
import * as slab from '../memory/slab';
import { ringPublish, ringSpace, ringStage } from '../queue/ring';
import { runQueue, stealHalf, takeOwn } from '../queue/run-queue';
import {
  moveSubmissions,
  publishSubmissions,
  stageSubmission,
  submissionQueue,
  takeSubmission,
} from '../queue/submission';
import { add32, load32, loadOwned32, notify32, storeOwned32, wait32 } from '../sync/atomics';
import { now } from '../sync/clock';
import { put, takeInbox, tell } from '../worker/inbox';
import { mailTo, takeMail } from '../worker/mailbox';

const CLOCK: usize = 128;
const LATE: usize = 256;
const READY: usize = 384;
const PATIENCE_US: f64 = 10_000_000;
const LEVEL: i32 = 2;
/**
 * Looks for the others before a thread sleeps, some milliseconds: threads that sleep and wake each other stay on one CPU, those
 * that do not are spread by the system.
 */
const LOOKS: i32 = 1_000_000;
/** Looks for the others, who may just have been woken, before it begins without them: they shall begin together. */
const LOOKS_READY: i32 = 100_000;

const SCRIPT_BYTES: usize = 12;
const RECORD_BYTES: usize = 24;

// What a script may ask for: tests/stress/history/operation.ts names the same numbers.
const MORE = 0;
const END = 1;
const MEET = 2;
const PAUSE = 3;
const UNTIL_EMPTY = 4;
const FORGET = 5;
const SUBMIT = 10;
const TAKE = 11;
const MOVE = 12;
const PUBLISH = 20;
const TAKE_OWN = 21;
const STEAL_HALF = 22;
const PUSH_MAGAZINE = 40;
const POP_MAGAZINE = 41;
const DELIVER = 50;
const TAKE_INBOX = 51;
const MAIL = 52;
const TAKE_MAIL = 53;
const ALLOC_SLOT = 60;
const FREE_SLOT = 61;
const ALLOC_BLOCK = 62;
const FREE_BLOCK = 63;
const ENTER_QUEUED = 64;
const CLAIM = 65;
const CANCEL = 66;

/** In place of an argument: what the thread holds. */
const HELD = -1;

let control: usize = 0;
let record: usize = 0;
let held: usize = 0;
let holds: i32 = 0;
let meetings: i32 = 0;
let deadline: f64 = 0;
let checks: i32 = 0;
/** Bytes of the block that is being freed: freeing takes them. */
let bytes: i32 = 0;

function tick(): i32 {
  return add32(control + CLOCK, 1);
}

// A thread that waits for one that never comes gives up.
function isLate(): bool {
  checks += 1;
  if ((checks & 4095) != 0 || now() < deadline) return false;
  add32(control + LATE, 1);
  return true;
}

function come(everybody: i32, parties: i32): void {
  if (add32(control, 1) + 1 == everybody) {
    for (let other = 1; other < parties; ++other) notify32(control);
    return;
  }
  for (let look = 0; look < LOOKS; ++look) if (load32(control) >= everybody) return;
  for (let here = load32(control); here < everybody && !isLate(); here = load32(control)) wait32(control, here);
}

function meet(parties: i32): void {
  meetings += 1;
  come(meetings * parties, parties);
  const everybody = (meetings - 1) * parties;
  add32(control + READY, 1);
  for (let look = 0; look < LOOKS_READY; ++look) if (load32(control + READY) >= everybody) return;
}

function write(what: i32, a: i32, b: i32, answer: i32, begin: i32, end: i32): void {
  storeOwned32(record, what);
  storeOwned32(record + 4, a);
  storeOwned32(record + 8, b);
  storeOwned32(record + 12, answer);
  storeOwned32(record + 16, begin);
  storeOwned32(record + 20, end);
  record += RECORD_BYTES;
}

function hold(value: i32, length: i32): void {
  storeOwned32(held + ((holds as usize) << 3), value);
  storeOwned32(held + ((holds as usize) << 3) + 4, length);
  holds += 1;
}

// The oldest: what was freed last is not freed and taken again at once.
function letGo(): i32 {
  const value = loadOwned32(held);
  bytes = loadOwned32(held + 4);
  holds -= 1;
  for (let at: usize = 0; at < (holds as usize) << 3; at += 4) storeOwned32(held + at, loadOwned32(held + 8 + at));
  return value;
}

function submitOne(value: i32): i32 {
  if (ringSpace(submissionQueue(self, LEVEL), ringMask) <= 0) return FULL;
  stageSubmission(LEVEL, 0, value);
  publishSubmissions(LEVEL, 1);
  return 0;
}

function publishBatch(first: i32, count: i32): i32 {
  const ring = runQueue(worker, LEVEL);
  if (ringSpace(ring, runMask) < count) return FULL;
  for (let i = 0; i < count; ++i) ringStage(ring, runMask, i, first + i);
  ringPublish(ring, count);
  return 0;
}

function deliver(index: i32): void {
  const meta = loadOwned32(slab.slotAt(index) + SLOT_META);
  put(index, submitterOf(meta));
  tell(submitterOf(meta), meta);
}

function pushMagazine(index: i32): void {
  const node = slab.nodeOf(index);
  storeOwned32(node, 0);
  storeOwned32(node + LINK_COUNT, 1);
  depotPush(DEPOTS, node);
}

function popMagazine(): i32 {
  const node = depotPop(DEPOTS);
  return node == 0 ? EMPTY : slab.slotOfNode(node);
}

function perform(what: i32, a: i32, b: i32): i32 {
  switch (what) {
    case SUBMIT:
      return submitOne(a);
    case TAKE:
      return takeSubmission(a, LEVEL);
    case MOVE:
      return moveSubmissions(a, LEVEL, runQueue(worker, LEVEL), runMask, b);
    case PUBLISH:
      return publishBatch(a, b);
    case TAKE_OWN:
      return takeOwn(LEVEL);
    case STEAL_HALF:
      return stealHalf(a, LEVEL);
    case PUSH_MAGAZINE:
      pushMagazine(a);
      return 0;
    case POP_MAGAZINE:
      return popMagazine();
    case DELIVER:
      deliver(a);
      return 0;
    case TAKE_INBOX:
      return takeInbox() - 1;
    case MAIL:
      mailTo(b, a);
      return 0;
    case TAKE_MAIL:
      return takeMail();
    case ALLOC_SLOT:
      return slab.allocSlot();
    case FREE_SLOT:
      slab.freeSlot(a);
      return 0;
    case ALLOC_BLOCK:
      return allocBlock(b) as i32;
    case FREE_BLOCK:
      freeBlock(a as usize, b);
      return 0;
    case ENTER_QUEUED:
      slab.enterQueued(slab.slotAt(a));
      return 0;
    case CLAIM:
      return slab.claimSlot(slab.slotAt(a), worker) ? 1 : 0;
    case CANCEL:
      return slab.cancelSlot(a) ? 1 : 0;
    default:
      return unreachable();
  }
}

// Further values of an operation: what it put into this thread's own queue, or linked to the first one.
function writeFurther(what: i32, answer: i32): void {
  if (what == MOVE || what == STEAL_HALF) {
    if (answer < 0) return;
    for (let value = takeOwn(LEVEL); value != EMPTY; value = takeOwn(LEVEL)) write(MORE, 0, 0, value, 0, 0);
  } else if (what == TAKE_INBOX) {
    for (let index = answer; index >= 0;) {
      index = loadOwned32(slab.linkAt(index)) - 1; // the chain is ours
      if (index >= 0) write(MORE, 0, 0, index, 0, 0);
    }
  }
}

/** @returns the answer */
function run(what: i32, a: i32, b: i32): i32 {
  if (a == HELD) {
    if (holds == 0) return EMPTY;
    a = letGo();
    if (what == FREE_BLOCK) b = bytes;
  }
  if (what == DELIVER) storeOwned32(slab.slotAt(a) + SLOT_META, b << META_SUBMITTER_SHIFT);
  if (what == MAIL) storeOwned32(slab.slotAt(a) + SLOT_META, 0);
  const begin = tick();
  const answer = perform(what, a, b);
  write(what, a, b, answer, begin, tick());
  writeFurther(what, answer);
  if (what == ALLOC_SLOT || what == POP_MAGAZINE) {
    if (answer >= 0) hold(answer, 0);
  } else if (what == ALLOC_BLOCK && answer != 0) {
    hold(answer, b);
  }
  return answer;
}

/** First call, on every thread. @param list room for all that the thread may hold, two words each */
export function historyBegin(block: usize, list: usize): void {
  control = block;
  held = list;
  holds = 0;
  meetings = 1; // the crew has met already
  deadline = now() + PATIENCE_US;
}

/** Runs a script. @returns how many bytes of records were written */
export function historyRun(script: usize, records: usize, parties: i32): i32 {
  record = records;
  let at = script;
  for (let what = loadOwned32(at); what != END; what = loadOwned32(at)) {
    const a = loadOwned32(at + 4);
    const b = loadOwned32(at + 8);
    at += SCRIPT_BYTES;
    if (what == MEET) {
      meet(parties);
      write(MEET, 0, 0, 0, 0, 0);
    } else if (what == PAUSE) {
      for (let look = 0; look < a; ++look) load32(control);
    } else if (what == FORGET) {
      holds = 0;
    } else if (what == UNTIL_EMPTY) {
      while (run(a, b, 0) >= 0) continue;
    } else {
      run(what, a, b);
    }
  }
  return (record - records) as i32;
}
