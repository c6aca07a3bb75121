/** Prints what an echo takes, and what two copies do, in nanoseconds: medians of rounds in turn, in a process that does nothing else. */
import { type EchoLoad, echoSession, inFlight } from '../echo.ts';
import { Copies } from '../floors/copies.ts';
import { batchSession } from '../lanes.ts';
import { median } from '../spread.ts';
import { type ChildInput, printFigures, readInput } from './input.ts';

export interface PayloadInput extends ChildInput, EchoLoad {
  readonly side: 'kernel' | 'handler';
  readonly rounds: number;
}

const input = readInput() as PayloadInput;
const { createEngine } = (await import(input.entry)) as typeof import('tallyio');
const engine = await createEngine<Record<'echo' | 'giveBack', (bytes: Uint8Array) => Uint8Array>>(
  input.side === 'kernel'
    ? { kernels: new URL(input.kernels), workers: input.workers }
    : { tasks: new URL(input.handlers), workers: input.workers },
);
const name = input.side === 'kernel' ? 'echo' : 'giveBack';
const echoes = await echoSession(input, (bytes) => engine.run(name, bytes));
const copies = await batchSession(new Copies(input.size).run, input.targetMs, inFlight(input));
const figures: Record<'echo' | 'copies', number[]> = { echo: [], copies: [] };
for (let round = 0; round < input.rounds; round++) {
  const turns = [
    async () => figures.echo.push((await echoes.round())['value'] ?? Number.NaN),
    async () => figures.copies.push((await copies.round())['value'] ?? Number.NaN),
  ];
  for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
}
printFigures({ echo: median(figures.echo), copies: median(figures.copies) });
await engine.close();
