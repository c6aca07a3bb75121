import { readFileSync } from 'node:fs';

/** `burn` of kernels.ts, called without the engine. */
export type Burn = (units: number) => number;

export function loadBurn(kernels: URL): Burn {
  return loadFunction(kernels, 'burn');
}

/** A plain function of kernels.ts, on a memory of its own of 1 MiB. */
export function loadFunction(kernels: URL, name: string): (x: number) => number {
  return loadFunctionOn(new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true }), kernels, name);
}

/** A plain function of kernels.ts, on that memory. */
export function loadFunctionOn(memory: WebAssembly.Memory, kernels: URL, name: string): (...args: number[]) => number {
  const clock = { now: () => performance.now() * 1_000 };
  const guard = { run: () => 1, fail: () => undefined }; // these functions run no kernels
  const module = new WebAssembly.Module(readFileSync(kernels));
  const { exports } = new WebAssembly.Instance(module, { env: { memory }, clock, guard });
  const found = exports[name];
  if (typeof found !== 'function') throw new TypeError(`expected the bench kernels to export ${name}, found none`);
  return found as (...args: number[]) => number;
}

/** How many units take a microsecond here: the fastest of several tries, since others only ever slow one down. */
export function unitsPerUs(burn: Burn): number {
  const units = 200_000;
  burn(units);
  const speeds = Array.from({ length: 9 }, () => {
    const start = performance.now();
    burn(units);
    return units / ((performance.now() - start) * 1_000);
  });
  return Math.max(...speeds);
}
