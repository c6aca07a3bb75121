/**
 * The kernel SDK: what users' kernels import as `tallyio/assembly`. A kernel is an exported `(task: usize) => void`,
 * compiled together with the engine into one module. Kernels allocate no managed objects.
 */
import { TAG_KERNEL_CODE } from '../src/abi/codes';
import { FRAME_LENGTH, FRAME_PAYLOAD, FRAME_VALUE } from '../src/abi/layout';
import * as frames from './memory/frame';
import { joinFrame, reclaimFrame, root } from './worker/join';
import { Combine, RangeBody, ReduceBody, forRange, reduceRange } from './worker/range';
import * as heap from './memory/heap';
import { worker } from './memory/region';
import { isCancelRequested } from './memory/slab';
import { loadOwned32, loadOwnedF64 } from './sync/atomics';
import * as checkpoints from './worker/checkpoint';
import { nextRandom } from './worker/random';
import { takeScratch } from './worker/current';
import { spawnFrame } from './worker/spawn';

// A kernel runs in a frame, which is its worker's alone while it does: hence the plain reads.

/** What can be spawned: an exported kernel, or any function like one. */
export type Kernel = (task: usize) => void;

/** The task's number; NaN-free only if the caller's was. Undefined for a task that was given bytes. */
export function argument(task: usize): f64 {
  return loadOwnedF64(task + FRAME_VALUE);
}

/**
 * Address of the task's input bytes, gone when the kernel returns; 0 when there are none, as in a spawned kernel. Of memory of
 * `engine.allocate()` it is that memory itself: what is written there stays.
 */
export function payload(task: usize): usize {
  return loadOwned32(task + FRAME_PAYLOAD) as usize;
}

/** Length of the task's input in bytes. */
export function payloadLength(task: usize): i32 {
  const length = loadOwned32(task + FRAME_LENGTH);
  return length == 0 && payload(task) != 0 ? borrowedLength(task) : length;
}

// Memory without a length is borrowed: its length is the task's number.
function borrowedLength(task: usize): i32 {
  return loadOwnedF64(task + FRAME_VALUE) as u32 as i32;
}

/**
 * Address of `bytes` bytes at an offset of the input, for `load` and `store`. Kernels that were built with `--checked` trap when
 * they do not lie in it, and the error's stack names the kernel; others do not look.
 */
export function payloadAt(task: usize, offset: i32, bytes: i32 = 1): usize {
  assert(
    offset >= 0 && bytes >= 0 && (offset as i64) + bytes <= payloadLength(task),
    'expected an offset in the payload',
  );
  return payload(task) + offset;
}

/** The task's result as a number; without it the result is 0. */
export function setResult(task: usize, result: f64): void {
  frames.setResult(task, result);
}

/**
 * Makes the result `length` bytes of pool memory, which the kernel fills before it returns. Whoever joins a spawned kernel gets
 * no bytes: give it the address of where to write, as its argument or by `parallelFor`.
 *
 * @returns their address; 0 when the pool is exhausted: call `fail` then. With length 0 the result is empty.
 */
export function setResultBytes(task: usize, length: i32): usize {
  return frames.setResultBytes(task, length as u32);
}

/** Rejects the task with `ERR_TASK_FAILED` and this code; of a spawned kernel, fails whoever joins it. The first failure stands. */
export function fail(task: usize, code: i32): void {
  frames.setFailure(task, TAG_KERNEL_CODE, code);
}

/** Whether the kernel has failed: by `fail`, by joining one that has, or by misuse. What it returns is of no use then. */
export function failed(task: usize): bool {
  return frames.hasFailed(task);
}

/** Whether the task was asked to stop; in a spawned kernel, that which began with it. Cheap enough for every round of a loop. */
export function cancelled(_task: usize = 0): bool {
  return isCancelRequested(root);
}

/**
 * Runs a kernel beside this one: on another worker if one has nothing more urgent to do, else when it is joined. It inherits the
 * priority. What is not joined when the kernel returns is waited for.
 *
 * @param kernel a function of this module, exported or not; its `payload` is 0
 * @param argument the number that it gets: a value, or an address or an index
 * @returns a handle for one `join`; 0 when 2,048 spawned kernels of this worker and priority wait or run: the task fails, and
 * `join` of 0 is 0. Spawn fewer at once, or use `parallelFor`.
 */
export function spawn(kernel: Kernel, argument: f64): usize {
  return spawnFrame(kernel.index, argument);
}

/**
 * Waits for a spawned kernel, and helps others meanwhile. Joins in any order; each handle once, and only in the kernel that spawned:
 * else the task fails.
 *
 * @returns its number; 0 when it has failed, and then this kernel fails with the same error
 */
export function join(handle: usize): f64 {
  return joinFrame(handle);
}

/**
 * Takes back a spawned kernel that nobody has begun, instead of a join: what it would have done is for the caller to do, by a plain
 * call of a function, which takes about two thirds of a spawn and a join.
 *
 * @returns whether it was taken back; the handle is none then. Else `join` it: it runs elsewhere, has ended, or the task was asked to
 * stop, which one of 64 spawns sees
 */
export function reclaim(handle: usize): bool {
  return reclaimFrame(handle);
}

/**
 * Runs `kernel(from, to, context)` for parts of begin … end − 1, in parallel, and waits for all of them. When the task is asked
 * to stop, parts that have not begun are left out.
 *
 * @param end exclusive; nothing runs unless it is above `begin`
 * @param grain most indices a part; 0 or less: chosen by the number of workers, an eighth of a worker's share
 * @param context any number, an address as a rule
 */
export function parallelFor(begin: i32, end: i32, grain: i32, kernel: RangeBody, context: usize): void {
  forRange(begin, end, grain, kernel, context);
}

/**
 * As `parallelFor`, and combines the numbers of the parts, always neighbours, left before right: with the same grain the same
 * result to the last bit, whoever runs what.
 *
 * @param identity the result of an empty range
 */
export function parallelReduce(
  begin: i32,
  end: i32,
  grain: i32,
  identity: f64,
  kernel: ReduceBody,
  combine: Combine,
  context: usize,
): f64 {
  return reduceRange(begin, end, grain, identity, kernel, combine, context);
}

/**
 * Runs kernels of a higher priority that wait, on top of this one, until none does; at most one a priority at a time. One load
 * when there are none: call it every few microseconds. Handlers wait for this kernel to return.
 */
export function checkpoint(): void {
  checkpoints.checkpoint();
}

/**
 * Memory until the kernel returns: from an arena of the worker of 256 KiB, 16-byte aligned, not zeroed. Spawned kernels may use it
 * until they are joined.
 *
 * @returns 0 when the arena has less left: use `alloc`, or fail
 */
export function scratch(bytes: i32): usize {
  return takeScratch(bytes as u32);
}

/**
 * Memory of the payload pool until `free`, also after the task: 16-byte aligned, not zeroed. It is lost until the engine closes
 * when nobody frees it, as after a trap; prefer `scratch`.
 *
 * @returns 0 when the pool is exhausted
 */
export function alloc(bytes: i32): usize {
  return heap.alloc(bytes as u32);
}

/** Gives back what `alloc` gave, on any worker. Traps when it is something else, or was freed before; 0 is ignored. */
export function free(address: usize): void {
  heap.free(address);
}

/** Index of the worker that runs this, 0 … workers − 1. */
export function workerIndex(): i32 {
  return worker;
}

/** A pseudo-random number in [0, 1), of 53 bits; each worker has a sequence of its own, in deterministic mode that of the seed. */
export function random(): f64 {
  return nextRandom();
}
