/**
 * Range: loops and reductions that split in halves until a part is small enough; the right halves are spawned, youngest first
 * to be joined. Thieves take the largest parts, as those are the oldest.
 */
import { FRAME_BODY, FRAME_COMBINE, FRAME_LENGTH, FRAME_PAYLOAD, FRAME_VALUE } from '../../src/abi/layout';
import { workers } from '../memory/region';
import { isCancelRequested } from '../memory/slab';
import { loadOwned32, storeOwned32 } from '../sync/atomics';
import { setResult } from '../memory/frame';
import { joinFrame, root } from './join';
import { head, limit, share } from './frame-stack';
import { beginFrame } from './spawn';

/** Parts a worker when the caller leaves the grain to us: enough to even out parts of unequal cost. Parts of equal cost end alike with 8, 16, 32 and 64. */
const PARTS: u32 = 8;

// Where the end of a range stands in its frame, behind the begin.
const RANGE_END: usize = (FRAME_VALUE as usize) + 4;

/** What runs a part: begin, end (exclusive), the caller's context. */
export type RangeBody = (begin: i32, end: i32, context: usize) => void;
export type ReduceBody = (begin: i32, end: i32, context: usize) => f64;
export type Combine = (left: f64, right: f64) => f64;

function lengthOf(begin: i32, end: i32): u32 {
  return (end - begin) as u32; // right for all pairs of i32 in order
}

function middleOf(begin: i32, end: i32): i32 {
  return begin + ((lengthOf(begin, end) >>> 1) as i32);
}

function grainOf(begin: i32, end: i32, grain: i32): u32 {
  if (grain > 0) return grain as u32;
  return lengthOf(begin, end) / ((workers as u32) * PARTS) + 1;
}

// @returns its handle, 0 when no frame is free
function spawnRange(kernel: i32, begin: i32, end: i32, grain: u32, body: i32, combine: i32, context: usize): usize {
  const frame = head;
  if (frame == limit) return 0;
  const handle = beginFrame(frame, kernel);
  storeOwned32(frame + FRAME_VALUE, begin);
  storeOwned32(frame + RANGE_END, end);
  storeOwned32(frame + FRAME_PAYLOAD, context as i32);
  storeOwned32(frame + FRAME_LENGTH, grain as i32);
  storeOwned32(frame + FRAME_BODY, body);
  storeOwned32(frame + FRAME_COMBINE, combine);
  share();
  return handle;
}

function forKernel(task: usize): void {
  runFor(
    loadOwned32(task + FRAME_VALUE),
    loadOwned32(task + RANGE_END),
    loadOwned32(task + FRAME_LENGTH) as u32,
    loadOwned32(task + FRAME_BODY),
    loadOwned32(task + FRAME_PAYLOAD) as usize,
  );
}

function runFor(begin: i32, end: i32, grain: u32, body: i32, context: usize): void {
  if (isCancelRequested(root)) return;
  if (lengthOf(begin, end) <= grain) return call_indirect(body, begin, end, context);
  const middle = middleOf(begin, end);
  const right = spawnRange(forKernel.index, middle, end, grain, body, 0, context);
  runFor(begin, middle, grain, body, context);
  if (right == 0) runFor(middle, end, grain, body, context);
  else joinFrame(right);
}

/** `parallelFor` of the SDK. */
export function forRange(begin: i32, end: i32, grain: i32, body: RangeBody, context: usize): void {
  if (begin < end) runFor(begin, end, grainOf(begin, end, grain), body.index, context);
}

function reduceKernel(task: usize): void {
  const result = runReduce(
    loadOwned32(task + FRAME_VALUE),
    loadOwned32(task + RANGE_END),
    loadOwned32(task + FRAME_LENGTH) as u32,
    loadOwned32(task + FRAME_BODY),
    loadOwned32(task + FRAME_COMBINE),
    loadOwned32(task + FRAME_PAYLOAD) as usize,
  );
  setResult(task, result);
}

function runReduce(begin: i32, end: i32, grain: u32, body: i32, combine: i32, context: usize): f64 {
  if (isCancelRequested(root)) return 0;
  if (lengthOf(begin, end) <= grain) return call_indirect<f64>(body, begin, end, context);
  const middle = middleOf(begin, end);
  const spawned = spawnRange(reduceKernel.index, middle, end, grain, body, combine, context);
  const left = runReduce(begin, middle, grain, body, combine, context);
  const right = spawned == 0 ? runReduce(middle, end, grain, body, combine, context) : joinFrame(spawned);
  return call_indirect<f64>(combine, left, right);
}

/** `parallelReduce` of the SDK. */
export function reduceRange(
  begin: i32,
  end: i32,
  grain: i32,
  identity: f64,
  body: ReduceBody,
  combine: Combine,
  context: usize,
): f64 {
  if (begin >= end) return identity;
  return runReduce(begin, end, grainOf(begin, end, grain), body.index, combine.index, context);
}
