/** In how many ways n queens stand on a board of n × n so that none attacks another. A row at a time; a bit a column. */
import { argument, join, scratch, setResult, spawn } from 'tallyio/assembly';

/** Rows that are spawned; below them the work is too little. */
const SPAWNED_ROWS: i32 = 4;
/** Bits of each mask in an argument. */
const BITS: f64 = 65536;

// Columns that are taken, and columns of this row that are attacked along the two diagonals.
function count(all: i32, columns: i32, left: i32, right: i32): i32 {
  if (columns == all) return 1;
  let found = 0;
  for (let free = all & ~(columns | left | right); free != 0; free &= free - 1) {
    const queen = free & -free;
    found += count(all, columns | queen, ((left | queen) << 1) & all, (right | queen) >>> 1);
  }
  return found;
}

/** Three masks of 16 bits, and n above them. */
function pack(n: i32, columns: i32, left: i32, right: i32): f64 {
  return (((n as f64) * BITS + columns) * BITS + left) * BITS + right;
}

// A row: each place in it is a kernel.
function row(task: usize): void {
  const bits = argument(task) as i64;
  const right = (bits & 0xffff) as i32;
  const left = ((bits >>> 16) & 0xffff) as i32;
  const columns = ((bits >>> 32) & 0xffff) as i32;
  const n = (bits >>> 48) as i32;
  const all = (1 << n) - 1;
  if (popcnt(columns) == SPAWNED_ROWS || columns == all) {
    setResult(task, count(all, columns, left, right));
    return;
  }
  const handles = scratch(4 * n);
  let spawned: usize = 0;
  for (let free = all & ~(columns | left | right); free != 0; free &= free - 1, ++spawned) {
    const queen = free & -free;
    const next = pack(n, columns | queen, ((left | queen) << 1) & all, (right | queen) >>> 1);
    store<usize>(handles + 4 * spawned, spawn(row, next));
  }
  let found: f64 = 0;
  for (let i: usize = 0; i < spawned; ++i) found += join(load<usize>(handles + 4 * i));
  setResult(task, found);
}

/** @param task n, at most 15 */
export function queens(task: usize): void {
  setResult(task, join(spawn(row, pack(argument(task) as i32, 0, 0, 0))));
}

export function queensSerial(task: usize): void {
  setResult(task, count((1 << (argument(task) as i32)) - 1, 0, 0, 0));
}
