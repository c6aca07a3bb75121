/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC 2011). A block of four 32-bit words is a pure function of a 64-bit key and a 128-bit counter, so streams
 * that differ in any part of the counter never overlap and need no state from one task to the next.
 */

const MULTIPLIER_0: u64 = 0xd2511f53;
const MULTIPLIER_1: u64 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9;
const WEYL_1: u32 = 0xbb67ae85;
const ROUNDS = 10;

/** The block drawn last: words 0 and 1, words 2 and 3, the first of each pair in the low half. */
export let low: u64 = 0;
export let high: u64 = 0;

/** Draws the block at counter (block, batch, stream, 0) under key (seed, 0). */
export function draw(seed: u32, stream: u32, batch: u32, block: u32): void {
  let x0 = block;
  let x1 = batch;
  let x2 = stream;
  let x3: u32 = 0;
  let key0 = seed;
  let key1: u32 = 0;
  for (let round = 0; round < ROUNDS; ++round) {
    const product0 = (x0 as u64) * MULTIPLIER_0;
    const product1 = (x2 as u64) * MULTIPLIER_1;
    x0 = ((product1 >> 32) as u32) ^ x1 ^ key0;
    x1 = product1 as u32;
    x2 = ((product0 >> 32) as u32) ^ x3 ^ key1;
    x3 = product0 as u32;
    key0 += WEYL_0;
    key1 += WEYL_1;
  }
  low = (x0 as u64) | ((x1 as u64) << 32);
  high = (x2 as u64) | ((x3 as u64) << 32);
}

/** 64 random bits as a number in the open interval (0, 1): the middle of one of 2⁵² equal cells. */
export function toUniform(bits: u64): f64 {
  return (((bits >> 12) as i64 as f64) + 0.5) * 2.220446049250313e-16;
}
