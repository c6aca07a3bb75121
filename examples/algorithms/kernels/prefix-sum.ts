/** Replaces each number of the payload by the sum of all up to it: sums of blocks, their prefix sums, then the blocks. */
import { alloc, fail, free, parallelFor, payload, payloadLength, scratch } from 'tallyio/assembly';

const BLOCK: i32 = 65536;

// What the parts work on: three words in scratch memory.
const NUMBERS: usize = 0;
const LENGTH: usize = 4;
const SUMS: usize = 8;
const JOB_BYTES: i32 = 12;

function blockEnd(block: i32, length: i32): i32 {
  return min((block + 1) * BLOCK, length);
}

function sumBlocks(begin: i32, end: i32, job: usize): void {
  const numbers = load<usize>(job, NUMBERS);
  for (let block = begin; block < end; ++block) {
    let sum: f64 = 0;
    const last = blockEnd(block, load<i32>(job, LENGTH));
    for (let i = block * BLOCK; i < last; ++i) sum += load<f64>(numbers + ((i as usize) << 3));
    store<f64>(load<usize>(job, SUMS) + ((block as usize) << 3), sum);
  }
}

// From what all blocks before a block add up to.
function addBlocks(begin: i32, end: i32, job: usize): void {
  const numbers = load<usize>(job, NUMBERS);
  for (let block = begin; block < end; ++block) {
    const sum = load<f64>(load<usize>(job, SUMS) + ((block as usize) << 3));
    addUp(numbers, block * BLOCK, blockEnd(block, load<i32>(job, LENGTH)), sum);
  }
}

/** @returns the sum of all */
function addUp(numbers: usize, begin: i32, end: i32, before: f64): f64 {
  let sum = before;
  for (let i = begin; i < end; ++i) {
    const at = numbers + ((i as usize) << 3);
    sum += load<f64>(at);
    store<f64>(at, sum);
  }
  return sum;
}

export function prefixSum(task: usize): void {
  const length = payloadLength(task) >>> 3;
  const blocks = (length + BLOCK - 1) / BLOCK;
  const job = scratch(JOB_BYTES);
  const sums = alloc(8 * (blocks + 1));
  if (sums == 0) return fail(task, 1);
  store<usize>(job, payload(task), NUMBERS);
  store<i32>(job, length, LENGTH);
  store<usize>(job, sums + 8, SUMS);
  store<f64>(sums, 0);
  parallelFor(0, blocks, 0, sumBlocks, job);
  addUp(sums, 1, blocks + 1, 0);
  store<usize>(job, sums, SUMS); // that of block i is now the sum of those before it
  parallelFor(0, blocks, 0, addBlocks, job);
  free(sums);
}

export function prefixSumSerial(task: usize): void {
  addUp(payload(task), 0, payloadLength(task) >>> 3, 0);
}
