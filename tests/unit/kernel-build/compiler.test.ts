import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CompilerMissing, type CompilerHooks, loadCompiler } from '../../../src/kernel-build/compiler.ts';

const HOOKS: CompilerHooks = {
  stderr: { write: (): void => undefined },
  readFile: () => null,
  writeFile: (): void => undefined,
  transforms: [{ afterInitialize: (): void => undefined, afterCompile: (): void => undefined }],
};

let root = '';
before(() => {
  root = mkdtempSync(join(tmpdir(), 'tallyio compiler '));
});
after(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A project with a compiler of that version in it. */
function project(version: string, main: string): string {
  const folder = join(root, version);
  const compiler = join(folder, 'node_modules/assemblyscript');
  mkdirSync(join(compiler, 'dist'), { recursive: true });
  const facts = {
    name: 'assemblyscript',
    version,
    type: 'module',
    exports: { './asc': './dist/asc.js', './*': './*' },
  };
  writeFileSync(join(compiler, 'package.json'), JSON.stringify(facts));
  writeFileSync(join(compiler, 'dist/asc.js'), main);
  return folder;
}

function naming(name: string): string {
  return `export const main = () => Promise.resolve({ error: new Error('${name}') });`;
}

describe('the compiler', () => {
  it('is missing: one line with the command that installs it', async () => {
    await assert.rejects(loadCompiler([root]), (error: unknown) => {
      assert.ok(error instanceof CompilerMissing);
      assert.match(error.message, /there is none: npm install --save-dev assemblyscript@~0\.28\.20$/);
      return true;
    });
  });

  for (const version of ['0.27.31', '0.28.19', '0.29.0', '1.28.20', 'x']) {
    it(`is of another version: ${version}`, async () => {
      const folder = project(version, naming(version));
      await assert.rejects(loadCompiler([folder]), new RegExp(`found ${version}: npm install`));
    });
  }

  it('is the first that fits', async () => {
    const folders = [
      root,
      project('0.27.0', ''),
      project('0.28.20', naming('first')),
      project('0.28.21', naming('second')),
    ];
    const compile = await loadCompiler(folders);
    assert.equal((await compile([], HOOKS)).error?.message, 'first');
  });

  it('crashes, and the process stays', async () => {
    const compile = await loadCompiler([project('0.28.30', 'export async function main() { process.exit(1); }')]);
    const exit = Object.getOwnPropertyDescriptor(process, 'exit');
    await assert.rejects(compile([], HOOKS), /the AssemblyScript compiler crashed/);
    assert.deepEqual(Object.getOwnPropertyDescriptor(process, 'exit'), exit);
  });
});
