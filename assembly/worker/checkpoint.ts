/** Checkpoint: a kernel lets more urgent kernels run on top of it. Handlers need an event loop: they wait for it to end. */
import { ATTENTION_DOOM, EMPTY, FRAME, LOST_RACE } from '../../src/abi/codes';
import { SLOT_TYPE, WORKER_ATTENTION } from '../../src/abi/layout';
import { hasRootFrame, runStolen } from './join';
import { level } from './frame-stack';
import { workerBlock } from '../memory/region';
import { slotAt } from '../memory/slab';
import { load32, loadOwned32 } from '../sync/atomics';
import { findUrgent, kernelOf, stolenFrame, stolenLevel } from './find';
import { levels } from './level';
import { claimEntry, runOnTop } from './task';

/** Worker, inside of a kernel: runs all kernels of a higher priority that wait. One load when there are none. */
export function checkpoint(): void {
  const urgent = (1 << level) - 1;
  while ((levels() & urgent) != 0 && hasRootFrame()) {
    if ((load32(workerBlock + WORKER_ATTENTION) & ATTENTION_DOOM) != 0) return;
    const entry = findUrgent(level);
    if (entry == LOST_RACE) continue;
    if (entry == EMPTY) return;
    if (entry == FRAME) runStolen(stolenFrame, stolenLevel);
    else if (claimEntry(entry)) runOnTop(entry, kernelOf(loadOwned32(slotAt(entry) + SLOT_TYPE)));
  }
}
