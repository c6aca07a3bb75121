import type { CheckedOrder, Order } from './orders.ts';

/** What every pool of the bench can do; the names are those of handlers.ts. */
export interface Tasks {
  readonly twice: { readonly input: number; readonly output: number };
  readonly check: { readonly input: Order; readonly output: CheckedOrder };
  readonly burnUnits: { readonly input: number; readonly output: number };
  readonly byteLength: { readonly input: Uint8Array; readonly output: number };
  readonly echo: { readonly input: Uint8Array; readonly output: Uint8Array };
}
export type TaskName = keyof Tasks;

/** The least that all thread pools share. */
export interface Pool {
  run(name: TaskName, input: Tasks[TaskName]['input']): Promise<unknown>;
  close(): Promise<void>;
}

/** How a pool is set up: tasks in flight decide how many a worker may be handed in advance. */
export interface PoolOptions {
  readonly workers: number;
  readonly inFlight: number;
}

export const POOL_NAMES = ['piscina', 'tinypool', 'workerpool', 'poolifier'] as const;
export type PoolName = (typeof POOL_NAMES)[number];
