import { readFileSync } from 'node:fs';

/** `burn` of kernels.ts, called without the engine. */
export type Burn = (units: number) => number;

/** Instantiates the kernels' module on a memory of its own. */
export function loadBurn(kernels: URL): Burn {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(kernels)), { env: { memory } });
  const { burn } = exports;
  if (typeof burn !== 'function') throw new TypeError('expected the bench kernels to export burn, found none');
  return burn as Burn;
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
