/**
 * Doom: a worker that a task was taken from. The bit alone may be a late one, which was meant for the worker before it; with a
 * Condemned slot that names the worker it counts. docs/protocols/recovery.md
 */
import { ATTENTION_DOOM } from '../../src/abi/codes';
import { WORKER_ATTENTION } from '../../src/abi/layout';
import { worker, workerBlock } from '../memory/region';
import { condemnedOn } from '../memory/slab';
import { and32, or32 } from '../sync/atomics';

/** Worker that has the bit set. @returns whether it is doomed; else the bit is off */
export function seesDoom(): bool {
  and32(workerBlock + WORKER_ATTENTION, ~ATTENTION_DOOM); // before the look: a doom that comes later sets it again
  if (condemnedOn(worker) == 0) return false;
  or32(workerBlock + WORKER_ATTENTION, ATTENTION_DOOM);
  return true;
}
