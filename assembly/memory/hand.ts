/**
 * Hand: what a thread has taken out of one place and not yet put into another. It stands in the thread's own block, so that
 * nothing is lost with it: each word changes in the same step as the structure it speaks of, between two atomic accesses, so
 * it is exact at every point at which a thread can end. Plain stores, the owner is the only writer; the host takes over when
 * the owner is gone. docs/protocols/recovery.md
 */
import {
  SUBMITTER_HAND_BLOCK,
  SUBMITTER_HAND_BYTES,
  SUBMITTER_HAND_COUNTED,
  SUBMITTER_HAND_SLOT,
  WORKER_BATCH,
  WORKER_BATCH_LEVEL,
  WORKER_FINISHING,
  WORKER_HAND_ENTRY,
} from '../../src/abi/layout';
import { loadOwned32, storeOwned32 } from '../sync/atomics';
import { submitterBlock, workerBlock } from './region';

/** How far a block in hand has come in the counters of allocated and freed bytes. */
export const UNCOUNTED: i32 = 0;
export const COUNTED_ALLOCATED: i32 = 1;
export const COUNTED_FREED: i32 = 2;

/** The host, of the block of a thread that has ended: what a word of its hand says, which is empty from here on. */
export function takeOver(block: usize, word: usize): i32 {
  const value = loadOwned32(block + word);
  storeOwned32(block + word, 0);
  return value;
}

/** A slot's node that is in no list and no queue. */
export function holdSlot(node: usize): void {
  storeOwned32(submitterBlock + SUBMITTER_HAND_SLOT, node as i32);
}

/** A block that is in no list and no slot. */
export function holdBlock(block: usize, bytes: u32, counted: i32): void {
  storeOwned32(submitterBlock + SUBMITTER_HAND_BLOCK, block as i32);
  storeOwned32(submitterBlock + SUBMITTER_HAND_BYTES, bytes as i32);
  storeOwned32(submitterBlock + SUBMITTER_HAND_COUNTED, counted);
}

export function countHeldBlock(counted: i32): void {
  storeOwned32(submitterBlock + SUBMITTER_HAND_COUNTED, counted);
}

/** A node of the slab or of the pool is in a list again. */
export function letGo(node: usize): void {
  if (loadOwned32(submitterBlock + SUBMITTER_HAND_SLOT) == (node as i32)) {
    storeOwned32(submitterBlock + SUBMITTER_HAND_SLOT, 0);
  } else if (loadOwned32(submitterBlock + SUBMITTER_HAND_BLOCK) == (node as i32)) {
    storeOwned32(submitterBlock + SUBMITTER_HAND_BLOCK, 0);
  }
}

/** Slot and payload belong to a queue now. */
export function letGoTask(): void {
  storeOwned32(submitterBlock + SUBMITTER_HAND_SLOT, 0);
  storeOwned32(submitterBlock + SUBMITTER_HAND_BLOCK, 0);
}

/** The block belongs to a slot now. */
export function letGoBlock(): void {
  storeOwned32(submitterBlock + SUBMITTER_HAND_BLOCK, 0);
}

/** Worker: an entry that it has popped and not claimed. */
export function holdEntry(entry: i32): void {
  storeOwned32(workerBlock + WORKER_HAND_ENTRY, entry + 1);
}

export function letGoEntry(): void {
  storeOwned32(workerBlock + WORKER_HAND_ENTRY, 0);
}

/** Worker: so many entries behind the published ones of its run queue are its own; 0 when they are published. */
export function holdBatch(entries: i32, level: i32): void {
  storeOwned32(workerBlock + WORKER_BATCH_LEVEL, level);
  storeOwned32(workerBlock + WORKER_BATCH, entries);
}

export function letGoBatch(): void {
  storeOwned32(workerBlock + WORKER_BATCH, 0);
}

/** Worker: a task that has ended and is in no inbox. */
export function holdFinished(index: i32): void {
  storeOwned32(workerBlock + WORKER_FINISHING, index + 1);
}

export function letGoFinished(): void {
  storeOwned32(workerBlock + WORKER_FINISHING, 0);
}
