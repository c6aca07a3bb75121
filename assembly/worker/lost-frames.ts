/**
 * Lost: what the host does with the frames of a worker that has ended, before its tasks are failed or run again: their memory
 * must be nobody's any more. docs/protocols/fork-join.md
 */
import {
  FAULT_LOST,
  FRAME_AWAITED,
  FRAME_ENDED,
  FRAME_OPEN,
  LEVELS,
  LOST_RACE,
  NOBODY,
  TAG_KERNEL_FAULT,
} from '../../src/abi/codes';
import {
  FORK_ENDED,
  FORK_HEAD,
  FRAME_BASE,
  FRAME_BLOCK,
  FRAME_BYTES,
  FRAME_RESULT,
  FRAME_STATE,
  FRAME_TAG,
  FRAME_THIEF,
  ROOT_FRAMES,
} from '../../src/abi/layout';
import { freeNamedBlock } from '../memory/pool';
import { frames, workers } from '../memory/region';
import { load32, loadOwned32, loadRacy32, notify32, store32, storeOwned32, storeOwnedF64 } from '../sync/atomics';
import { forkOf, rootsOf, shareOf, stackOf } from '../memory/fork';
import { endFrame, stateOf } from '../memory/frame';
import { privatize, tailOf } from '../queue/share';

function hasEnded(index: i32): bool {
  return load32(forkOf(index) + FORK_ENDED) != 0;
}

// Below the tail: stolen, and not done with.
function isHeld(frame: usize): bool {
  const state = stateOf(frame);
  return state == FRAME_OPEN || state == FRAME_AWAITED;
}

// @returns a worker that lives and runs a frame of this one, NOBODY, or LOST_RACE while a thief has yet to say who it is
function holderOf(owner: i32): i32 {
  for (let level = 0; level < LEVELS; ++level) {
    const stack = stackOf(owner, level);
    const end = stack + (tailOf(load32(shareOf(owner, level))) as usize) * FRAME_BYTES;
    for (let frame = stack; frame < end; frame += FRAME_BYTES) {
      if (!isHeld(frame)) continue;
      const thief = loadRacy32(frame + FRAME_THIEF) - 1;
      if (thief < 0) return LOST_RACE;
      if (!hasEnded(thief)) return thief;
    }
  }
  return NOBODY;
}

function anyHolder(): i32 {
  for (let owner = 0; owner < workers; ++owner) {
    const holder = hasEnded(owner) ? holderOf(owner) : NOBODY;
    if (holder != NOBODY) return holder;
  }
  return NOBODY;
}

function failLost(frame: usize): void {
  freeNamedBlock(frame + FRAME_BLOCK); // its thief is gone: ours
  storeOwnedF64(frame + FRAME_RESULT, FAULT_LOST as f64);
  storeOwned32(frame + FRAME_TAG, TAG_KERNEL_FAULT);
  endFrame(frame);
}

// A frame below the tail. In the hands of who has ended it fails, unless one who lives still runs what was spawned for it, and may
// use memory of its task. Younger ones first: who lives may wait for them. @returns whether it is still in somebody's hands
function settleFrame(frame: usize, level: i32): bool {
  if (!isHeld(frame)) return false;
  const thief = loadRacy32(frame + FRAME_THIEF) - 1;
  if (thief < 0 || !hasEnded(thief)) return true;
  if (settleFrom(thief, level, loadOwned32(frame + FRAME_BASE) as usize)) return true; // nobody writes it any more
  failLost(frame);
  return false;
}

// Frames of a worker. @returns whether one is still in somebody's hands
function settleFrom(owner: i32, level: i32, base: usize): bool {
  const stack = stackOf(owner, level);
  const end = stack + (tailOf(load32(shareOf(owner, level))) as usize) * FRAME_BYTES;
  let held = false;
  for (let frame = max(base, stack); frame < end; frame += FRAME_BYTES) {
    if (settleFrame(frame, level)) held = true;
  }
  return held;
}

// It may have ended one and not told the owner, who sleeps.
function tellOwner(owner: i32, lost: i32): void {
  for (let level = 0; level < LEVELS; ++level) {
    const stack = stackOf(owner, level);
    const end = stack + (tailOf(load32(shareOf(owner, level))) as usize) * FRAME_BYTES;
    for (let frame = stack; frame < end; frame += FRAME_BYTES) {
      if (stateOf(frame) == FRAME_ENDED && loadRacy32(frame + FRAME_THIEF) == lost + 1) notify32(frame + FRAME_STATE);
    }
  }
}

function freeBlocks(from: usize, count: i32): void {
  const end = from + (count as usize) * FRAME_BYTES;
  for (let frame = from; frame < end; frame += FRAME_BYTES) freeNamedBlock(frame + FRAME_BLOCK);
}

/**
 * Host, after a worker has ended and before `recoverWorker`. Nothing of it can be stolen from here on.
 *
 * @returns NOBODY when its frames are taken care of; a worker that still runs one of them, or of another worker that has ended;
 * LOST_RACE: look again
 */
export function forsake(lost: i32): i32 {
  store32(forkOf(lost) + FORK_ENDED, 1);
  for (let level = 0; level < LEVELS; ++level) privatize(shareOf(lost, level));
  const holder = anyHolder(); // first: whoever comes to its end behind this look, all that can fail does
  for (let owner = 0; owner < workers; ++owner) {
    if (owner != lost) tellOwner(owner, lost);
    for (let level = 0; level < LEVELS; ++level) settleFrom(owner, level, 0);
  }
  if (holder != NOBODY) return holder;
  freeBlocks(rootsOf(lost), ROOT_FRAMES);
  freeBlocks(stackOf(lost, 0), LEVELS * frames);
  for (let level = 0; level < LEVELS; ++level) {
    store32(shareOf(lost, level), 0);
    storeOwned32(shareOf(lost, level) + FORK_HEAD, 0); // its owner is gone
  }
  store32(forkOf(lost) + FORK_ENDED, 0);
  return NOBODY;
}
