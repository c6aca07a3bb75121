/**
 * Script: the model checker's kernel. What one does stands in memory as hexadecimal digits, the first the lowest: 0 ends it, 1 to 7
 * spawn the script of that number, the others are DO_… Its result is 2 to the power of its number, plus the results of those it joins.
 */
import { FRAME_ENDED, FRAME_JOINED, FRAME_MARK_SHIFT } from '../src/abi/codes';
import { FRAME_BYTES, FRAME_KERNEL, FRAME_STATE, FRAME_VALUE, PAGE_BYTES, SLOT_TYPE } from '../src/abi/layout';
import { awaitFrame, ownStateOf, setResult, setResultBytes, stateOf } from './memory/frame';
import { worker } from './memory/region';
import { slotAt } from './memory/slab';
import { stealFrame } from './queue/share';
import { loadOwned32, loadOwned64, loadOwnedF64, storeOwned32 } from './sync/atomics';
import { checkpoint } from './worker/checkpoint';
import { kernelOf } from './worker/find';
import { head, headAt } from './worker/frame-stack';
import { joinFrame, reclaimFrame, runStolen } from './worker/join';
import { spawnFrame } from './worker/spawn';
import { runKernel } from './worker/task';

const SCRIPTS: i32 = 8;
const WORKERS: i32 = 4;
const DO_JOIN_YOUNGEST: i32 = 8;
const DO_JOIN_OLDEST: i32 = 9;
const DO_BYTES: i32 = 10;
const DO_CHECKPOINT: i32 = 11;
const DO_WAIT: i32 = 12;
const DO_RECLAIM_YOUNGEST: i32 = 13;
const DO_RECLAIM_OLDEST: i32 = 14;

let scripts: usize = 0;

/** Where they stand, behind them the counters of how often a worker has begun and ended each. */
export function scriptsAt(address: usize): void {
  scripts = address;
}

function countScript(number: i32, ends: i32): void {
  const counter = scripts + ((SCRIPTS * 2 + (number * WORKERS + worker) * 2 + ends) << 2);
  storeOwned32(counter, loadOwned32(counter) + 1); // a worker has its own
}

function handleOf(frame: usize): usize {
  return frame | ((loadOwned32(frame + FRAME_STATE) >>> FRAME_MARK_SHIFT) as usize);
}

// Of this kernel, whose first frame is `first`.
function youngest(first: usize): usize {
  let frame = head - FRAME_BYTES;
  while (frame > first && ownStateOf(frame) == FRAME_JOINED) frame -= FRAME_BYTES;
  return handleOf(frame);
}

function oldest(first: usize): usize {
  let frame = first;
  while (ownStateOf(frame) == FRAME_JOINED) frame += FRAME_BYTES;
  return handleOf(frame);
}

// Does here what the kernel would have done, or joins it.
function reclaimOrJoin(task: usize, handle: usize): f64 {
  const number = loadOwnedF64((handle & ~(FRAME_BYTES - 1)) + FRAME_VALUE) as i32;
  return reclaimFrame(handle) ? perform(task, number) : joinFrame(handle);
}

// Until a thief has run it.
function waitFor(frame: usize): void {
  while (stateOf(frame) != FRAME_ENDED) awaitFrame(frame, 0);
}

function act(task: usize, digit: i32, first: usize): f64 {
  if (digit < DO_JOIN_YOUNGEST) spawnFrame(loadOwned32(task + FRAME_KERNEL), digit as f64);
  else if (digit == DO_JOIN_YOUNGEST) return joinFrame(youngest(first));
  else if (digit == DO_JOIN_OLDEST) return joinFrame(oldest(first));
  else if (digit == DO_BYTES) setResultBytes(task, PAGE_BYTES / 2);
  else if (digit == DO_CHECKPOINT) checkpoint();
  else if (digit == DO_WAIT) waitFor(first);
  else if (digit == DO_RECLAIM_YOUNGEST) return reclaimOrJoin(task, youngest(first));
  else if (digit == DO_RECLAIM_OLDEST) return reclaimOrJoin(task, oldest(first));
  return 0;
}

function scriptOf(number: i32): i64 {
  return loadOwned64(scripts + ((number as usize) << 3));
}

// Does what a script says, in the kernel of a frame.
function perform(task: usize, number: i32): f64 {
  const first = head;
  let result: f64 = (1 << number) as f64;
  countScript(number, 0);
  for (let left = scriptOf(number); left != 0; left >>>= 4) result += act(task, (left as i32) & 15, first);
  countScript(number, 1);
  return result;
}

function givesBytes(number: i32): bool {
  for (let left = scriptOf(number); left != 0; left >>>= 4) if (((left as i32) & 15) == DO_BYTES) return true;
  return false;
}

export function script(task: usize): void {
  const number = loadOwnedF64(task + FRAME_VALUE) as i32;
  const result = perform(task, number);
  if (!givesBytes(number)) setResult(task, result);
}

/** Runs a task that this worker has claimed. */
export function runTask(index: i32): void {
  runKernel(index, kernelOf(loadOwned32(slotAt(index) + SLOT_TYPE)), 1);
}

/** @returns the address of a frame, EMPTY or LOST_RACE */
export function frameSteal(victim: i32, atLevel: i32): i32 {
  return stealFrame(victim, atLevel, headAt(atLevel));
}

export function frameRun(frame: usize, atLevel: i32): void {
  runStolen(frame, atLevel);
}
