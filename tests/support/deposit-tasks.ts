/** A bug that shows only in some orders: between reading the balance and writing it another deposit may come. */
import type { TaskContext } from '../../src/worker/task-context.ts';

let account = new Int32Array(new SharedArrayBuffer(4));

export function setup(buffer: SharedArrayBuffer): void {
  account = new Int32Array(buffer);
}

export async function deposit(amount: number, context: TaskContext): Promise<void> {
  const balance = account[0] ?? 0;
  const fee = (await context.run('fee', amount)) as number;
  account[0] = balance + amount - fee;
}

export function fee(amount: number): number {
  return amount / 10;
}
