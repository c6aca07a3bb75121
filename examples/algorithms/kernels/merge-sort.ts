/** Sorts numbers in place: halves in parallel, and their merge, too. */
import { alloc, argument, fail, free, join, payload, payloadLength, scratch, spawn } from 'tallyio/assembly';

/** Numbers that one kernel sorts or merges alone. */
const SMALL: i32 = 8192;
/** Numbers that insertion sorts faster than merging. */
const FEW: i32 = 24;
const F64: usize = 8;

// What a kernel sorts or merges: five words in scratch memory of whoever spawns it.
const FROM: usize = 0;
const TO: usize = 4;
const LENGTH: usize = 8;
const OTHER: usize = 12;
const OTHER_LENGTH: usize = 16;
const JOB_BYTES: i32 = 20;

function insertionSort(numbers: usize, length: i32): void {
  for (let i = 1; i < length; ++i) {
    const number = load<f64>(numbers + ((i as usize) << 3));
    let at = i;
    for (; at > 0 && load<f64>(numbers + (((at - 1) as usize) << 3)) > number; --at) {
      store<f64>(numbers + ((at as usize) << 3), load<f64>(numbers + (((at - 1) as usize) << 3)));
    }
    store<f64>(numbers + ((at as usize) << 3), number);
  }
}

export function merge(left: usize, leftLength: i32, right: usize, rightLength: i32, to: usize): void {
  const leftEnd = left + ((leftLength as usize) << 3);
  const rightEnd = right + ((rightLength as usize) << 3);
  while (left < leftEnd && right < rightEnd) {
    const one = load<f64>(left);
    const other = load<f64>(right);
    const isLeft = one <= other;
    store<f64>(to, isLeft ? one : other);
    left += isLeft ? F64 : 0;
    right += isLeft ? 0 : F64;
    to += F64;
  }
  memory.copy(to, left, leftEnd - left);
  memory.copy(to + (leftEnd - left), right, rightEnd - right);
}

/** Sorts `numbers`; with `moved` the result stands in `spare`. */
export function sortAlone(numbers: usize, spare: usize, length: i32, moved: bool): void {
  if (length <= FEW) {
    insertionSort(numbers, length);
    if (moved) memory.copy(spare, numbers, (length as usize) << 3);
    return;
  }
  const half = length >>> 1;
  const bytes = (half as usize) << 3;
  sortAlone(numbers, spare, half, !moved);
  sortAlone(numbers + bytes, spare + bytes, length - half, !moved);
  const from = moved ? numbers : spare;
  merge(from, half, from + bytes, length - half, moved ? spare : numbers);
}

/** @returns how many of the sorted numbers are less than `number` */
function rankOf(number: f64, numbers: usize, length: i32): i32 {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<f64>(numbers + ((middle as usize) << 3)) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The middle of the longer part divides both.
function mergeHalves(left: usize, leftLength: i32, right: usize, rightLength: i32, to: usize): void {
  if (leftLength < rightLength) return mergeHalves(right, rightLength, left, leftLength, to);
  if (leftLength + rightLength <= SMALL) return merge(left, leftLength, right, rightLength, to);
  const middle = leftLength >>> 1;
  const rank = rankOf(load<f64>(left + ((middle as usize) << 3)), right, rightLength);
  const job = scratch(JOB_BYTES);
  if (job == 0) return merge(left, leftLength, right, rightLength, to);
  store<usize>(job, left + ((middle as usize) << 3), FROM);
  store<i32>(job, leftLength - middle, LENGTH);
  store<usize>(job, right + ((rank as usize) << 3), OTHER);
  store<i32>(job, rightLength - rank, OTHER_LENGTH);
  store<usize>(job, to + (((middle + rank) as usize) << 3), TO);
  const upper = spawn(mergeJob, job as f64);
  mergeHalves(left, middle, right, rank, to);
  join(upper);
}

function mergeJob(task: usize): void {
  const job = argument(task) as usize;
  const left = load<usize>(job, FROM);
  mergeHalves(
    left,
    load<i32>(job, LENGTH),
    load<usize>(job, OTHER),
    load<i32>(job, OTHER_LENGTH),
    load<usize>(job, TO),
  );
}

function sortHalves(numbers: usize, spare: usize, length: i32, moved: bool): void {
  const job: usize = length <= SMALL ? 0 : scratch(JOB_BYTES);
  if (job == 0) return sortAlone(numbers, spare, length, moved);
  const half = length >>> 1;
  const bytes = (half as usize) << 3;
  store<usize>(job, numbers, FROM);
  store<usize>(job, spare, TO);
  store<i32>(job, half, LENGTH);
  store<i32>(job, moved ? 0 : 1, OTHER);
  const lower = spawn(sortJob, job as f64);
  sortHalves(numbers + bytes, spare + bytes, length - half, !moved);
  join(lower);
  const from = moved ? numbers : spare;
  mergeHalves(from, half, from + bytes, length - half, moved ? spare : numbers);
}

function sortJob(task: usize): void {
  const job = argument(task) as usize;
  sortHalves(load<usize>(job, FROM), load<usize>(job, TO), load<i32>(job, LENGTH), load<i32>(job, OTHER) != 0);
}

/** Sorts the numbers of the payload, which is memory that `engine.allocate` gave. */
export function mergeSort(task: usize): void {
  const spare = alloc(payloadLength(task));
  if (spare == 0) return fail(task, 1);
  sortHalves(payload(task), spare, payloadLength(task) >>> 3, false);
  free(spare);
}

export function mergeSortSerial(task: usize): void {
  const spare = alloc(payloadLength(task));
  if (spare == 0) return fail(task, 1);
  sortAlone(payload(task), spare, payloadLength(task) >>> 3, false);
  free(spare);
}
