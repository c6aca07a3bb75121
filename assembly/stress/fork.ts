/** Fork–join on real threads: an owner that spawns and joins trees of kernels, thieves that run what they get of them. */
import { EMPTY, LOST_RACE } from '../../src/abi/codes';
import { FORK_ROOTS, FRAME_KERNEL, FRAME_VALUE } from '../../src/abi/layout';
import { forkOf } from '../memory/fork';
import { worker } from '../memory/region';
import { isLate, isOver, nextRandom, see } from '../stress';
import { loadOwnedF64, storeOwned32, storeOwnedF64 } from '../sync/atomics';
import { enterLevel } from '../worker/frame-stack';
import { joinFrame, runFrame, runStolen, stealAny } from '../worker/join';
import { spawnFrame } from '../worker/spawn';

const LEVEL: i32 = 2;

// A tree of four values: of the first it spawns the next two, of the third the last, which it leaves to be joined.
function seeTree(task: usize): void {
  const value = loadOwnedF64(task + FRAME_VALUE) as i32;
  see(value);
  if ((value & 3) == 2) spawnFrame(seeTree.index, (value + 1) as f64);
  if ((value & 3) != 0) return;
  const older = spawnFrame(seeTree.index, (value + 1) as f64);
  const younger = spawnFrame(seeTree.index, (value + 2) as f64);
  const isInOrder = (nextRandom() & 1) == 0;
  joinFrame(isInOrder ? older : younger);
  joinFrame(isInOrder ? younger : older);
}

// Spawns so many trees, one on the other, and joins them, youngest first.
function forkTrees(first: i32, count: i32): void {
  if (count == 0) return;
  const handle = spawnFrame(seeTree.index, first as f64);
  forkTrees(first + 4, count - 1);
  joinFrame(handle);
}

function forkAll(task: usize): void {
  const end = loadOwnedF64(task + FRAME_VALUE) as i32;
  let next = 0;
  while (next < end && !isLate()) {
    const trees = min(1 + ((nextRandom() & 7) as i32), (end - next) >>> 2);
    forkTrees(next, trees);
    next += trees << 2;
  }
}

/** Owner: values 0 … count − 1, of which each is a kernel that is spawned and joined, in bursts; `count` divides by 4. */
export function stressFork(count: i32): void {
  const root = forkOf(worker) + FORK_ROOTS;
  storeOwnedF64(root + FRAME_VALUE, count as f64);
  storeOwned32(root + FRAME_KERNEL, forkAll.index);
  enterLevel(LEVEL);
  runFrame(root);
}

/** Thief: runs what others have spawned. @returns how often it had something */
export function stressStealFrames(): i32 {
  let taken = 0;
  while (!isOver()) {
    const frame = stealAny(LEVEL);
    if (frame == EMPTY || frame == LOST_RACE) continue;
    runStolen(frame as usize, LEVEL);
    taken += 1;
  }
  return taken;
}
