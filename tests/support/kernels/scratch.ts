/** Kernels for tests of scratch memory. */
import { argument, fail, join, scratch, setResult, spawn } from '../../../assembly/index';

/** Result: how many blocks of so many bytes the arena gave. */
export function scratchBlocks(task: usize): void {
  let blocks: f64 = 0;
  while (scratch(argument(task) as i32) != 0) ++blocks;
  setResult(task, blocks);
}

/** What kernels take is back when they have ended. Result: 1. */
export function scratchIsBack(task: usize): void {
  const before = scratch(1);
  for (let i = 0; i < 100; ++i) join(spawn(scratchBlocks, 1000));
  setResult(task, scratch(1) == before + 16 ? 1 : 0);
}

const SCRATCH_ROUNDS: usize = 6;
/** Bytes of a block. */
const LONGEST: i32 = 255;

// Takes up to 255 bytes and fills them. Its address, length and filling stand in a list.
function takeFilled(list: usize, round: usize, random: u32): void {
  const length = random >>> 24;
  const block = scratch(length);
  memory.fill(block, random as u8, length);
  store<usize>(list + 8 * round, block);
  store<i32>(list + 8 * round, (length << 8) | (random & 255), 4);
}

// Result: how many of its bytes have changed.
function changedOf(list: usize, round: usize): i32 {
  const block = load<usize>(list + 8 * round);
  const filled = load<i32>(list + 8 * round, 4);
  if (filled >>> 8 > LONGEST) return 1; // the list itself was changed
  let changed = 0;
  for (let i = 0; i < filled >>> 8; ++i) if (load<u8>(block + i) != (filled & 255)) ++changed;
  return changed;
}

/**
 * A random tree of kernels, joined in random order, that take scratch memory between spawns and joins. Argument: a number of
 * 29 bits, and how many levels are below (3). Result: bytes that were changed while their kernel ran.
 */
export function scratchTree(task: usize): void {
  const depth = (argument(task) as u32) & 7;
  let random = (argument(task) as u32) * 1664525 + 1013904223;
  const list = scratch(8 * (SCRATCH_ROUNDS as i32));
  const handles = scratch(4 * (SCRATCH_ROUNDS as i32));
  if (list == 0 || handles == 0) return fail(task, 2);
  let changed: f64 = 0;
  for (let round: usize = 0; round < SCRATCH_ROUNDS; ++round) {
    random = random * 1664525 + 1013904223;
    takeFilled(list, round, random);
    const isLeaf = depth == 0 || ((random >>> 8) & 3) == 0;
    store<usize>(handles + 4 * round, isLeaf ? 0 : spawn(scratchTree, ((random & ~7) | (depth - 1)) as f64));
    // Now and then the youngest at once, which is run where it stands; most are joined oldest first.
    if (!isLeaf && ((random >>> 10) & 1) != 0) {
      changed += join(load<usize>(handles + 4 * round));
      store<usize>(handles + 4 * round, 0);
    }
  }
  for (let round: usize = 0; round < SCRATCH_ROUNDS; ++round) {
    const handle = load<usize>(handles + 4 * round);
    if (handle != 0) changed += join(handle);
  }
  for (let round: usize = 0; round < SCRATCH_ROUNDS; ++round) changed += changedOf(list, round) as f64;
  setResult(task, changed);
}
