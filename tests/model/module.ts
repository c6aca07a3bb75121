/**
 * The modules under test: the model build as `npm run build` made it, and mutants of it, compiled here from edited
 * sources. A mutant is the proof that a scenario can fail.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportGlobals } from './globals.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What is used of the compiler. Its own types would replace global ones (`Array.at`) in the whole project. */
interface Compiler {
  main(
    args: readonly string[],
    api: {
      readFile(name: string, base: string): Promise<string | null>;
      writeFile(name: string, contents: string | Uint8Array): void;
      stderr: { write(chunk: unknown): boolean };
    },
  ): Promise<{ readonly error: Error | null }>;
}

const COMPILER = ['assemblyscript', 'asc'].join('/');

function isCompiler(module: unknown): module is Compiler {
  return typeof module === 'object' && module !== null && 'main' in module && typeof module.main === 'function';
}

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

/** Compiles the model build with some of its sources edited. */
export async function mutantModule(edits: readonly Edit[]): Promise<WebAssembly.Module> {
  return new WebAssembly.Module(exportGlobals(await compileMutant(edits, 'model', ['assembly/probe.ts'])));
}

/** Compiles a build with some of its sources edited. Not optimised: quicker to compile, and the steps are the same. */
export async function compileMutant(
  edits: readonly Edit[],
  target: 'model' | 'checked',
  entries: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const pending = new Set(edits);
  const written: Uint8Array[] = [];
  const messages: string[] = [];
  const compiler: unknown = await import(COMPILER);
  assert.ok(isCompiler(compiler), `expected ${COMPILER} to export main`);
  const { error } = await compiler.main(
    [...entries, '--baseDir', ROOT, '--target', target, '--optimizeLevel', '0', '--outFile', 'mutant.wasm'],
    {
      readFile: async (name, base) => {
        const path = resolve(base, name);
        const source = await readFile(path, 'utf8').catch(() => null);
        if (source === null) return null;
        const here = edits.filter(({ file }) => resolve(ROOT, file) === path);
        for (const edit of here) pending.delete(edit);
        return here.reduce((text, edit) => apply(edit, text), source);
      },
      stderr: { write: (chunk) => messages.push(String(chunk)) > 0 },
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') written.push(contents);
      },
    },
  );
  assert.equal(error, null, messages.join(''));
  assert.equal(
    pending.size,
    0,
    `expected every edited file to be compiled, but not ${[...pending].map(({ file }) => file).join()}`,
  );
  const [binary] = written;
  assert.ok(binary !== undefined, 'expected the compiler to write a binary');
  return Uint8Array.from(binary);
}
