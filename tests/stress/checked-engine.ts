import { Guard } from '../../src/wasm/guard.ts';

/** Calls an export of the engine by name. */
export type CallExport = (name: string, args: readonly number[]) => number;

/** The checked build, with the loops of assembly/stress.ts, over a memory. */
export function instantiateChecked(module: WebAssembly.Module, memory: WebAssembly.Memory): CallExport {
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory },
    clock: { now: () => performance.now() * 1000 },
    guard: new Guard(memory).imports,
  });
  return (name, args) => {
    const exported = exports[name];
    if (typeof exported !== 'function') throw new TypeError(`expected an export ${name}: run npm run build`);
    return (exported as (...args: readonly number[]) => number | undefined)(...args) ?? 0;
  };
}
