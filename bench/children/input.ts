import { HANDLERS } from '../engines.ts';
import type { Library } from '../library.ts';

/** What every child process needs to open the engine; addresses as strings, since it travels as JSON. */
export interface ChildInput {
  readonly entry: string;
  readonly kernels: string;
  readonly handlers: string;
  readonly workers: number;
}

export function childInput({ entry, kernels }: Library, workers: number): ChildInput {
  return { entry: entry.href, kernels: kernels.href, handlers: HANDLERS.href, workers };
}

/** What measureChild passed; each script names the type that its case sends. */
export function readInput(): unknown {
  return JSON.parse(process.argv[2] ?? 'null');
}

export function printFigures(figures: Readonly<Record<string, number>>): void {
  process.stdout.write(JSON.stringify(figures));
}
