/** Stop: how the submitter of a task ends it before it ends by itself. docs/protocols/slab.md, recovery.md */
import { ATTENTION_DOOM } from '../../src/abi/codes';
import { SLOT_LENGTH, SLOT_META, SLOT_PAYLOAD } from '../../src/abi/layout';
import { COUNTED_ALLOCATED, holdBlock } from '../memory/hand';
import { levelOf } from '../memory/meta';
import { freeBlock } from '../memory/pool';
import { cancelSlot, condemnSlot, slotAt } from '../memory/slab';
import { loadRacy32 } from '../sync/atomics';
import { callHost } from './host-call';
import { alert } from './idle';
import { correctQueued } from './stats';

/** Cancels a queued task and frees its input. @returns false when it runs or has ended */
export function cancel(index: i32): bool {
  const slot = slotAt(index);
  // Read before the CAS: afterwards whoever pops the entry may free the slot. Racy if the task runs: then the CAS fails.
  const payload = loadRacy32(slot + SLOT_PAYLOAD);
  const length = loadRacy32(slot + SLOT_LENGTH);
  const level = levelOf(loadRacy32(slot + SLOT_META));
  if (!cancelSlot(index)) return false;
  if (length != 0) holdBlock(payload as usize, length as u32, COUNTED_ALLOCATED);
  correctQueued(level, -1); // its entry stays where it is
  if (length != 0) freeBlock(payload as usize, length as u32);
  return true;
}

/** Takes a running task from its worker, which the host is to end. @returns that worker, −1 when the task does not run any more */
export function condemn(index: i32): i32 {
  const worker = condemnSlot(index);
  if (worker < 0) return worker;
  alert(worker, ATTENTION_DOOM);
  callHost();
  return worker;
}
