import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Program } from './program.ts';

/** The versions that the engine is known to compile with: the peer dependency in package.json. */
const RANGE = '~0.28.20';
const [LEAST_PATCH, MINOR] = [20, '0.28'];

/** What the compiler asks for, and what it reports. */
export interface CompilerHooks {
  readonly stderr: { write(text: string | Uint8Array): void };
  readFile(name: string, base: string): string | null;
  writeFile(name: string, contents: string | Uint8Array): void;
  readonly transforms: readonly [
    { afterInitialize(program: Program): void; afterCompile(module: { emitText(): string }): void },
  ];
}

/** Compiles. What is thrown in a transform comes back as `error`. */
export type Compile = (args: readonly string[], hooks: CompilerHooks) => Promise<{ readonly error: Error | null }>;

/** AssemblyScript is not there, or too old or new: the message has the command that installs it. */
export class CompilerMissing extends Error {
  override readonly name = 'CompilerMissing';
}

/**
 * The AssemblyScript compiler of the user's project, else the one beside this package.
 *
 * @param folders where to look from, in this order
 * @throws {CompilerMissing} when none of them leads to a version that fits
 */
export async function loadCompiler(folders: readonly string[]): Promise<Compile> {
  const found = folders.map(compilerFrom).filter((compiler) => compiler !== undefined);
  const fitting = found.find(({ version }) => fits(version));
  if (fitting === undefined) {
    const got = found[0] === undefined ? 'there is none' : `found ${found[0].version}`;
    throw new CompilerMissing(
      `expected AssemblyScript ${RANGE}, ${got}: npm install --save-dev assemblyscript@${RANGE}`,
    );
  }
  const module: unknown = await import(pathToFileURL(fitting.path).href);
  if (!isCompiler(module)) throw new CompilerMissing(`expected ${fitting.path} to export main: install it anew`);
  return (args, hooks) => staying(() => module.main(args, hooks));
}

/** Its exports offer `./asc` to imports alone, and the files by their paths to everyone. */
function compilerFrom(folder: string): { version: string; path: string } | undefined {
  try {
    const facts = createRequire(join(folder, 'noname.js')).resolve('assemblyscript/package.json');
    const { version }: { version?: unknown } = JSON.parse(readFileSync(facts, 'utf8')) as object;
    const path = join(dirname(facts), 'dist', 'asc.js');
    return existsSync(path) ? { version: String(version), path } : undefined;
  } catch {
    return undefined;
  }
}

function fits(version: string): boolean {
  const [minor, patch] = [version.split('.').slice(0, 2).join('.'), Number(version.split('.')[2])];
  return minor === MINOR && patch >= LEAST_PATCH;
}

function isCompiler(module: unknown): module is { main: Compile } {
  return typeof module === 'object' && module !== null && 'main' in module && typeof module.main === 'function';
}

/** When the compiler crashes it says so and ends the process; `--watch` goes on. */
async function staying<T>(compile: () => Promise<T>): Promise<T> {
  const exit = Object.getOwnPropertyDescriptor(process, 'exit');
  process.exit = () => {
    throw new Error('the AssemblyScript compiler crashed');
  };
  try {
    return await compile();
  } finally {
    if (exit !== undefined) Object.defineProperty(process, 'exit', exit);
  }
}
