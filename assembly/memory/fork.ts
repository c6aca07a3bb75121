/** Fork block: where a worker's frames are, and its scratch memory. The words: src/abi/layout.ts. */
import { LEVELS } from '../../src/abi/codes';
import { FORK_ROOTS, FORK_SHARES, FRAME_BYTES, LINE, ROOT_FRAMES, SCRATCH_BYTES } from '../../src/abi/layout';
import { forks, frames } from './region';

const STACKS: usize = (FORK_ROOTS as usize) + (ROOT_FRAMES as usize) * FRAME_BYTES;

export function forkOf(index: i32): usize {
  return forks + (index as usize) * (STACKS + ((LEVELS * frames) as usize) * FRAME_BYTES + SCRATCH_BYTES);
}

/** The word that says which frames of a stack may be stolen. */
export function shareOf(index: i32, level: i32): usize {
  return forkOf(index) + FORK_SHARES + (level as usize) * LINE;
}

/** Of kernels that were spawned at a level. */
export function stackOf(index: i32, level: i32): usize {
  return forkOf(index) + STACKS + ((level * frames) as usize) * FRAME_BYTES;
}

/** Of tasks. */
export function rootsOf(index: i32): usize {
  return forkOf(index) + FORK_ROOTS;
}

export function scratchOf(index: i32): usize {
  return stackOf(index, LEVELS);
}
