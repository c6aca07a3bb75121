/** Heap: blocks of the pool that kernels keep for as long as they like. A header of 16 bytes knows how large each is. */
import { letGoBlock } from './hand';
import { allocBlock, freeBlock } from './pool';
import { loadOwned32, storeOwned32 } from '../sync/atomics';

const HEADER_BYTES: u32 = 16;
const SIZE: usize = 0;
const SEAL: usize = 4;
const SEALED: i32 = 0x5ea1_ed00;

/** @returns the address of `bytes` bytes, 16-byte aligned; 0 when the pool is exhausted */
export function alloc(bytes: u32): usize {
  const size = bytes + HEADER_BYTES;
  if (size < bytes) return 0;
  const block = allocBlock(size);
  if (block == 0) return 0;
  storeOwned32(block + SIZE, size as i32);
  storeOwned32(block + SEAL, SEALED ^ (block as i32));
  letGoBlock(); // the kernel has it, wherever it writes the address
  return block + HEADER_BYTES;
}

/** Frees what `alloc` gave; traps at anything else but 0. */
export function free(address: usize): void {
  if (address == 0) return;
  const block = address - HEADER_BYTES;
  if ((block & 63) != 0 || loadOwned32(block + SEAL) != (SEALED ^ (block as i32))) unreachable();
  storeOwned32(block + SEAL, 0);
  freeBlock(block, loadOwned32(block + SIZE) as u32);
}
