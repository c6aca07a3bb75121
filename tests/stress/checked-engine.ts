import { Guard } from '../../src/wasm/guard.ts';

/** Calls an export of the engine by name. */
export type CallExport = (name: string, args: readonly number[]) => number;

/** The checked build, with the loops of assembly/stress.ts, over a memory. */
export function instantiateChecked(module: WebAssembly.Module, memory: WebAssembly.Memory): CallExport {
  const guard = new Guard(memory);
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory },
    clock: { now: () => performance.now() * 1000 },
    guard: guard.imports,
  });
  const call: CallExport = (name, args) => {
    const exported = exports[name];
    if (typeof exported !== 'function') throw new TypeError(`expected an export ${name}: run npm run build`);
    return (exported as (...args: readonly number[]) => number | undefined)(...args) ?? 0;
  };
  guard.guard({
    runFrame: (frame) => void call('runFrame', [frame]),
    failFrame: (...args) => void call('failFrame', args),
    allocBlock: (size) => call('allocBlock', [size]),
  });
  return call;
}
