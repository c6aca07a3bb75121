import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

type TallyModule = typeof import('tallyio');

/** One build of the engine. */
export interface Library {
  readonly tallyio: TallyModule;
  /** The module of `tallyio`, for child processes. */
  readonly entry: URL;
  /** The module of `tallyio/worker`, for attached threads. */
  readonly worker: URL;
  /** The bench kernels built with this engine. */
  readonly kernels: URL;
}

/** The folder of the package that this file is part of. */
export function packageRoot(): URL {
  let folder = new URL('./', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) folder = new URL('../', folder);
  return folder;
}

/** The build in `root`, found as a consumer would: through the exports map of its package.json. */
export async function loadLibrary(root: URL): Promise<Library> {
  const { resolve } = createRequire(new URL('package.json', root));
  const entry = pathToFileURL(resolve('tallyio'));
  const kernels = new URL('dist/bench/kernels.wasm', root);
  if (!existsSync(kernels)) {
    throw new Error(`expected the bench kernels at ${fileURLToPath(kernels)}, found none: run npm run build there`);
  }
  return {
    tallyio: (await import(entry.href)) as TallyModule,
    entry,
    worker: pathToFileURL(resolve('tallyio/worker')),
    kernels,
  };
}
