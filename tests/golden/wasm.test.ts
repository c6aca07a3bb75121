import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import ts from 'typescript';
import { ENGINE_EXPORTS } from '../../src/wasm/exports.ts';
import { projectRoot, readProjectFile } from '../support/project.ts';
import { SECTION_DATA, importedMemory, sectionsOf } from './wasm-sections.ts';

/** 10 KiB when this was written: what a worker compiles before its first task. */
const MOST_BYTES = 28 * 1024;

const bytes = readFileSync(join(projectRoot, 'dist/wasm/engine.wasm'));
const module = new WebAssembly.Module(bytes);

function exportedFunctions(path: string): string[] {
  const source = ts.createSourceFile(path, readProjectFile(path), ts.ScriptTarget.ES2023);
  return source.statements
    .filter(ts.isFunctionDeclaration)
    .filter(({ modifiers }) => modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .map(({ name }) => name?.text ?? '')
    .sort();
}

describe('the release build of the engine', () => {
  it('has no data segment: nothing of ours lies where kernels have their constants', () => {
    assert.deepEqual(
      sectionsOf(bytes).filter(({ id }) => id === SECTION_DATA),
      [],
    );
  });

  it('imports the memory, the clock and the guard, nothing else', () => {
    const imports = WebAssembly.Module.imports(module).map(({ module: from, name, kind }) => `${from}.${name} ${kind}`);
    assert.deepEqual(imports.sort(), [
      'clock.now function',
      'env.memory memory',
      'guard.fail function',
      'guard.run function',
    ]);
  });

  it('takes a shared memory of 1 MiB to 4 GiB', () => {
    assert.deepEqual(importedMemory(bytes), { shared: true, minimum: 16, maximum: 65_536 });
  });

  it('exports the functions of assembly/abi.ts under two names, and the table, nothing else', () => {
    const exports = WebAssembly.Module.exports(module);
    const functions = exports.filter(({ kind }) => kind === 'function').map(({ name }) => name);
    const abi = exportedFunctions('assembly/abi.ts');
    assert.deepEqual(functions.sort(), [...abi, ...abi.map((name) => `tallyio_${name}`)].sort());
    assert.deepEqual(
      exports.filter(({ kind }) => kind !== 'function').map(({ name, kind }) => `${name} ${kind}`),
      ['table table'],
    );
  });

  it('exports what the host checks for', () => {
    assert.deepEqual([...ENGINE_EXPORTS].sort(), exportedFunctions('assembly/abi.ts'));
  });

  it('carries no names, maps or paths of the machine that built it', () => {
    for (const name of ['name', 'sourceMappingURL']) {
      assert.equal(WebAssembly.Module.customSections(module, name).length, 0, name);
    }
    assert.ok(!bytes.toString('latin1').includes(projectRoot));
  });

  it(`is no larger than ${String(MOST_BYTES)} bytes`, () => {
    assert.ok(bytes.length <= MOST_BYTES, String(bytes.length));
  });
});

describe('what a task runs through, with and without kernels', () => {
  for (const [text, engine] of [
    ['build/wasm/engine.wat', ''],
    ['build/tests/support/kernels.wat', '~lib/@tallyio/engine/'],
  ] as const) {
    it(`writes its hand and calls nobody for it: ${text}`, () => {
      const functions = [...readProjectFile(text).matchAll(/^ \(func \$(\S+)/gm)].map(([, name = '']) => name);
      assert.ok(functions.includes(`${engine}assembly/worker/task/finishTask`), 'expected the names of functions');
      assert.deepEqual(
        functions.filter((name) => name.startsWith(`${engine}assembly/memory/hand/`)),
        [],
      );
    });
  }
});

describe('the section reader', () => {
  // (module (import "a" "f" (func)) (import "e" "m" (memory 1 300 shared)) (data …))
  const memory = [1, 0x65, 1, 0x6d, 2, 3, 1, 0xac, 2];
  const imports = [2, 1, 0x61, 1, 0x66, 0, 0, ...memory];
  const binary = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[2, imports.length, ...imports],
    ...[11, 5, 1, 1, 2, 7, 7],
  ]);

  it('sees a data section and the limits of the memory', () => {
    assert.deepEqual(
      sectionsOf(binary).map(({ id }) => id),
      [2, 11],
    );
    assert.deepEqual(importedMemory(binary), { shared: true, minimum: 1, maximum: 300 });
  });

  it('refuses what is no module', () => {
    assert.throws(() => sectionsOf(Uint8Array.of(1, 2, 3)), TypeError);
  });
});
