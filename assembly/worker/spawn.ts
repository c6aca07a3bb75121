/** Spawn: a kernel that may run beside the one that runs, in a frame of its stack. docs/protocols/fork-join.md */
import { FAULT_FRAMES, FRAME_OPEN, TAG_KERNEL_FAULT } from '../../src/abi/codes';
import { FRAME_KERNEL, FRAME_PAYLOAD, FRAME_RESULT, FRAME_STATE, FRAME_TAG, FRAME_VALUE } from '../../src/abi/layout';
import { MARK, setFailure, stateWord } from '../memory/frame';
import { isCancelRequested } from '../memory/slab';
import { storeOwned32, storeOwned64, storeOwnedF64 } from '../sync/atomics';
import { currentFrame } from './current';
import { head, limit, push, setStopping, share } from './frame-stack';
import { root, tagAndRoot } from './join';

/** Of the youngest handle. */
let mark: i32 = 0;

// Once in so many spawns: a look at each of them would cost a tenth of a join.
function lookForStop(): void {
  if (isCancelRequested(root)) setStopping(true);
}

/** Owner: makes the frame at `head`, which is not `limit`, one for a kernel; to be filled and shared. @returns its handle */
export function beginFrame(frame: usize, kernel: i32): usize {
  const next = (mark + 1) & (MARK as i32);
  mark = next;
  if (next == 0) lookForStop();
  push(frame);
  storeOwned32(frame + FRAME_KERNEL, kernel);
  storeOwned64(frame + FRAME_STATE, stateWord(next, FRAME_OPEN) as i64); // and no thief
  storeOwned64(frame + FRAME_TAG, tagAndRoot);
  storeOwnedF64(frame + FRAME_RESULT, 0);
  return frame | (next as usize);
}

function noFrame(): usize {
  setFailure(currentFrame(), TAG_KERNEL_FAULT, FAULT_FRAMES);
  return 0;
}

/** @returns the handle of a kernel that runs beside this one, 0 when no frame is free: then the task fails */
export function spawnFrame(kernel: i32, value: f64): usize {
  const frame = head;
  if (frame == limit) return noFrame();
  const handle = beginFrame(frame, kernel);
  storeOwnedF64(frame + FRAME_VALUE, value);
  storeOwned64(frame + FRAME_PAYLOAD, 0); // and its length
  share();
  return handle;
}
