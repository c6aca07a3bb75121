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
