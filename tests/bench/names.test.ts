import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import * as handlers from '../../bench/handlers.ts';
import { loadLibrary, packageRoot } from '../../bench/library.ts';

describe('names of the bench', () => {
  it('are of a kernel or of a handler, so that one engine can have all of them', async () => {
    const { kernels } = await loadLibrary(packageRoot());
    const exported = WebAssembly.Module.exports(new WebAssembly.Module(await readFile(kernels)));
    const names = new Set(exported.map(({ name }) => name));
    assert.deepEqual(
      Object.keys(handlers).filter((name) => names.has(name)),
      [],
    );
  });
});
