/**
 * Share word: which frames of a stack may be stolen: tail (low half), the oldest one, and end (high half). All that owner and
 * thieves do to one another is a CAS of this word. docs/protocols/fork-join.md
 */
import { EMPTY, LOST_RACE } from '../../src/abi/codes';
import { FRAME_BASE, FRAME_BYTES, FRAME_THIEF } from '../../src/abi/layout';
import { shareOf, stackOf } from '../memory/fork';
import { worker } from '../memory/region';
import { cas32, load32, storeOwned32 } from '../sync/atomics';

const TAIL: i32 = 0xffff;
const END_SHIFT: i32 = 16;

export function tailOf(share: i32): i32 {
  return share & TAIL;
}

export function endOf(share: i32): i32 {
  return share >>> END_SHIFT;
}

export function shareWord(tail: i32, end: i32): i32 {
  return tail | (end << END_SHIFT);
}

/** The owner, or the host once it is lost. @returns how many frames are below the tail */
export function privatize(share: usize): i32 {
  while (true) {
    const value = load32(share);
    const tail = tailOf(value);
    if (cas32(share, value, shareWord(tail, tail))) return tail;
  }
}

/** Whether a worker has frames to steal at a level. */
export function hasShared(index: i32, atLevel: i32): bool {
  const share = load32(shareOf(index, atLevel));
  return endOf(share) > tailOf(share);
}

/**
 * Thief: the oldest shared frame of a worker.
 *
 * @param base where the thief's own stack of the level ends; what it spawns for the frame lies above; 0: at its first frame
 * @returns its address, EMPTY or LOST_RACE: an address may look negative
 */
export function stealFrame(victim: i32, atLevel: i32, base: usize): i32 {
  const address = shareOf(victim, atLevel);
  const share = load32(address);
  const tail = tailOf(share);
  if (tail >= endOf(share)) return EMPTY;
  const frame = stackOf(victim, atLevel) + (tail as usize) * FRAME_BYTES;
  if (!cas32(address, share, share + 1)) return LOST_RACE;
  storeOwned32(frame + FRAME_THIEF, worker + 1); // ours since the CAS, in the same step
  storeOwned32(frame + FRAME_BASE, base as i32);
  return frame as i32;
}
