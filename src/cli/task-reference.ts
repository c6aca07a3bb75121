import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from './exit-code.ts';

/** What `MODULE#NAME` stands for. */
export interface TaskReference {
  readonly module: URL;
  readonly name: string;
  /** A WebAssembly module holds kernels, everything else handlers. */
  readonly kind: 'tasks' | 'kernels';
}

/**
 * Reads `MODULE#NAME`; MODULE is a path (relative to `cwd`) or a file URL. The last `#` counts, as paths may have some.
 * @throws {UsageError} when a part is missing or MODULE is no URL
 */
export function parseTaskReference(text: string, cwd: string): TaskReference {
  const hash = text.lastIndexOf('#');
  const path = text.slice(0, Math.max(0, hash));
  const name = text.slice(hash + 1);
  const isUrl = path.startsWith('file:');
  if (path === '' || name === '' || (isUrl && !URL.canParse(path))) {
    throw new UsageError(`expected MODULE#NAME such as ./tasks.js#resize, got ${JSON.stringify(text)}`);
  }
  const module = isUrl ? new URL(path) : pathToFileURL(resolve(cwd, path));
  return { module, name, kind: module.pathname.endsWith('.wasm') ? 'kernels' : 'tasks' };
}
