/** Frame: a kernel that runs or waits to, its argument and its result. The words: src/abi/layout.ts. */
import {
  FRAME_AWAITED,
  FRAME_ENDED,
  FRAME_MARK_SHIFT,
  FRAME_OPEN,
  TAG_KERNEL_BYTES,
  TAG_NUMBER,
} from '../../src/abi/codes';
import {
  FRAME_BLOCK,
  FRAME_BLOCK_LENGTH,
  FRAME_BYTES,
  FRAME_RESULT,
  FRAME_STATE,
  FRAME_TAG,
} from '../../src/abi/layout';
import { letGoBlock } from './hand';
import { allocBlock, freeNamedBlock } from './pool';
import {
  cas32,
  exchange32,
  load32,
  loadOwned32,
  loadOwnedF64,
  loadRacy32,
  notify32,
  storeOwned32,
  storeOwnedF64,
  waitAWhile32,
} from '../sync/atomics';

const STATE: i32 = (1 << FRAME_MARK_SHIFT) - 1;
/** Of a handle: the rest is the frame's address. */
export const MARK: usize = FRAME_BYTES - 1;

/** The state word of a frame whose handle has this mark. */
export function stateWord(mark: i32, state: i32): i32 {
  return (mark << FRAME_MARK_SHIFT) | state;
}

/** Anyone. @returns FRAME_… */
export function stateOf(frame: usize): i32 {
  return load32(frame + FRAME_STATE) & STATE;
}

/** Its owner, of one that nobody else can have. @returns FRAME_… */
export function ownStateOf(frame: usize): i32 {
  return loadOwned32(frame + FRAME_STATE) & STATE;
}

/** Its owner, of one that nobody else has. */
export function setState(frame: usize, state: i32): void {
  storeOwned32(frame + FRAME_STATE, (loadOwned32(frame + FRAME_STATE) & ~STATE) | state);
}

/** Who has stolen it, or the host for who is lost: it has ended, and its owner goes on. */
export function endFrame(frame: usize): void {
  const mark = loadRacy32(frame + FRAME_STATE) & ~STATE; // nobody changes that
  if ((exchange32(frame + FRAME_STATE, mark | FRAME_ENDED) & STATE) == FRAME_AWAITED) notify32(frame + FRAME_STATE);
}

/** Its owner, of one that is stolen: sleeps until it ends, or a while. */
export function awaitFrame(frame: usize, us: i32): void {
  const word = loadRacy32(frame + FRAME_STATE) & ~STATE;
  if (!cas32(frame + FRAME_STATE, word | FRAME_OPEN, word | FRAME_AWAITED) && stateOf(frame) != FRAME_AWAITED) return;
  waitAWhile32(frame + FRAME_STATE, word | FRAME_AWAITED, us);
}

/** Before it runs. */
export function beginResult(frame: usize): void {
  storeOwned32(frame + FRAME_TAG, TAG_NUMBER);
  storeOwnedF64(frame + FRAME_RESULT, 0);
}

export function hasFailed(frame: usize): bool {
  const tag = loadOwned32(frame + FRAME_TAG);
  return tag != TAG_NUMBER && tag != TAG_KERNEL_BYTES;
}

export function setResult(frame: usize, result: f64): void {
  if (loadOwned32(frame + FRAME_TAG) == TAG_NUMBER) storeOwnedF64(frame + FRAME_RESULT, result);
  else resetResult(frame, result);
}

// Bytes are none any more; a failure stands.
function resetResult(frame: usize, result: f64): void {
  if (hasFailed(frame)) return;
  dropBlock(frame);
  storeOwned32(frame + FRAME_TAG, TAG_NUMBER);
  storeOwnedF64(frame + FRAME_RESULT, result);
}

/** Fails the kernel of the frame; the first failure stands. @param tag TAG_KERNEL_CODE or TAG_KERNEL_FAULT */
export function setFailure(frame: usize, tag: i32, code: i32): void {
  if (hasFailed(frame)) return;
  dropBlock(frame);
  storeOwnedF64(frame + FRAME_RESULT, code as f64);
  storeOwned32(frame + FRAME_TAG, tag);
}

/** @returns the address of a result block, 0 when the pool is exhausted or `length` is 0 */
export function setResultBytes(frame: usize, length: u32): usize {
  dropBlock(frame);
  const block: usize = length == 0 ? 0 : allocBlock(length);
  if (block == 0 && length != 0) return 0;
  if (block != 0) giveToFrame(frame, block, length);
  if (!hasFailed(frame)) storeOwned32(frame + FRAME_TAG, TAG_KERNEL_BYTES); // a failure stands
  return block;
}

// From the hand of this thread, in one step.
function giveToFrame(frame: usize, block: usize, length: u32): void {
  storeOwned32(frame + FRAME_BLOCK, block as i32);
  storeOwned32(frame + FRAME_BLOCK_LENGTH, length as i32);
  letGoBlock();
}

/** Fails the kernel of the frame with an error. @param block `length` bytes in the hand of this thread */
export function setError(frame: usize, tag: i32, block: usize, length: u32): void {
  giveToFrame(frame, block, length);
  storeOwned32(frame + FRAME_TAG, tag);
}

/** Fails the kernel of `frame` as the one of `from` has failed; an error moves. */
export function passFailure(from: usize, frame: usize): void {
  if (hasFailed(frame)) return dropBlock(from);
  dropBlock(frame);
  const length = loadOwned32(from + FRAME_BLOCK_LENGTH);
  storeOwned32(frame + FRAME_BLOCK, loadOwned32(from + FRAME_BLOCK));
  storeOwned32(frame + FRAME_BLOCK_LENGTH, length);
  storeOwned32(from + FRAME_BLOCK_LENGTH, 0);
  storeOwnedF64(frame + FRAME_RESULT, loadOwnedF64(from + FRAME_RESULT));
  storeOwned32(frame + FRAME_TAG, loadOwned32(from + FRAME_TAG));
}

export function dropBlock(frame: usize): void {
  if (loadOwned32(frame + FRAME_BLOCK_LENGTH) != 0) freeNamedBlock(frame + FRAME_BLOCK);
}
