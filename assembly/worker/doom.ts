/**
 * Doom: a worker that a task was taken from. The bit alone may be a late one, which was meant for the worker before it; with a
 * Condemned slot that names the worker it counts. docs/protocols/recovery.md
 */
import { ATTENTION_DOOM } from '../../src/abi/codes';
import { WORKER_ATTENTION } from '../../src/abi/layout';
import { worker, workerBlock } from '../memory/region';
import { condemnedOn } from '../memory/slab';
import { and32, or32 } from '../sync/atomics';
import { callHost } from './host-call';

/** Worker that has the bit set. @returns whether it is doomed; else the bit is off */
export function seesDoom(): bool {
  if (condemnedOn(worker) != 0) return true; // the host may look at the bit at any time: it stays on
  and32(workerBlock + WORKER_ATTENTION, ~ATTENTION_DOOM);
  if (condemnedOn(worker) == 0) return false; // after that: a doom that comes later sets the bit again
  or32(workerBlock + WORKER_ATTENTION, ATTENTION_DOOM);
  callHost(); // it may have looked meanwhile
  return true;
}
