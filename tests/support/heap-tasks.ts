/** Handlers that keep memory, beside those of faulty.ts. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { TaskContext } from '../../src/worker/task-context.ts';

export * from './faulty.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MEBIBYTE_OF_NUMBERS = (1 << 20) / 8;
const kept: number[][] = [];

/** Keeps so many MiB in the heap of its worker. */
export async function hoard(mebibytes: number): Promise<number> {
  for (let n = 0; n < mebibytes; ++n) kept.push(new Array<number>(MEBIBYTE_OF_NUMBERS).fill(n + 0.5));
  await collectOften();
  return kept.length;
}

/** Makes so many MiB of garbage before anybody is told of a collection; the next one finds it. @returns what the heap held */
export async function litter(mebibytes: number): Promise<number> {
  let most = 0;
  for (let round = 0; round < 4; ++round) {
    collect();
    most = Math.max(most, heapWithGarbage(mebibytes));
    await turn();
    collect();
    await turn();
  }
  return most;
}

function heapWithGarbage(mebibytes: number): number {
  const garbage: number[][] = [];
  for (let n = 0; n < mebibytes; ++n) garbage.push(new Array<number>(MEBIBYTE_OF_NUMBERS).fill(n + 0.5));
  return getHeapStatistics().used_heap_size + 0 * garbage.length;
}

/** The gauge suspects by the first collection, and knows by three more. */
async function collectOften(): Promise<void> {
  for (let n = 0; n < 4; ++n) {
    collect();
    await turn();
  }
}

// The observer of collections has had its turn.
async function turn(): Promise<void> {
  for (let n = 0; n < 3; ++n) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Needs more than any worker may have. */
export function overflow(): never {
  for (;;) kept.push(new Array<number>(MEBIBYTE_OF_NUMBERS).fill(kept.length));
}

/** Asks for a nested task and does not wait for it. */
export function leaveNested(gate: number, context: TaskContext): number {
  void context.run('pause', gate);
  return gate;
}
