/**
 * Current: which kernel runs. A join that runs a private frame says nowhere that it does: who needs to know looks at the states
 * of the frames, where the youngest that runs is the one.
 */
import { FRAME_RUNNING } from '../../src/abi/codes';
import { FRAME_BYTES, FRAME_SCRATCH } from '../../src/abi/layout';
import { stateOf } from '../memory/frame';
import { endOfScratch, scratchAt } from '../memory/scratch';
import { loadOwned32, storeOwned32 } from '../sync/atomics';
import { bottom, head, setBottom } from './frame-stack';

/** The frame that was entered last, 0 for none: a task's, a stolen one, or one that is joined out of turn. */
export let entered: usize = 0;
/** Where its scratch memory ends, in bytes of the arena. */
export let kept: u32 = 0;
/** Where all scratch memory ends that was taken since and may still be in use. */
export let taken: u32 = 0;
/** Where the frames begin that the current kernel has spawned; 0: not looked for yet. */
let base: usize = 0;

/** A frame is entered, or goes on when the one that was entered on top has ended. @param from its frames stand above */
export function resume(frame: usize, from: usize, ownEnd: u32, allEnd: u32): void {
  entered = frame;
  kept = ownEnd;
  taken = allEnd;
  base = 0;
  setBottom(from);
}

/** Another kernel runs. */
export function forgetBase(): void {
  base = 0;
}

/** The kernel goes on that had spawned from here on. */
export function keepBase(from: usize): void {
  base = from;
}

function runs(frame: usize): bool {
  return stateOf(frame) == FRAME_RUNNING;
}

/** @returns where the frames begin that the current kernel has spawned */
export function baseOfCurrent(): usize {
  if (base == 0) {
    let from = head;
    while (from > bottom && !runs(from - FRAME_BYTES)) from -= FRAME_BYTES;
    base = from;
  }
  return base;
}

/** The frame that runs, 0 when none does. */
export function currentFrame(): usize {
  const from = baseOfCurrent();
  return from == bottom ? entered : from - FRAME_BYTES;
}

/** @returns where the scratch memory ends of all kernels that have not ended, in bytes of the arena */
export function liveEnd(): u32 {
  if (taken == kept) return kept;
  for (let frame = head; frame > bottom;) {
    frame -= FRAME_BYTES;
    if (!runs(frame)) continue;
    const end = loadOwned32(frame + FRAME_SCRATCH); // ours while it runs
    if (end != 0) return end;
  }
  return kept;
}

/** Scratch memory for the current kernel. @returns 0 when the arena has less left */
export function takeScratch(bytes: u32): usize {
  const from = liveEnd();
  const end = endOfScratch(from, bytes);
  if (end == 0) return 0;
  const frame = currentFrame();
  if (frame == entered) kept = end;
  else storeOwned32(frame + FRAME_SCRATCH, end);
  taken = end;
  return scratchAt(from);
}
