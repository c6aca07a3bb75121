/**
 * Join: how kernels run, spawn others and wait for them. Whoever waits for a stolen one helps: first who has stolen it
 * (leapfrogging: Wagner & Calder 1993), then anybody. docs/protocols/fork-join.md
 */
import {
  EMPTY,
  FAULT_JOIN,
  FAULT_STOPPED,
  FAULT_TRAP,
  FRAME_AWAITED,
  FRAME_ENDED,
  FRAME_JOINED,
  FRAME_MARK_SHIFT,
  FRAME_OPEN,
  FRAME_RUNNING,
  LEVELS,
  LOST_RACE,
  TAG_KERNEL_FAULT,
  TAG_NUMBER,
} from '../../src/abi/codes';
import {
  FRAME_BYTES,
  FRAME_KERNEL,
  FRAME_PAYLOAD,
  FRAME_RESULT,
  FRAME_ROOT,
  FRAME_STATE,
  FRAME_TAG,
  FRAME_THIEF,
  FRAME_VALUE,
  ROOT_FRAMES,
  SLOT_PAYLOAD,
  SLOT_VALUE,
} from '../../src/abi/layout';
import { worker, workers } from '../memory/region';
import { isCancelRequested } from '../memory/slab';
import {
  load32,
  loadOwned32,
  loadOwned64,
  loadOwnedF64,
  loadRacy32,
  storeOwned32,
  storeOwned64,
  storeOwnedF64,
} from '../sync/atomics';
import { levels } from './level';
import {
  MARK,
  awaitFrame,
  beginResult,
  dropBlock,
  endFrame,
  hasFailed,
  passFailure,
  setFailure,
  setState,
  stateOf,
  stateWord,
} from '../memory/frame';
import * as guard from './guard';
import { rootsOf, stackOf } from '../memory/fork';
import { stealFrame } from '../queue/share';
import { baseOfCurrent, currentFrame, entered, forgetBase, kept, keepBase, liveEnd, resume, taken } from './current';
import {
  bottom,
  enterLevel,
  head,
  headAt,
  level,
  popJoined,
  drop,
  popTo,
  privateFrom,
  quickFrom,
  resetStack,
  setStopping,
  takeBack,
  unshare,
} from './frame-stack';

/** Kernels of others on top of a joining one, one on the other; each may be a whole tree. */
const HELP_DEPTH: i32 = 32;
/** Looks at a stolen frame before its owner sleeps, a few ns each; the model's joiners sleep at once. */
const JOIN_SWEEPS: i32 = isDefined(ENGINE_MODEL) ? 0 : 2000;
/** Longest sleep before it looks for something to help with again. */
const JOIN_SLEEP_US: i32 = 100;

/** The slot of the task that it belongs to. */
export let root: usize = 0;
/** What the frames of its kernels begin with. */
export let tagAndRoot: i64 = 0;
let helping: i32 = 0;
let victim: i32 = 0;
let rootFrame: usize = 0;

/** Forgets what this instance knew: it is nobody yet, or its kernels are gone with a trap. */
export function resetForks(): void {
  root = 0;
  helping = 0;
  rootFrame = worker < 0 ? 0 : rootsOf(worker);
  resetStack();
  resume(0, 0, 0, 0);
}

// A function of its own, so that `tallyio build` sees whether users call what a value names.
function callKernel(frame: usize): void {
  call_indirect(loadOwned32(frame + FRAME_KERNEL), frame);
}

/** Runs a frame and what it has spawned and not joined. */
export function runFrame(frame: usize): void {
  const outer = entered;
  const outerBottom = bottom;
  const outerKept = kept;
  const mark = liveEnd();
  const from = head;
  resume(frame, from, mark, mark);
  callKernel(frame);
  if (head != from) joinRest(from);
  resume(outer, outerBottom, outerKept, mark);
}

// What a kernel has spawned from here on and not joined.
function joinRest(from: usize): void {
  for (let frame = from; frame < head; frame += FRAME_BYTES) {
    if (stateOf(frame) == FRAME_JOINED) continue;
    settle(frame);
    takeOutcome(frame);
  }
  popTo(from);
}

function enterRoot(slot: usize): void {
  root = slot;
  tagAndRoot = ((slot as i64) << 32) | (TAG_NUMBER as i64);
  if (slot != 0) setStopping(isCancelRequested(slot));
}

