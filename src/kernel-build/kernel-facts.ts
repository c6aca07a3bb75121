import type { KernelFacts } from '../wasm/manifest.ts';
import { LEFT_OF_INLINED } from './inlined.ts';
import { userExports } from './kernel-check.ts';
import type { ModuleText } from './module-text.ts';
import { type Program, exportsOf } from './program.ts';
import { ENGINE_PREFIX } from './source-files.ts';

/** Functions of the kernel SDK, by what a kernel that calls them reads or sets. */
const READS = { number: ['argument'], bytes: ['payload', 'payloadLength', 'payloadAt'] } as const;
const SETS = { number: ['setResult'], bytes: ['setResultBytes'] } as const;

/**
 * The kernels of a module, sorted by name, with what their code reads and sets.
 *
 * @param plain names of functions that are exported, and not as kernels
 */
export function kernelFacts(program: Program, module: ModuleText, plain: ReadonlySet<string>): KernelFacts[] {
  const sdk = new Map(
    exportsOf(program, `${ENGINE_PREFIX}assembly/index`).map(([name, { internalName }]) => [internalName, name]),
  );
  return userExports(module)
    .filter(({ name, kind }) => kind === 'func' && !plain.has(name))
    .map(({ name, of }) => ({ name, ...factsOf(module, of, sdk) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function factsOf(module: ModuleText, kernel: string, sdk: ReadonlyMap<string, string>): Omit<KernelFacts, 'name'> {
  const called = new Set<string>();
  const pending = [kernel];
  const seen = new Set(pending);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const body = module.functions.get(name);
    // What a value names may read and set anything.
    if (body?.indirect === true) return { input: 'any', result: 'any' };
    for (const callee of body?.calls ?? []) {
      const known = sdk.get(callee) ?? LEFT_OF_INLINED.get(callee);
      if (known !== undefined) called.add(known);
      if (seen.has(callee) || callee.startsWith(ENGINE_PREFIX)) continue;
      seen.add(callee);
      pending.push(callee);
    }
  }
  const uses = (names: readonly string[]): boolean => names.some((name) => called.has(name));
  // Without a result of its own a kernel's result is 0.
  return {
    input: kindOf(uses(READS.number), uses(READS.bytes), 'none'),
    result: kindOf(uses(SETS.number), uses(SETS.bytes), 'number'),
  };
}

function kindOf<T>(number: boolean, bytes: boolean, neither: T): 'number' | 'bytes' | 'any' | T {
  if (number && bytes) return 'any';
  if (bytes) return 'bytes';
  return number ? 'number' : neither;
}
