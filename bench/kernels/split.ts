/**
 * Work on many numbers that splits into parts: kernels that split it themselves, and the same parts as plain functions for
 * threads that have no engine: phases one after the other, of each as many parts as one likes beside each other.
 */
import { parallelReduce, payload, payloadLength, setResult } from '../../assembly/index';
import { matrix, multiplyRows } from '../../examples/algorithms/kernels/matrix';
import { merge, mergeSort, sortAlone } from '../../examples/algorithms/kernels/merge-sort';

export { matrix, mergeSort };

function sumOf(begin: i32, end: i32, numbers: usize): f64 {
  let sum: f64 = 0;
  for (let i = begin; i < end; ++i) sum += load<f64>(numbers + ((i as usize) << 3));
  return sum;
}

function add(left: f64, right: f64): f64 {
  return left + right;
}

/** Adds up the numbers of the payload. */
export function sum(task: usize): void {
  setResult(task, parallelReduce(0, payloadLength(task) >>> 3, 0, 0, sumOf, add, payload(task)));
}

/** The index at which a part begins. */
function bound(count: i32, part: i32, parts: i32): i32 {
  return (((count as i64) * part) / parts) as i32;
}

/** `data`: the numbers. One phase. @returns their sum */
export function sumPart(phase: i32, part: i32, parts: i32, data: usize, count: i32): f64 {
  return sumOf(bound(count, part, parts), bound(count, part + 1, parts), data);
}

/** `data`: as the payload of `matrix`; `count`: rows. One phase. */
export function matrixPart(phase: i32, part: i32, parts: i32, data: usize, count: i32): f64 {
  multiplyRows(bound(count, part, parts), bound(count, part + 1, parts), data);
  return 0;
}

/** How many of the first `count` numbers of a merge come from the left. */
function leftOf(count: i32, left: usize, leftLength: i32, right: usize, rightLength: i32): i32 {
  let low = max(0, count - rightLength);
  let high = min(count, leftLength);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = right + (((count - 1 - middle) as usize) << 3);
    if (load<f64>(left + ((middle as usize) << 3)) <= load<f64>(other)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Writes one of `parts` equal parts of what two sorted sequences merge to. */
function mergePart(
  part: i32,
  parts: i32,
  left: usize,
  leftLength: i32,
  right: usize,
  rightLength: i32,
  to: usize,
): void {
  const begin = bound(leftLength + rightLength, part, parts);
  const end = bound(leftLength + rightLength, part + 1, parts);
  const leftBegin = leftOf(begin, left, leftLength, right, rightLength);
  const leftEnd = leftOf(end, left, leftLength, right, rightLength);
  merge(
    left + ((leftBegin as usize) << 3),
    leftEnd - leftBegin,
    right + (((begin - leftBegin) as usize) << 3),
    end - leftEnd - (begin - leftBegin),
    to + ((begin as usize) << 3),
  );
}

/**
 * `data`: the numbers, and behind them room for as many. Phase 0 sorts each part, each other one merges neighbours, each to the
 * other side, the last one to `data`.
 *
 * @param parts 2^p, for 1 + p phases
 */
export function sortPart(phase: i32, part: i32, parts: i32, data: usize, count: i32): f64 {
  const spare = data + ((count as usize) << 3);
  const isAside = ((ctz(parts) - phase) & 1) != 0;
  if (phase == 0) {
    const begin = bound(count, part, parts);
    const bytes = (begin as usize) << 3;
    sortAlone(data + bytes, spare + bytes, bound(count, part + 1, parts) - begin, isAside);
    return 0;
  }
  const from = isAside ? data : spare;
  const merged = 1 << phase; // so many sorted parts become one
  const first = part & -merged;
  const begin = bound(count, first, parts);
  const middle = bound(count, first + merged / 2, parts);
  const end = bound(count, first + merged, parts);
  mergePart(
    part - first,
    merged,
    from + ((begin as usize) << 3),
    middle - begin,
    from + ((middle as usize) << 3),
    end - middle,
    (isAside ? spare : data) + ((begin as usize) << 3),
  );
  return 0;
}
