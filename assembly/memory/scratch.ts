/** Scratch: an arena of memory of a worker that kernels have until they return, one above the other. */
import { SCRATCH_BYTES } from '../../src/abi/layout';
import { scratchOf } from './fork';
import { worker } from './region';

const ALIGNMENT: u32 = 16;

/** @returns where `bytes` bytes from there on end, both in bytes of the arena; 0 when it has less left */
export function endOfScratch(from: u32, bytes: u32): u32 {
  if (bytes > (SCRATCH_BYTES as u32) - from) return 0;
  return min<u32>((from + max<u32>(bytes, 1) + (ALIGNMENT - 1)) & ~(ALIGNMENT - 1), SCRATCH_BYTES);
}

/** Address of a byte of the arena. */
export function scratchAt(offset: u32): usize {
  return scratchOf(worker) + offset;
}
