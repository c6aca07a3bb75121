import type { EngineOptions } from '../../../src/index.ts';
import type { Board } from '../board.ts';
import { type TestEngine, withEngine } from '../engines.ts';

/** A module with a memory of its own: tasks.c beside this file. */
export const FOREIGN = new URL('../../../../tests/support/foreign/tasks.wasm', import.meta.url);

type Input = number | string | ArrayBuffer | ArrayBufferView | undefined;
/** Its tasks. */
export type ForeignTasks = Record<
  | 'calls'
  | 'divides'
  | 'fails'
  | 'fill'
  | 'grows'
  | 'half'
  | 'length'
  | 'looksFor'
  | 'loops'
  | 'outOfBounds'
  | 'overflowsOwnStack'
  | 'overflowsStack'
  | 'pages'
  | 'reverse'
  | 'same'
  | 'spoilsAlloc'
  | 'tooLong'
  | 'traps',
  (input?: Input) => Uint8Array
>;

/** One worker with these tasks unless the options say otherwise. */
export function withForeign(
  options: EngineOptions,
  use: (engine: TestEngine<ForeignTasks>, board: Board) => Promise<void>,
): Promise<void> {
  return withEngine<ForeignTasks>({ kernels: FOREIGN, ...options }, use);
}

/** The number that a task has written as a result. */
export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
}
