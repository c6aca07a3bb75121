/** Scratch: memory of a worker that a kernel has until it returns. Marked when a kernel begins, released when it ends. */
import { SCRATCH_BYTES } from '../../src/abi/layout';
import { scratchOf } from './fork';
import { worker } from './region';

const ALIGNMENT: u32 = 16;

/** Bytes that are taken. */
export let taken: u32 = 0;

/** @returns the address of `bytes` bytes, 16-byte aligned, not zeroed; 0 when the arena has less left */
export function takeScratch(bytes: u32): usize {
  if (bytes > (SCRATCH_BYTES as u32) - taken) return 0;
  const address = scratchOf(worker) + taken;
  taken = min<u32>((taken + bytes + (ALIGNMENT - 1)) & ~(ALIGNMENT - 1), SCRATCH_BYTES);
  return address;
}

export function releaseScratch(mark: u32): void {
  taken = mark;
}
