/** Fibonacci numbers by their definition: next to no work, and a tree of kernels. */
import { argument, join, setResult, spawn } from 'tallyio/assembly';

/** Below this a spawn would cost more than the work it offers. */
const SMALL: f64 = 12;

function serial(n: f64): f64 {
  return n < 2 ? n : serial(n - 1) + serial(n - 2);
}

function parallel(n: f64): f64 {
  if (n < SMALL) return serial(n);
  const one = spawn(fib, n - 1);
  const other = parallel(n - 2);
  return join(one) + other;
}

export function fib(task: usize): void {
  setResult(task, parallel(argument(task)));
}

export function fibSerial(task: usize): void {
  setResult(task, serial(argument(task)));
}
