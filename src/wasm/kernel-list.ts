import { LAYOUT_VERSION } from '../abi/layout.ts';
import { WorkStealingError } from '../base/errors.ts';
import { MANIFEST_SECTION, readManifest } from './manifest.ts';

const BUILD = 'build it with `npx tallyio build FILE… -o OUT.wasm` (docs/kernels.md)';

/**
 * The kernels that a module's manifest names, sorted.
 *
 * @param source what to call the module in an error
 * @param exported names of the functions that it exports
 * @throws WorkStealingError ERR_MODULE_LOAD without a manifest or one that names what is not exported, ERR_LAYOUT_VERSION
 */
export function listedKernels(module: WebAssembly.Module, source: string, exported: readonly string[]): string[] {
  const manifest = readManifest(module);
  if (typeof manifest === 'string') {
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      `expected kernels that tallyio built, but ${source} ` +
        (manifest === 'absent'
          ? `has no list of its kernels (section ${MANIFEST_SECTION}): ${BUILD}`
          : `has a list of kernels (section ${MANIFEST_SECTION}) that this version cannot read: ${BUILD}`),
    );
  }
  if (manifest.layout !== LAYOUT_VERSION) {
    throw new WorkStealingError(
      'ERR_LAYOUT_VERSION',
      `expected kernels built for memory layout ${String(LAYOUT_VERSION)}, but ${source} was built by tallyio ` +
        `${manifest.tallyio} for layout ${String(manifest.layout)}: ${BUILD} of the installed version`,
    );
  }
  const names = manifest.kernels.map(({ name }) => name).sort();
  const missing = names.filter((name) => !exported.includes(name));
  if (missing.length > 0) {
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      `expected ${source} to export the kernels that it lists, but it lacks ${missing.join(', ')}: ${BUILD}`,
    );
  }
  return names;
}
