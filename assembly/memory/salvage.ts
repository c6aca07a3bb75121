/**
 * Salvage: the free nodes, pages and blocks that a thread had in its hand or in its caches when it ended. Another thread puts
 * them where they belong; the hand says exactly where each of them was. docs/protocols/recovery.md
 */
import { FREE } from '../../src/abi/codes';
import {
  CLASSES,
  LINK_NEXT,
  SLOT_BYTES,
  SLOT_STATE,
  SUBMITTER_CUT,
  SUBMITTER_CUT_CLASS,
  SUBMITTER_CUT_NODES,
  SUBMITTER_GIVING,
  SUBMITTER_GIVING_PAGES,
  SUBMITTER_HAND_BLOCK,
  SUBMITTER_HAND_BYTES,
  SUBMITTER_HAND_COUNTED,
  SUBMITTER_HAND_SLOT,
  SUBMITTER_LOOSE,
  SUBMITTER_LOOSE_BLOCKS,
  SUBMITTER_LOOSE_REST,
  SUBMITTER_PUSHING,
  SUBMITTER_PUSHING_CLASS,
} from '../../src/abi/layout';
import { loadOwned32, loadOwned64, store64 } from '../sync/atomics';
import { SLAB_CLASS, flushCacheOf, giveNode } from './cache';
import { dropClaimOf } from './claim';
import { depotOf, depotPush } from './depot';
import { takeOver } from './hand';
import { FREE_PAGE, wordOf } from './page';
import { freeHeldBlock } from './pool';
import { capacity, magazineSlots, submitterBlockOf } from './region';
import { freeSlot, slotAt, slotOfNode } from './slab';
import { bytesOfClass, magazineBlocks } from './size-class';
import { statusOf } from './state';

function giveFree(sizeClass: i32, node: usize): void {
  giveNode(sizeClass, node, sizeClass == SLAB_CLASS ? magazineSlots : magazineBlocks(bytesOfClass(sizeClass)));
}

function salvageMagazine(block: usize): void {
  const magazine = takeOver(block, SUBMITTER_PUSHING) as usize;
  if (magazine != 0) depotPush(depotOf(loadOwned32(block + SUBMITTER_PUSHING_CLASS)), magazine);
}

function salvageCut(block: usize): void {
  const sizeClass = loadOwned32(block + SUBMITTER_CUT_CLASS);
  const bytes: u32 = sizeClass == SLAB_CLASS ? SLOT_BYTES : bytesOfClass(sizeClass);
  const first = loadOwned32(block + SUBMITTER_CUT) as usize;
  for (let left = takeOver(block, SUBMITTER_CUT_NODES) - 1; left >= 0; --left)
    giveFree(sizeClass, first + left * bytes);
}

function giveChain(sizeClass: i32, first: usize, most: i32): void {
  let left = most;
  for (let node = first; node != 0 && left != 0; --left) {
    const next = loadOwned32(node + LINK_NEXT) as usize;
    giveFree(sizeClass, node);
    node = next;
  }
}

function salvageLoose(block: usize): void {
  const sizeClass = loadOwned32(block + SUBMITTER_CUT_CLASS);
  const first = takeOver(block, SUBMITTER_LOOSE) as usize;
  const sure = takeOver(block, SUBMITTER_LOOSE_BLOCKS);
  giveChain(sizeClass, first, sure == 0 ? -1 : sure);
  if (first != 0 && sure != 0) giveChain(sizeClass, loadOwned32(block + SUBMITTER_LOOSE_REST) as usize, -1);
}

function salvagePages(block: usize): void {
  let page = loadOwned32(block + SUBMITTER_GIVING);
  for (let left = takeOver(block, SUBMITTER_GIVING_PAGES); left > 0; --left) store64(wordOf(page++), FREE_PAGE);
}

function salvageSlot(block: usize): void {
  const node = takeOver(block, SUBMITTER_HAND_SLOT) as usize;
  if (node == 0) return;
  const index = slotOfNode(node);
  // Freed already, or taken and not freed.
  if (statusOf(loadOwned64(slotAt(index) + SLOT_STATE)) != FREE) freeSlot(index);
  else if (index < capacity) giveFree(SLAB_CLASS, node);
}

/** The host, which alone salvages: takes over what a submitter that has ended kept free. What it had submitted is not touched. */
export function salvage(lost: i32): void {
  const block = submitterBlockOf(lost);
  salvageMagazine(block);
  salvageCut(block);
  salvageLoose(block);
  salvagePages(block);
  dropClaimOf(lost); // and counts all pages that are open now
  const held = takeOver(block, SUBMITTER_HAND_BLOCK) as usize;
  if (held != 0) {
    const bytes = loadOwned32(block + SUBMITTER_HAND_BYTES) as u32;
    freeHeldBlock(held, bytes, loadOwned32(block + SUBMITTER_HAND_COUNTED));
  }
  salvageSlot(block);
  for (let sizeClass = 0; sizeClass < CLASSES; ++sizeClass) flushCacheOf(block, sizeClass);
}
