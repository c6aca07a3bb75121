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
import { joinFrame, runStolen } from './worker/join';
import { spawnFrame } from './worker/spawn';
import { runKernel } from './worker/task';

const SCRIPTS: i32 = 8;
const WORKERS: i32 = 4;
const DO_JOIN_YOUNGEST: i32 = 8;
const DO_JOIN_OLDEST: i32 = 9;
const DO_BYTES: i32 = 10;
const DO_CHECKPOINT: i32 = 11;
const DO_WAIT: i32 = 12;

let scripts: usize = 0;

/** Where they stand, behind them the counters of how often a worker has begun and ended each. */
export function scriptsAt(address: usize): void {
  scripts = address;
}

function countScript(number: i32, ends: i32): void {
  const counter = scripts + ((SCRIPTS * 2 + (number * WORKERS + worker) * 2 + ends) << 2);
  storeOwned32(counter, loadOwned32(counter) + 1); // a worker has its own
}

function join(frame: usize): f64 {
  return joinFrame(frame | ((loadOwned32(frame + FRAME_STATE) >>> FRAME_MARK_SHIFT) as usize));
}

// Of this kernel, whose first frame is `first`.
function joinYoungest(first: usize): f64 {
  let frame = head - FRAME_BYTES;
  while (frame > first && ownStateOf(frame) == FRAME_JOINED) frame -= FRAME_BYTES;
  return join(frame);
}

function joinOldest(first: usize): f64 {
  let frame = first;
  while (ownStateOf(frame) == FRAME_JOINED) frame += FRAME_BYTES;
  return join(frame);
}

// Until a thief has run it.
function waitFor(frame: usize): void {
  while (stateOf(frame) != FRAME_ENDED) awaitFrame(frame, 0);
}

function act(task: usize, digit: i32, first: usize): f64 {
  if (digit < DO_JOIN_YOUNGEST) spawnFrame(loadOwned32(task + FRAME_KERNEL), digit as f64);
  else if (digit == DO_JOIN_YOUNGEST) return joinYoungest(first);
  else if (digit == DO_JOIN_OLDEST) return joinOldest(first);
  else if (digit == DO_BYTES) setResultBytes(task, PAGE_BYTES / 2);
  else if (digit == DO_CHECKPOINT) checkpoint();
  else if (digit == DO_WAIT) waitFor(first);
  return 0;
}

export function script(task: usize): void {
  const number = loadOwnedF64(task + FRAME_VALUE) as i32;
  const first = head;
  let result: f64 = (1 << number) as f64;
  let bytes = false;
  countScript(number, 0);
  for (let left = loadOwned64(scripts + ((number as usize) << 3)); left != 0; left >>>= 4) {
    const digit = (left as i32) & 15;
    if (digit == DO_BYTES) bytes = true;
    result += act(task, digit, first);
  }
  if (!bytes) setResult(task, result);
  countScript(number, 1);
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
