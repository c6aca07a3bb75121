/** As asconfig.json has them, from which the engine itself is built: a test compares the two. */
const COMMON = [
  ...['--runtime', 'stub', '--importMemory', '--noExportMemory', '--sharedMemory', '--exportTable'],
  ...['--initialMemory', '16', '--maximumMemory', '65536', '--enable', 'threads,simd'],
  ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--use', 'abort='],
];

/** Arguments of the compiler. `checked`: with assertions, bounds checks and names of functions. */
export function compilerFlags(checked: boolean): string[] {
  return [...COMMON, checked ? '--debug' : '--noAssert'];
}
