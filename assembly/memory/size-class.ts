/**
 * Size classes of the pool's blocks, two an octave: 2^k and 1.5 · 2^k bytes, 64, 96, 128, 192 … 49152, 65536. Class 0 is the
 * slab's. docs/protocols/pool.md
 */
import { MIN_BLOCK_SHIFT, PAGE_BYTES } from '../../src/abi/layout';

/** @param bytes at most 64 KiB. @returns 1 … POOL_CLASSES */
export function classOf(bytes: u32): i32 {
  if (bytes <= 1 << MIN_BLOCK_SHIFT) return 1;
  const octave = 31 - (clz<u32>(bytes - 1) as i32); // 2^octave < bytes ≤ 2^(octave + 1)
  const upper = bytes > 3 << (octave - 1) ? 1 : 0;
  return ((octave - MIN_BLOCK_SHIFT) << 1) + 2 + upper;
}

export function bytesOfClass(sizeClass: i32): u32 {
  const octave = (sizeClass - 1) >> 1;
  const whole = (1 << (MIN_BLOCK_SHIFT + octave)) as u32;
  return (sizeClass - 1) & 1 ? whole + (whole >> 1) : whole;
}

/** Blocks of a full magazine: at most 16 KiB, so that a thread holds little back. */
export function magazineBlocks(bytes: u32): i32 {
  const blocks = (16384 / bytes) as i32;
  return blocks < 1 ? 1 : blocks > 32 ? 32 : blocks;
}

/** Blocks that a page is cut into. */
export function pageBlocks(bytes: u32): i32 {
  return ((PAGE_BYTES as u32) / bytes) as i32;
}
