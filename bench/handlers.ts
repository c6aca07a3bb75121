/** The JavaScript tasks of the bench: the engine and every pool run these very functions. */
import type { CheckedOrder, Order } from './orders.ts';

export function twice(x: number): number {
  return x * 2;
}

export function check(order: Order): CheckedOrder {
  const notional = order.quantity * order.price;
  const accepted = notional <= 50_000;
  return { id: order.id, accepted, notional, reason: accepted ? 'within limits' : 'notional above 50000' };
}

/** `units` steps of dependent arithmetic, as `burn` in kernels.ts does them. */
export function burnUnits(units: number): number {
  let x = 1;
  for (let unit = 0; unit < units; unit++) x = x * 1.0000001 + 1e-9;
  return x;
}

export function byteLength(bytes: Uint8Array): number {
  return bytes.byteLength;
}

export function giveBack(bytes: Uint8Array): Uint8Array {
  return bytes;
}

let memory = new Float64Array(0);

/** Reads so much memory of this thread, which it fills at the first call, in sequence. @returns how long that took, in ns */
export function readMemory(mebibytes: number): number {
  const length = mebibytes * 2 ** 17;
  if (memory.length !== length) memory = new Float64Array(length).fill(1);
  const start = performance.now();
  let sum = 0;
  for (let at = 0; at < length; at++) sum += memory[at] ?? 0;
  const tookNs = (performance.now() - start) * 1e6;
  if (sum !== length) throw new RangeError(`expected the sum ${String(length)}, got ${String(sum)}`);
  return tookNs;
}
