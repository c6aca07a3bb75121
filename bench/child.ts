import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Sample } from './case.ts';

/**
 * Runs a script of children/ in a process of its own and reads the one object of numbers that it prints.
 *
 * @param before a program and its arguments that start the process. @default none
 */
export async function measureChild(
  script: string,
  input: unknown,
  signal: AbortSignal,
  before: readonly string[] = [],
): Promise<Sample> {
  const file = fileURLToPath(new URL(`./children/${script}.js`, import.meta.url));
  const [program, ...args] = [...before, process.execPath, file, JSON.stringify(input)] as const;
  const { stdout } = await promisify(execFile)(program, args, { signal });
  return parseFigures(stdout, script);
}

/** Reads an object of numbers that `source` printed. @throws SyntaxError or TypeError when it is something else */
export function parseFigures(text: string, source: string): Sample {
  const printed: unknown = JSON.parse(text);
  if (typeof printed !== 'object' || printed === null) throw new TypeError(`expected figures from ${source}`);
  return Object.fromEntries(
    Object.entries(printed).map(([key, value]) => {
      if (typeof value !== 'number') throw new TypeError(`expected a number as ${key} from ${source}`);
      return [key, value];
    }),
  );
}
