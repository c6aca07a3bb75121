/**
 * The kernel SDK: what users' kernels import as `tallyio/assembly`. A kernel is an exported `(task: usize) => void`,
 * compiled together with the engine into one module. Kernels allocate no managed objects.
 */
import { SLOT_LENGTH, SLOT_PAYLOAD, SLOT_VALUE } from '../src/abi/layout';
import { worker } from './memory/region';
import { isCancelRequested } from './memory/slab';
import { loadOwned32, loadOwnedF64 } from './sync/atomics';
import * as current from './worker/task';

// A kernel runs between claim and finish: the slot is its worker's alone, hence the plain reads.

/** The task's number; NaN-free only if the caller's was. Undefined for a task that was given bytes. */
export function argument(task: usize): f64 {
  return loadOwnedF64(task + SLOT_VALUE);
}

/** Address of the task's input bytes (read only, gone when the kernel returns); 0 when there are none. */
export function payload(task: usize): usize {
  return loadOwned32(task + SLOT_PAYLOAD) as usize;
}

/** Length of the task's input in bytes. */
export function payloadLength(task: usize): i32 {
  return loadOwned32(task + SLOT_LENGTH);
}

/** The task's result as a number; without it the result is 0. */
export function setResult(_task: usize, result: f64): void {
  current.setResult(result);
}

/**
 * Makes the result `length` bytes of pool memory, which the kernel fills before it returns.
 *
 * @returns their address; 0 when the pool is exhausted: call `fail` then. With length 0 the result is empty.
 */
export function setResultBytes(_task: usize, length: i32): usize {
  return current.setResultBytes(length as u32);
}

/** Rejects the task with `ERR_TASK_FAILED` and this code. */
export function fail(_task: usize, code: i32): void {
  current.setFailure(code);
}

/** Whether the task was asked to stop. One load: cheap enough for every round of a loop. */
export function cancelled(task: usize): bool {
  return isCancelRequested(task);
}

/** Index of the worker that runs this, 0 … workers − 1. */
export function workerIndex(): i32 {
  return worker;
}
