/** The kernels of the bench, built together with the engine into one module. */
import { argument, setResult } from '../assembly/index';

export function empty(task: usize): void {
  setResult(task, 0);
}

export function double(task: usize): void {
  setResult(task, argument(task) * 2);
}

/** Work in proportion to the argument, the same on every run. */
export function spin(task: usize): void {
  setResult(task, burn(argument(task)));
}

/** `units` steps of dependent arithmetic; the bare floors and the calibration call it without the engine. */
export function burn(units: f64): f64 {
  let x: f64 = 1;
  for (let unit: f64 = 0; unit < units; unit++) x = x * 1.0000001 + 1e-9;
  return x;
}
