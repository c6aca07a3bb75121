import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Runs a script of children/ in a process of its own and reads the one JSON value that it prints. */
async function runChild(script: string, input: unknown, signal: AbortSignal): Promise<unknown> {
  const file = fileURLToPath(new URL(`./children/${script}.js`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, JSON.stringify(input)], { signal });
  return JSON.parse(stdout);
}

/** As runChild, for scripts that print an object of numbers. */
export async function measureChild(
  script: string,
  input: unknown,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const printed = await runChild(script, input, signal);
  if (typeof printed !== 'object' || printed === null) throw new TypeError(`expected figures from ${script}`);
  return Object.fromEntries(
    Object.entries(printed).map(([key, value]) => {
      if (typeof value !== 'number') throw new TypeError(`expected a number as ${key} from ${script}`);
      return [key, value];
    }),
  );
}
