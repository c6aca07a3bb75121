/** Spawn: a kernel that may run beside the one that runs, in a frame of its stack. docs/protocols/fork-join.md */
import { FAULT_FRAMES, FRAME_OPEN, TAG_KERNEL_FAULT } from '../../src/abi/codes';
import { FRAME_KERNEL, FRAME_PAYLOAD, FRAME_RESULT, FRAME_STATE, FRAME_TAG, FRAME_VALUE } from '../../src/abi/layout';
import { MARK, setFailure, stateWord } from '../memory/frame';
import { isCancelRequested } from '../memory/slab';
import { storeOwned32, storeOwned64, storeOwnedF64 } from '../sync/atomics';
import { pushFrame, setStopping, share } from './frame-stack';
import { current, root, tagAndRoot } from './join';

/** Of the youngest handle. */
let mark: i32 = 0;

// Once in so many spawns: a look at each of them would cost a tenth of a join.
function lookForStop(): void {
  if (isCancelRequested(root)) setStopping(true);
}

/** Owner: a frame for a kernel, to be filled and shared. @returns 0 when none is free */
export function newFrame(kernel: i32): usize {
  const frame = pushFrame();
  if (frame == 0) return 0;
  mark = (mark + 1) & (MARK as i32);
  if (mark == 0) lookForStop();
  storeOwned32(frame + FRAME_KERNEL, kernel);
  storeOwned64(frame + FRAME_STATE, stateWord(mark, FRAME_OPEN) as i64); // and no thief
  storeOwned64(frame + FRAME_TAG, tagAndRoot);
  storeOwnedF64(frame + FRAME_RESULT, 0);
  return frame;
}

/** Owner, of a frame that is filled: others may take it. @returns its handle */
export function shareFrame(frame: usize): usize {
  const handle = frame | (mark as usize);
  share();
  return handle;
}

/** @returns the handle of a kernel that runs beside this one, 0 when no frame is free: then the task fails */
export function spawnFrame(kernel: i32, value: f64): usize {
  const frame = newFrame(kernel);
  if (frame == 0) {
    setFailure(current, TAG_KERNEL_FAULT, FAULT_FRAMES);
    return 0;
  }
  storeOwnedF64(frame + FRAME_VALUE, value);
  storeOwned64(frame + FRAME_PAYLOAD, 0); // and its length
  return shareFrame(frame);
}
