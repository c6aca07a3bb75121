/** Prints the share of a core, in percent, that this process uses while it does nothing, with an idle engine or without. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readInput, printFigures, type ChildInput } from './input.ts';

export interface IdleInput extends ChildInput {
  readonly engine: boolean;
  readonly settleMs: number;
  readonly durationMs: number;
}

const input = readInput() as IdleInput;
const engine = input.engine ? await openEngine() : undefined;
await sleep(input.settleMs);
const startMs = performance.now();
const start = process.cpuUsage();
await sleep(input.durationMs);
const { user, system } = process.cpuUsage(start);
printFigures({ value: ((user + system) / 1_000 / (performance.now() - startMs)) * 100 });
await engine?.close();

async function openEngine(): Promise<{ close(): Promise<unknown> }> {
  const { createEngine } = (await import(input.entry)) as typeof import('tallyio');
  const { handlers, kernels, workers } = input;
  const opened = await createEngine<typeof import('../handlers.ts')>({
    tasks: new URL(handlers),
    kernels: new URL(kernels),
    workers,
  });
  await opened.run('twice', 1);
  return opened;
}
