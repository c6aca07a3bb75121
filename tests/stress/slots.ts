import { FREE } from '../../src/abi/codes.ts';
import * as layout from '../../src/abi/layout.ts';

/** The status of each slot of the slab that is not free, as anyone may see it. */
export function slotsInUse(memory: WebAssembly.Memory): number[] {
  const words = new Int32Array(memory.buffer);
  const first = words[layout.HEADER_SLAB >>> 2] ?? 0;
  const capacity = words[layout.HEADER_CAPACITY >>> 2] ?? 0;
  const statuses = Array.from({ length: capacity }, (_, index) => {
    const state = words[(first + index * layout.SLOT_BYTES + layout.SLOT_STATE) >>> 2] ?? 0; // low half: worker, status
    return state & 255;
  });
  return statuses.filter((status) => status !== FREE);
}
