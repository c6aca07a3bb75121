/**
 * Drain: the submitter turns its completions into records that the host reads in one go. Slots of ordinary tasks are freed
 * here; kept ones (`submitTask`) stay until `release`. The payload block of a record belongs to the reader of the record.
 */
import { META_DRAINED, META_KEPT } from '../../src/abi/codes';
import {
  RECORDS,
  RECORD_BYTES,
  RECORD_INDEX,
  RECORD_LENGTH,
  RECORD_META,
  RECORD_PAYLOAD,
  RECORD_STATUS_SHIFT,
  RECORD_TYPE,
  RECORD_VALUE,
  SLOT_LENGTH,
  SLOT_META,
  SLOT_PAYLOAD,
  SLOT_STATE,
  SLOT_TYPE,
  SLOT_VALUE,
  SUBMITTER_CHAIN,
  SUBMITTER_DRAINED,
  SUBMITTER_RECORDS,
} from '../../src/abi/layout';
import { holdSlot } from '../memory/hand';
import { freeNamedBlock } from '../memory/pool';
import { submitterBlock } from '../memory/region';
import { freeSlot, linkAt, nodeOf, slotAt } from '../memory/slab';
import { statusOf } from '../memory/state';
import { loadOwned32, loadOwned64, loadOwnedF64, storeOwned32, storeOwnedF64 } from '../sync/atomics';
import { takeInbox } from './inbox';

const RECORD_META_MASK: i32 = 0xffff;

// Completions taken from the inbox but not drained yet: slot index + 1, linked. Our own word.
function chain(): i32 {
  return loadOwned32(submitterBlock + SUBMITTER_CHAIN);
}

// The slot is the drainer's: its worker let go of it by the inbox's CAS. The records are this thread's own.
function writeRecord(record: usize, index: i32, slot: usize): i32 {
  const meta = loadOwned32(slot + SLOT_META);
  const status = statusOf(loadOwned64(slot + SLOT_STATE));
  storeOwned32(record + RECORD_INDEX, index);
  storeOwned32(record + RECORD_META, (meta & RECORD_META_MASK) | (status << RECORD_STATUS_SHIFT));
  storeOwnedF64(record + RECORD_VALUE, loadOwnedF64(slot + SLOT_VALUE));
  storeOwned32(record + RECORD_PAYLOAD, loadOwned32(slot + SLOT_PAYLOAD));
  storeOwned32(record + RECORD_LENGTH, loadOwned32(slot + SLOT_LENGTH));
  storeOwned32(record + RECORD_TYPE, loadOwned32(slot + SLOT_TYPE));
  return meta;
}

/** @returns the number of records written, at most `most` and RECORDS */
export function drainCompletions(most: i32): i32 {
  let drained = 0;
  if (most > RECORDS) most = RECORDS;
  let first = chain();
  while (drained < most) {
    if (first == 0) {
      first = takeInbox();
      if (first == 0) break;
    }
    const index = first - 1;
    const slot = slotAt(index);
    first = loadOwned32(linkAt(index)); // ours, as the slot
    const meta = writeRecord(submitterBlock + SUBMITTER_RECORDS + (drained as usize) * RECORD_BYTES, index, slot);
    drained += 1;
    storeOwned32(submitterBlock + SUBMITTER_CHAIN, first);
    storeOwned32(submitterBlock + SUBMITTER_DRAINED, drained);
    if ((meta & META_KEPT) == 0) {
      holdSlot(nodeOf(index));
      freeSlot(index);
    } else storeOwned32(slot + SLOT_META, meta | META_DRAINED); // it keeps its payload
  }
  return drained;
}

/** Writes the record of one ended task that was kept; it takes the payload over. */
export function readKept(index: i32): void {
  const slot = slotAt(index);
  const record = submitterBlock + SUBMITTER_RECORDS;
  writeRecord(record, index, slot);
  storeOwned32(record + RECORD_META, loadOwned32(record + RECORD_META) & ~META_KEPT);
  storeOwned32(slot + SLOT_LENGTH, 0);
  if (loadOwned32(submitterBlock + SUBMITTER_DRAINED) == 0) storeOwned32(submitterBlock + SUBMITTER_DRAINED, 1);
}

/** Frees the payload of a record. */
export function freeRecord(record: usize): void {
  freeNamedBlock(record + RECORD_PAYLOAD);
}

/** Whether completions wait that were taken from the inbox before. */
export function hasChain(): bool {
  return chain() != 0;
}
