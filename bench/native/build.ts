import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NotMeasured } from '../case.ts';
import { packageRoot } from '../library.ts';

export type NativeName = 'oneTBB' | 'rayon' | 'crossbeam';

/** How a program is compiled, and how one sees that what it is compiled with is not there. */
export interface Recipe {
  readonly tool: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The Debian package of the library. */
  readonly library: string;
  /** What the tool prints where the library is absent. */
  readonly absent: RegExp;
}

/** Where Debian keeps the sources of its Rust libraries; nothing is downloaded. */
const CRATES = '/usr/share/cargo/registry';
const SOURCE = new URL('bench/native/', packageRoot());
/** Not in git, like everything that is built. */
const TARGET = new URL('build/native/', packageRoot());

const built = new Map<NativeName, Promise<string>>();

/**
 * Compiles a native rival, once a run.
 *
 * @returns the path of the program
 * @throws NotMeasured where it cannot be compiled
 */
export function buildNative(name: NativeName, signal: AbortSignal): Promise<string> {
  let program = built.get(name);
  if (program === undefined) {
    process.stderr.write(`building ${name}\n`);
    program = name === 'oneTBB' ? buildOneTbb(signal) : buildCrate(name, signal);
    built.set(name, program);
  }
  return program;
}

async function buildOneTbb(signal: AbortSignal): Promise<string> {
  const folder = new URL('onetbb/', TARGET);
  const program = fileURLToPath(new URL('bench-onetbb', folder));
  const recipe = oneTbbRecipe(sourceOf('onetbb/main.cpp'), program, fileURLToPath(folder));
  await mkdir(folder, { recursive: true });
  await compile(recipe, signal);
  return program;
}

export function oneTbbRecipe(source: string, program: string, cwd: string): Recipe {
  return {
    tool: 'g++',
    args: ['-std=c++17', '-O3', '-march=native', '-flto', '-o', program, source, '-ltbb'],
    cwd,
    library: 'libtbb-dev',
    absent: /oneapi\/tbb\S*: No such file|cannot find -ltbb/,
  };
}

async function buildCrate(name: 'rayon' | 'crossbeam', signal: AbortSignal): Promise<string> {
  // Cargo writes its lock beside the manifest, and which versions there are depends on the Debian release.
  for (const part of ['rounds.rs', name]) {
    await cp(sourceOf(part), new URL(part, TARGET), { recursive: true, preserveTimestamps: true });
  }
  const folder = new URL(`${name}/`, TARGET);
  await rm(new URL('Cargo.lock', folder), { force: true });
  await compile(crateRecipe(name, fileURLToPath(folder)), signal);
  return fileURLToPath(new URL(`target/release/bench-${name}`, folder));
}

/** `cwd` is the folder of the manifest. */
export function crateRecipe(name: 'rayon' | 'crossbeam', cwd: string): Recipe {
  const settings = [
    'source.crates-io.replace-with="local"',
    `source.local.directory="${CRATES}"`,
    'build.rustflags=["-C", "target-cpu=native"]',
  ].flatMap((setting) => ['--config', setting]);
  return {
    tool: 'cargo',
    args: ['build', '--release', '--offline', '--target-dir', 'target', ...settings],
    cwd,
    library: name === 'rayon' ? 'librust-rayon-dev' : 'librust-crossbeam-deque-dev',
    absent: /no matching package|failed to read root of directory source/,
  };
}

/** @throws NotMeasured where the tool or the library is not installed, or the program does not compile */
export async function compile({ tool, args, cwd, library, absent }: Recipe, signal: AbortSignal): Promise<void> {
  const env = { ...process.env, LC_ALL: 'C' };
  try {
    await promisify(execFile)(tool, [...args], { cwd, env, signal, maxBuffer: 2 ** 26 });
  } catch (error) {
    signal.throwIfAborted();
    throw new NotMeasured(reasonOf(error, tool, library, absent), { cause: error });
  }
}

function reasonOf(error: unknown, tool: string, library: string, absent: RegExp): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return `${tool} is not installed`;
  const printed = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  if (absent.test(printed)) return `${library} is not installed`;
  process.stderr.write(printed);
  const line = printed.split('\n').find((text) => text.includes('error')) ?? 'no message';
  return `does not compile: ${line.trim()}`;
}

function sourceOf(part: string): string {
  const source = new URL(part, SOURCE);
  if (!existsSync(source)) throw new NotMeasured('its source is not in this package');
  return fileURLToPath(source);
}
