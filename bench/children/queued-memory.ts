/** Prints the peak resident size of this process, in bytes, after many tasks of 1 KiB were queued at once. */
import { readInput, printFigures, type ChildInput } from './input.ts';
import type { PoolName } from '../pool.ts';
import { openPool } from '../rivals.ts';

export interface QueuedInput extends ChildInput {
  readonly contender: 'tallyio' | PoolName;
  readonly tasks: number;
  readonly bytes: number;
}

const input = readInput() as QueuedInput;
const { run, close } = await open();
const queued: Promise<unknown>[] = [];
for (let index = 0; index < input.tasks; index++) queued.push(run(new Uint8Array(input.bytes).fill(index)));
await Promise.all(queued);
printFigures({ value: process.resourceUsage().maxRSS * 1_024 });
await close();

interface Opened {
  readonly run: (bytes: Uint8Array) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

async function open(): Promise<Opened> {
  const { contender, workers, tasks, entry, handlers } = input;
  if (contender !== 'tallyio') {
    const pool = await openPool(contender, { workers, inFlight: tasks });
    return { run: (bytes) => pool.run('byteLength', bytes), close: () => pool.close() };
  }
  const { createEngine } = (await import(entry)) as typeof import('tallyio');
  const engine = await createEngine<typeof import('../handlers.ts')>({ tasks: new URL(handlers), workers });
  return { run: (bytes) => engine.run('byteLength', bytes), close: () => engine.close() };
}
