import type { KernelFacts } from '../wasm/manifest.ts';

const INPUTS = {
  none: '',
  number: 'input: number',
  bytes: 'input: string | ArrayBufferView',
  any: 'input: number | string | ArrayBufferView',
} as const;
const RESULTS = { number: 'number', bytes: 'Uint8Array', any: 'number | Uint8Array' } as const;

/** TypeScript that declares `Kernels`, for `createEngine<Kernels>`. */
export function kernelTypes(kernels: readonly KernelFacts[]): string {
  const methods = kernels.map(({ name, input, result }) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    return `  ${key}(${INPUTS[input]}): ${RESULTS[result]};\n`;
  });
  return `// Written by tallyio build.\nexport interface Kernels {\n${methods.join('')}}\n`;
}
