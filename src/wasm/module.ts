import { readFile } from 'node:fs/promises';
import { WorkStealingError } from '../base/errors.ts';
import { notPermitted } from '../base/permission.ts';
import { ENGINE_EXPORTS, SECOND_NAME } from './exports.ts';
import { compileForeign, isForeign } from './foreign-module.ts';
import { listedKernels } from './kernel-list.ts';

/** A compiled module that holds the engine, and the kernels it exports beside it. */
export interface EngineModule {
  readonly module: WebAssembly.Module;
  /** Names of the kernels, sorted: their order is their task type. */
  readonly kernels: readonly string[];
  /** It holds the engine alone, and the kernels are of this module, which has a memory of its own. */
  readonly foreign: WebAssembly.Module | undefined;
}

const ENGINE_URL = new URL('./engine.wasm', import.meta.url);

/**
 * Compiles the engine alone, or a module that users built with it, or the engine and a foreign module.
 *
 * @param foreignBytes most bytes of the memory of an instance of a foreign module
 * @throws WorkStealingError ERR_MODULE_LOAD, ERR_LAYOUT_VERSION
 */
export async function compileEngine(
  kernels: URL | Uint8Array | undefined,
  foreignBytes = Infinity,
): Promise<EngineModule> {
  const bytes = kernels instanceof Uint8Array ? kernels : await read(kernels ?? ENGINE_URL, kernels === undefined);
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(Uint8Array.from(bytes));
  } catch (cause) {
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      `expected a WebAssembly module of kernels, but ${describe(kernels)} does not compile: ` +
        `${messageOf(cause)}. Build it together with the engine: npx tallyio build (docs/kernels.md)`,
      { cause },
    );
  }
  if (kernels !== undefined && isForeign(module)) {
    const foreign = await compileForeign(module, bytes, describe(kernels), foreignBytes);
    return { ...(await compileEngine(undefined)), kernels: foreign.names, foreign: foreign.module };
  }
  const exported = ownExports(module, describe(kernels));
  const names = kernels === undefined ? [] : listedKernels(module, describe(kernels), exported);
  if (kernels !== undefined && names.length === 0) {
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      `expected ${describe(kernels)} to export at least one kernel, got the engine alone: export functions (task: usize) => void`,
    );
  }
  return { module, kernels: names, foreign: undefined };
}

/** Names of the functions that a module exports beside the engine's. */
function ownExports(module: WebAssembly.Module, source: string): string[] {
  const names = WebAssembly.Module.exports(module)
    .filter(({ kind }) => kind === 'function')
    .map(({ name }) => name);
  const engine = new Set(ENGINE_EXPORTS.flatMap((name) => [name, SECOND_NAME + name]));
  const missing = [...engine].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new WorkStealingError(
      'ERR_LAYOUT_VERSION',
      `expected a module built with this version of the engine, but ${source} lacks ${missing.slice(0, 3).join(', ')}` +
        `${missing.length > 3 ? ` and ${String(missing.length - 3)} more` : ''}: rebuild it with the installed tallyio`,
    );
  }
  return names.filter((name) => !engine.has(name));
}

async function read(url: URL, own: boolean): Promise<Uint8Array> {
  try {
    return await readFile(url);
  } catch (cause) {
    const denied = notPermitted(`read ${url.href}`, cause);
    if (denied !== undefined) throw denied;
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      own
        ? `expected the engine beside the code that loads it, but cannot read ${url.href}: when you bundle, keep ` +
            'tallyio outside of the bundle (esbuild: --packages=external)'
        : `expected a readable WebAssembly file for option kernels, but cannot read ${url.href}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function describe(kernels: URL | Uint8Array | undefined): string {
  if (kernels === undefined) return 'the engine';
  return kernels instanceof URL ? kernels.href : `the ${String(kernels.byteLength)} bytes given as kernels`;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
