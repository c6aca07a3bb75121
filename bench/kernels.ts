/**
 * The bench's side in WebAssembly, built together with the engine into one module: kernels, and plain functions that the
 * floors and the calibration call without the engine.
 */
import {
  argument,
  checkpoint,
  fail,
  join,
  payload,
  payloadLength,
  reclaim,
  setResult,
  setResultBytes,
  spawn,
} from '../assembly/index';
import {
  enterLevel,
  head,
  popTo,
  privateFrom,
  push,
  resetStack,
  share,
  takeBack,
} from '../assembly/worker/frame-stack';
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

export { matrix, matrixPart, mergeSort, sortPart, sum, sumPart } from './kernels/split';

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

/** Steps between two checkpoints of `yielding`: a few microseconds. */
const STEPS: f64 = 1000;

/** As `busy`, and lets more urgent kernels run in between. */
export function yielding(task: usize): void {
  let result: f64 = 0;
  for (let left = argument(task); left > 0; left -= STEPS) {
    checkpoint();
    result += burn(min(left, STEPS));
  }
  setResult(task, result);
}

/** The bytes of the input. */
export function echo(task: usize): void {
  const length = payloadLength(task);
  const to = setResultBytes(task, length);
  if (length != 0 && to == 0) return fail(task, -1);
  memory.copy(to, payload(task), length as usize);
}

/** What `walk` finds: the input is two numbers of 32 bits, a pattern and how many elements to read, and then the elements. */
export function walkPayload(task: usize): void {
  const input = payload(task);
  const pattern = loadOwned32(input);
  const reads = loadOwned32(input + 4);
  setResult(task, walk(input + 64, (payloadLength(task) - 64) >> 2, pattern, reads));
}

/** By its definition: a kernel spawned for each sum, which is done here unless somebody has begun it. */
export function fib(task: usize): void {
  setResult(task, fibOf(argument(task)));
}

function fibOf(n: f64): f64 {
  if (n < 2) return n;
  const one = spawn(fib, n - 1);
  const other = fibOf(n - 2);
  return (reclaim(one) ? fibOf(n - 1) : join(one)) + other;
}

/** As `fib`, and each kernel that was spawned is joined. */
export function fibJoined(task: usize): void {
  setResult(task, fibJoinedOf(argument(task)));
}

function fibJoinedOf(n: f64): f64 {
  if (n < 2) return n;
  const one = spawn(fibJoined, n - 1);
  const other = fibJoinedOf(n - 2);
  return join(one) + other;
}

// Plain functions, for an instance of their own on a memory of 1 MiB

/** `units` steps of dependent arithmetic. */
export function burn(units: f64): f64 {
  let x: f64 = 1;
  for (let unit: f64 = 0; unit < units; unit++) x = x * 1.0000001 + 1e-9;
  return x;
}

/** Patterns of `walk`. */
const RANDOM = 1;
const BURSTS = 2;
const BURST_READS = 64;

/**
 * Adds up `reads` of the `count` elements of 32 bits from `data` on: one after the other, at random, or bursts of 64 from
 * random places.
 *
 * @param count a power of two from 64 to 2²⁰
 * @param reads a multiple of `count`
 */
export function walk(data: usize, count: i32, pattern: i32, reads: i32): f64 {
  if (pattern == RANDOM) return walkRandom(data, count, reads);
  const length = pattern == BURSTS ? BURST_READS : count;
  let sum = 0;
  let random: u32 = 1;
  for (let done = 0; done < reads; done += length) {
    random = step(random);
    let at = data;
    if (pattern == BURSTS) at += (((random >> 12) & (count / BURST_READS - 1)) * BURST_READS) << 2;
    for (const end = at + (length << 2); at < end; at += 4) sum += loadOwned32(at);
  }
  return sum as f64;
}

function walkRandom(data: usize, count: i32, reads: i32): f64 {
  let sum = 0;
  let random: u32 = 1;
  for (let done = 0; done < reads; done++) {
    random = step(random);
    sum += loadOwned32(data + (((random >> 12) & (count - 1)) << 2));
  }
  return sum as f64;
}

function step(random: u32): u32 {
  return random * 1664525 + 1013904223;
}

const SCRATCH = 512 * 1024;
const BURST = 1000;
const FRAMES = 2048;

function pushEntry(entry: i32): void {
  const frame = head;
  push(frame);
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