// Whether it is another one than the youngest of this kernel, private and not begun. One of another kernel runs, or is out of reach.
function isFar(frame: usize, handle: usize): bool {
  return (
    frame + FRAME_BYTES != head ||
    frame < quickFrom ||
    loadOwned32(frame + FRAME_STATE) != stateWord((handle & MARK) as i32, FRAME_OPEN)
  );
}

/** @returns whether nobody has begun a spawned kernel: then nobody does, and the handle is none any more */
export function reclaimFrame(handle: usize): bool {
  const frame = handle & ~MARK;
  if (isFar(frame, handle)) return reclaimSlowly(handle);
  drop(frame);
  return true;
}

// Of a task that was asked to stop nothing is begun: `join` says so.
function reclaimSlowly(handle: usize): bool {
  const frame = handle & ~MARK;
  const base = baseOfCurrent();
  if (frame < base || frame >= head || isCancelRequested(root)) return false;
  if (load32(frame + FRAME_STATE) != stateWord((handle & MARK) as i32, FRAME_OPEN)) return false;
  if (frame < privateFrom && !takeBack(frame)) return false;
  setState(frame, FRAME_JOINED);
  popJoined(base);
  return true;
}

/** @returns the result of a spawned kernel; 0 when it has failed, which fails the caller, too */
export function joinFrame(handle: usize): f64 {
  const frame = handle & ~MARK;
  if (isFar(frame, handle)) return joinSlowly(handle);
  storeOwned32(frame + FRAME_STATE, FRAME_RUNNING);
  forgetBase();
  callKernel(frame);
  if (head != frame + FRAME_BYTES) joinRest(frame + FRAME_BYTES);
  forgetBase();
  popTo(frame);
  return loadOwned32(frame + FRAME_TAG) == TAG_NUMBER ? loadOwnedF64(frame + FRAME_RESULT) : takeOutcome(frame);
}

function misuse(): f64 {
  setFailure(currentFrame(), TAG_KERNEL_FAULT, FAULT_JOIN);
  return 0;
}

function joinSlowly(handle: usize): f64 {
  const frame = handle & ~MARK;
  const base = baseOfCurrent();
  if (frame < base || frame >= head) return misuse();
  const word = load32(frame + FRAME_STATE);
  if (word >>> FRAME_MARK_SHIFT != ((handle & MARK) as i32) || stateOf(frame) == FRAME_JOINED) return misuse();
  settle(frame);
  keepBase(base);
  const result = takeOutcome(frame);
  setState(frame, FRAME_JOINED);
  popJoined(base);
  return result;
}

// A private frame. One of a task that was asked to stop is not begun any more.
function runOwn(frame: usize): void {
  setState(frame, FRAME_RUNNING);
  if (isCancelRequested(root)) skip(frame);
  else runFrame(frame);
}

function skip(frame: usize): void {
  setFailure(frame, TAG_KERNEL_FAULT, FAULT_STOPPED);
}

function settle(frame: usize): void {
  if (stateOf(frame) == FRAME_ENDED) return;
  if (frame >= privateFrom || takeBack(frame)) {
    runOwn(frame);
    setState(frame, FRAME_ENDED);
  } else awaitEnd(frame);
}

function takeOutcome(frame: usize): f64 {
  if (hasFailed(frame)) {
    passFailure(frame, currentFrame());
    return 0;
  }
  dropBlock(frame);
  return loadOwnedF64(frame + FRAME_RESULT);
}

// Until a stolen frame has ended.
function awaitEnd(frame: usize): void {
  let left = JOIN_SWEEPS;
  while (stateOf(frame) != FRAME_ENDED) {
    if (help(frame)) left = JOIN_SWEEPS;
    else if (--left < 0) awaitFrame(frame, JOIN_SLEEP_US);
  }
}

// @returns whether something was run
function help(frame: usize): bool {
  if (helping == HELP_DEPTH) return false;
  const thief = loadRacy32(frame + FRAME_THIEF) - 1; // a hint: the thief may be about to write it
  const found = thief >= 0 && thief != worker ? stealFrame(thief, level, head) : EMPTY;
  if (found != EMPTY && found != LOST_RACE) {
    runStolen(found as usize, level);
    return true;
  }
  const busy = levels();
  for (let urgent = 0; urgent <= level; ++urgent) {
    if ((busy & (1 << urgent)) == 0) continue;
    const other = stealAny(urgent);
    if (other == EMPTY || other == LOST_RACE) continue;
    runStolen(other as usize, urgent);
    return true;
  }
  return false;
}

