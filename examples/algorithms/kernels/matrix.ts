/** Multiplies two square matrices of f64, two numbers at a time. The payload: n as f64, one empty, then A, B and C by rows. */
import { parallelFor, payload } from 'tallyio/assembly';

/** Rows of B that stay in the cache while all rows of a part are gone through. */
const BLOCK: i32 = 64;
const HEADER_BYTES: usize = 16;

// Adds `factor` times a row of B to a row of C.
function addRow(factor: f64, row: usize, to: usize, bytes: usize): void {
  const factors = f64x2.splat(factor);
  const end = to + (bytes & ~15);
  for (; to < end; to += 16, row += 16) {
    v128.store(to, f64x2.add(v128.load(to), f64x2.mul(factors, v128.load(row))));
  }
  if ((bytes & 8) != 0) store<f64>(to, load<f64>(to) + factor * load<f64>(row));
}

/** Rows `begin` … `end` − 1 of C. */
export function multiplyRows(begin: i32, end: i32, matrices: usize): void {
  const n = load<f64>(matrices) as i32;
  const rowBytes = (n as usize) << 3;
  const a = matrices + HEADER_BYTES;
  const b = a + (n as usize) * rowBytes;
  const c = b + (n as usize) * rowBytes;
  memory.fill(c + (begin as usize) * rowBytes, 0, ((end - begin) as usize) * rowBytes);
  for (let first = 0; first < n; first += BLOCK) {
    const last = min(first + BLOCK, n);
    for (let i = begin; i < end; ++i) {
      for (let k = first; k < last; ++k) {
        const factor = load<f64>(a + (i as usize) * rowBytes + ((k as usize) << 3));
        addRow(factor, b + (k as usize) * rowBytes, c + (i as usize) * rowBytes, rowBytes);
      }
    }
  }
}

export function matrix(task: usize): void {
  parallelFor(0, load<f64>(payload(task)) as i32, 0, multiplyRows, payload(task));
}

export function matrixSerial(task: usize): void {
  multiplyRows(0, load<f64>(payload(task)) as i32, payload(task));
}
