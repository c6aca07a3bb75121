import { WorkStealingError } from '../base/errors.ts';
import { sectionsOf } from './binary-reader.ts';
import { declaredMemory, withMaximum } from './foreign-memory.ts';
import { exportedSignatures } from './foreign-signatures.ts';

/** A compiled module with a memory of its own. docs/kernels.md#foreign-webassembly */
export interface ForeignModule {
  /** Its memory has a maximum: none of its instances grows beyond. */
  readonly module: WebAssembly.Module;
  /** Names of its tasks, sorted. */
  readonly names: readonly string[];
}

/** What a foreign module may export beside its tasks, with the signatures that each may have. */
const OWN_SIGNATURES = new Map([
  ['alloc', '(i32) → i32'],
  ['_initialize', '() → ()'],
]);
const TASK_SIGNATURE = '(i32, i32) → i32';
const CONTRACT =
  'a foreign module exports memory, alloc(len: i32): i32, and tasks NAME(ptr: i32, len: i32): i32 (docs/kernels.md)';

/** Whether a module has a memory of its own, which it shows: then it is not built together with the engine. */
export function isForeign(module: WebAssembly.Module): boolean {
  return (
    WebAssembly.Module.exports(module).some(({ kind }) => kind === 'memory') &&
    !WebAssembly.Module.imports(module).some(({ kind }) => kind === 'memory')
  );
}

/**
 * Checks a foreign module, and compiles it again with a maximum for its memory unless it has one that is low enough.
 *
 * @param source what its messages call it
 * @param limitBytes of the memory of each instance
 * @throws WorkStealingError ERR_MODULE_LOAD
 */
export async function compileForeign(
  module: WebAssembly.Module,
  bytes: Uint8Array,
  source: string,
  limitBytes: number,
): Promise<ForeignModule> {
  refuseImports(module, source);
  const sections = sectionsOf(bytes);
  const names = taskNames(module, exportedSignatures(bytes, sections), source);
  const { minimumBytes, maximumBytes } = declaredMemory(bytes, sections);
  if (minimumBytes === undefined) {
    throw refusal(
      `expected one memory that is not shared and has 32-bit addresses, but ${source} has another: ${CONTRACT}`,
    );
  }
  if (minimumBytes > limitBytes) {
    throw refusal(
      `expected a foreign module whose memory begins with at most memory.foreignBytes, ${String(limitBytes)} bytes, but that of ` +
        `${source} begins with ${String(minimumBytes)}: raise memory.foreignBytes, or build it with less (wasm-ld: -z stack-size, static data)`,
    );
  }
  if (maximumBytes <= limitBytes) return { module, names };
  return { module: await WebAssembly.compile(Uint8Array.from(withMaximum(bytes, sections, limitBytes))), names };
}

function refuseImports(module: WebAssembly.Module, source: string): void {
  const imports = WebAssembly.Module.imports(module).map((wanted) => `${wanted.module}.${wanted.name}`);
  if (imports.length === 0) return;
  throw refusal(
    `expected a foreign module that imports nothing, but ${source} imports ${listOf(imports)}: build it without WASI and ` +
      'without JavaScript glue (clang --target=wasm32 -nostdlib, cargo --target wasm32-unknown-unknown)',
  );
}

function taskNames(
  module: WebAssembly.Module,
  signatures: readonly (string | undefined)[],
  source: string,
): readonly string[] {
  const exported = WebAssembly.Module.exports(module);
  if (!exported.some(({ name, kind }) => name === 'memory' && kind === 'memory')) {
    const { name = '' } = exported.find(({ kind }) => kind === 'memory') ?? {};
    throw refusal(
      `expected the memory of ${source} to be exported as memory, got ${JSON.stringify(name)}: ${CONTRACT}`,
    );
  }
  const functions = new Map(
    exported.flatMap(({ name, kind }, n) => (kind === 'function' ? [[name, signatures[n] ?? '?']] : [])),
  );
  if (!functions.has('alloc')) {
    const names = listOf([...functions.keys()]) || 'no function';
    throw refusal(`expected ${source} to export alloc, which gives room for inputs, got ${names}: ${CONTRACT}`);
  }
  for (const [name, got] of functions) {
    const expected = OWN_SIGNATURES.get(name) ?? TASK_SIGNATURE;
    if (got === expected) continue;
    throw refusal(
      `expected the function ${JSON.stringify(name)} of ${source} to be ${expected}, got ${got}: change it or do not export it; ${CONTRACT}`,
    );
  }
  const names = [...functions.keys()].filter((name) => !OWN_SIGNATURES.has(name)).sort();
  if (names.length === 0) throw refusal(`expected ${source} to export at least one task, got alloc alone: ${CONTRACT}`);
  return names;
}

function listOf(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${String(names.length - 3)} more` : '';
  return `${names.slice(0, 3).join(', ')}${more}`;
}

function refusal(message: string): WorkStealingError {
  return new WorkStealingError('ERR_MODULE_LOAD', message);
}
