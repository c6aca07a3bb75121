import type { SharedBuffer } from '../../src/index.ts';
import { auditMemory, isClean } from './audit.ts';
import { KERNELS, type TestEngine, withEngine } from './engines.ts';
import type { EngineOptions } from '../../src/index.ts';
import { until } from './until.ts';

export const SHARED = new URL('./shared-tasks.js', import.meta.url);
export const FREED = { code: 'ERR_BUFFER_FREED', name: 'WorkStealingError' };

type Kernel = (input: Uint8Array | string) => number;
type Kernels = Record<'sumBytes' | 'sumFloats' | 'trapsOver' | 'failsOver', Kernel> &
  Record<'reverse', (input: ArrayBufferView | ArrayBuffer | string) => Uint8Array>;
export type SharedTasks = typeof import('./shared-tasks.js');
export type KernelTasks = Kernels & Record<'increment' | 'incrementTogether' | 'hold' | 'holdUntilCancelled', Kernel>;

/** One with the kernels of the tests. */
export function withKernels(
  options: EngineOptions,
  use: (engine: TestEngine<KernelTasks>) => Promise<void>,
): Promise<void> {
  return withEngine<KernelTasks>({ kernels: KERNELS, ...options }, use);
}

/** One with the handlers of shared-tasks.ts. */
export function withHandlers(
  options: EngineOptions,
  use: (engine: TestEngine<SharedTasks>) => Promise<void>,
): Promise<void> {
  return withEngine<SharedTasks>({ tasks: SHARED, ...options }, use);
}

/** Resolves when a task has written to the first byte. */
export function written({ bytes }: SharedBuffer): Promise<void> {
  return until(() => Atomics.load(bytes, 0) !== 0, 'a task to write');
}

/** Resolves when nothing of the pool is in use, and nothing of it is lost. */
export function nothingInUse(engine: { attach: TestEngine['attach'] }): Promise<void> {
  const { memory } = engine.attach().source;
  return until(() => isClean(auditMemory(memory.buffer)), 'all slots and blocks to be back');
}
