import { FREE } from '../../src/abi/codes.ts';
import * as layout from '../../src/abi/layout.ts';

/** Slots of the slab that are not free, as anyone may see them. */
export function slotsInUse(memory: WebAssembly.Memory): number {
  const words = new Int32Array(memory.buffer);
  const first = words[layout.HEADER_SLAB >>> 2] ?? 0;
  const capacity = words[layout.HEADER_CAPACITY >>> 2] ?? 0;
  let inUse = 0;
  for (let index = 0; index < capacity; ++index) {
    const state = words[(first + index * layout.SLOT_BYTES + layout.SLOT_STATE) >>> 2] ?? 0; // its low half: worker, status
    if ((state & 255) !== FREE) inUse += 1;
  }
  return inUse;
}
