/**
 * The modules under test: the model build as `npm run build` made it, and mutants of it, compiled here from edited
 * sources. A mutant is the proof that a scenario can fail.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main as compile } from 'assemblyscript/asc';
import { exportGlobals } from './globals.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Replaces `find`, which must occur exactly once in the file, by `put`. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** The model build. */
export function engineModule(): WebAssembly.Module {
  const binary = readFileSync(join(ROOT, 'build/wasm/engine.model.wasm'));
  const module = new WebAssembly.Module(exportGlobals(binary));
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  assert.ok(names.includes('submissionPut'), 'expected the model build with assembly/probe.ts: run `npm run build`');
  return module;
}

function apply(edit: Edit, source: string): string {
  const parts = source.split(edit.find);
  assert.equal(parts.length, 2, `expected once in ${edit.file}: ${edit.find}`);
  return parts.join(edit.put);
}

/** Compiles the model build with some of its sources edited. Less optimised than the real one: the steps are the same. */
export async function mutantModule(edits: readonly Edit[]): Promise<WebAssembly.Module> {
  const pending = new Set(edits);
  const byPath = new Map(edits.map((edit) => [resolve(ROOT, edit.file), edit]));
  const written: Uint8Array[] = [];
  const { error, stderr } = await compile(
    ['assembly/probe.ts', '--baseDir', ROOT, '--target', 'model', '--optimizeLevel', '1', '--outFile', 'mutant.wasm'],
    {
      readFile: async (name, base) => {
        const path = resolve(base, name);
        const source = await readFile(path, 'utf8').catch(() => null);
        const edit = byPath.get(path);
        if (source === null || edit === undefined) return source;
        pending.delete(edit);
        return apply(edit, source);
      },
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') written.push(contents);
      },
    },
  );
  assert.equal(error, null, stderr.toString());
  assert.equal(pending.size, 0, `expected every edited file to be compiled, but not ${[...pending].join()}`);
  const [binary] = written;
  assert.ok(binary !== undefined, 'expected the compiler to write a binary');
  return new WebAssembly.Module(exportGlobals(binary));
}
