/**
 * The bench's side in WebAssembly, built together with the engine into one module: kernels, and plain functions that the
 * floors and the calibration call without the engine.
 */
import { argument, fail, payload, payloadLength, setResult, setResultBytes } from '../assembly/index';
import { enterLevel, head, popTo, privateFrom, pushFrame, resetStack, share, takeBack } from '../assembly/fork/stack';
import { attachRegion } from '../assembly/memory/region';
import { loadOwned32, storeOwned32 } from '../assembly/sync/atomics';
import { FRAME_OPEN } from '../src/abi/codes';
import {
  FRAME_BYTES,
  FRAME_STATE,
  FRAME_VALUE,
  HEADER_FORKS,
  HEADER_FRAMES,
  HEADER_MAGIC,
  HEADER_VERSION,
  HEADER_WORKERS,
  HEADER_WORKER_BLOCKS,
  LAYOUT_MAGIC,
  LAYOUT_VERSION,
} from '../src/abi/layout';

// Kernels

export function empty(task: usize): void {
  setResult(task, 0);
}

export function double(task: usize): void {
  setResult(task, argument(task) * 2);
}

/** Work in proportion to the argument, the same on every run. */
export function busy(task: usize): void {
  setResult(task, burn(argument(task)));
}

/** The bytes of the input. */
export function echo(task: usize): void {
  const length = payloadLength(task);
  const to = setResultBytes(task, length);
  if (length != 0 && to == 0) return fail(task, -1);
  memory.copy(to, payload(task), length as usize);
}

// Plain functions, for an instance of their own on a memory of 1 MiB

/** `units` steps of dependent arithmetic. */
export function burn(units: f64): f64 {
  let x: f64 = 1;
  for (let unit: f64 = 0; unit < units; unit++) x = x * 1.0000001 + 1e-9;
  return x;
}

const SCRATCH = 512 * 1024;
const BURST = 1000;
const FRAMES = 2048;

function pushEntry(entry: i32): void {
  const frame = pushFrame();
  storeOwned32(frame + FRAME_VALUE, entry);
  storeOwned32(frame + FRAME_STATE, FRAME_OPEN);
  share();
}

function popEntry(): i32 {
  const frame = head - FRAME_BYTES;
  if (frame < privateFrom) takeBack(frame);
  popTo(frame);
  return loadOwned32(frame + FRAME_VALUE);
}

/** Pushes and pops `bursts` × 1,000 frames of the engine's deque, of which others could steal. @returns the sum of what came out */
export function dequeBursts(bursts: i32): i32 {
  storeOwned32(HEADER_MAGIC, LAYOUT_MAGIC);
  storeOwned32(HEADER_VERSION, LAYOUT_VERSION);
  storeOwned32(HEADER_WORKERS, 2);
  storeOwned32(HEADER_WORKER_BLOCKS, SCRATCH + FRAMES * 2 * FRAME_BYTES);
  storeOwned32(HEADER_FORKS, SCRATCH);
  storeOwned32(HEADER_FRAMES, FRAMES);
  attachRegion(0, 0);
  resetStack();
  enterLevel(0);
  let sum = 0;
  for (let burst = 0; burst < bursts; burst++) {
    for (let entry = 0; entry < BURST; entry++) pushEntry(entry);
    for (let entry = 0; entry < BURST; entry++) sum += popEntry();
  }
  return sum;
}

/** The same on a plain stack that no other thread may touch. */
export function stackBursts(bursts: i32): i32 {
  let top = SCRATCH as usize;
  let sum = 0;
  for (let burst = 0; burst < bursts; burst++) {
    for (let entry = 0; entry < BURST; entry++, top += 4) storeOwned32(top, entry);
    for (let entry = 0; entry < BURST; entry++) {
      top -= 4;
      sum += loadOwned32(top);
    }
  }
  return sum;
}