/** Thief: a frame of any other worker. @returns its address, EMPTY or LOST_RACE */
export function stealAny(atLevel: i32): i32 {
  const own = headAt(atLevel);
  let result = EMPTY;
  for (let i = 1; i < workers; ++i) {
    victim = victim + 1 < workers ? victim + 1 : 0;
    if (victim == worker) victim = victim + 1 < workers ? victim + 1 : 0;
    const frame = stealFrame(victim, atLevel, own);
    if (frame == LOST_RACE) result = LOST_RACE;
    else if (frame != EMPTY) return frame;
  }
  return result;
}

/** Thief: runs a stolen frame, and tells its owner. */
export function runStolen(frame: usize, atLevel: i32): void {
  const outerLevel = level;
  const outerRoot = root;
  enterLevel(atLevel);
  enterRoot(loadOwned32(frame + FRAME_ROOT) as usize);
  helping += 1;
  if (isCancelRequested(root)) skip(frame);
  else runContained(frame);
  helping -= 1;
  enterRoot(outerRoot);
  enterLevel(outerLevel);
  endFrame(frame);
}

// The model's kernels trap nowhere.
function runGuarded(frame: usize): i32 {
  if (!isDefined(ENGINE_MODEL)) return guard.run(frame);
  runFrame(frame);
  return 0;
}

/** Runs a frame; a trap in it ends it alone. @returns false when it trapped */
export function runContained(frame: usize): bool {
  const outer = entered;
  const outerBottom = bottom;
  const outerKept = kept;
  const mark = taken;
  const outerHead = head;
  const outerLevel = level;
  const outerRoot = root;
  const outerHelping = helping;
  const outerRootFrame = rootFrame;
  if (runGuarded(frame) == 0) return true;
  // All that ran on top is gone.
  helping = outerHelping;
  abandonAbove(outerLevel, outerHead);
  dropRoots(outerRootFrame);
  resume(outer, outerBottom, outerKept, mark);
  enterRoot(outerRoot);
  dropBlock(frame);
  beginResult(frame);
  setFailure(frame, TAG_KERNEL_FAULT, FAULT_TRAP);
  if (!isDefined(ENGINE_MODEL)) guard.fail(frame);
  return false;
}

// What kernels that are gone had spawned is not begun any more; what others have stolen of it is waited for. Those on top were
// at this level, or at more urgent ones, of which nothing lies below.
function abandonAbove(atLevel: i32, from: usize): void {
  for (let urgent = 0; urgent <= atLevel; ++urgent) {
    enterLevel(urgent);
    abandon(urgent == atLevel ? from : stackOf(worker, urgent));
  }
}

function abandon(from: usize): void {
  resume(0, head, taken, taken); // who helps meanwhile leaves their scratch memory alone: what is stolen may use it
  const tail = unshare();
  for (let frame = from; frame < head; frame += FRAME_BYTES) {
    const state = stateOf(frame);
    if (frame < tail && (state == FRAME_OPEN || state == FRAME_AWAITED)) awaitEnd(frame);
    dropBlock(frame);
  }
  popTo(from);
}

function dropRoots(from: usize): void {
  const end = rootsOf(worker) + (ROOT_FRAMES as usize) * FRAME_BYTES;
  for (let frame = from; frame < end; frame += FRAME_BYTES) dropBlock(frame);
  rootFrame = from;
}

/** After a trap that nothing contained: all frames of this worker are gone. */
export function abandonAll(): void {
  helping = 0;
  abandonAbove(LEVELS - 1, stackOf(worker, LEVELS - 1));
  dropRoots(rootsOf(worker));
  resetForks();
}

/** Worker: a frame for a task, at its level. `endRoot` gives it back. */
export function beginRoot(slot: usize, kernel: i32, atLevel: i32): usize {
  const frame = rootFrame;
  rootFrame = frame + FRAME_BYTES;
  storeOwnedF64(frame + FRAME_VALUE, loadOwnedF64(slot + SLOT_VALUE));
  storeOwned64(frame + FRAME_PAYLOAD, loadOwned64(slot + SLOT_PAYLOAD)); // and its length
  storeOwned32(frame + FRAME_KERNEL, kernel);
  enterLevel(atLevel);
  enterRoot(slot);
  beginResult(frame);
  return frame;
}

export function endRoot(frame: usize, outer: usize, outerLevel: i32): void {
  rootFrame = frame;
  enterRoot(outer);
  if (outerLevel >= 0) enterLevel(outerLevel);
}

/** Whether one more task may run on top. */
export function hasRootFrame(): bool {
  return rootFrame < rootsOf(worker) + (ROOT_FRAMES as usize) * FRAME_BYTES;
}
