import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { projectFiles, projectRoot } from '../support/project.ts';

const MOST_PACKED_BYTES = 690_000;
const MOST_FILES = 760;

interface Packed {
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

function isPacked(value: unknown): value is Packed {
  return (
    typeof value === 'object' && value !== null && 'size' in value && 'files' in value && Array.isArray(value.files)
  );
}

// Without scripts: the tests run on what was built before them.
function pack(): Packed {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: projectRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  });
  const [packed]: unknown[] = JSON.parse(output) as unknown[];
  assert.ok(isPacked(packed), output.slice(0, 200));
  return packed;
}

describe('the package', () => {
  let packed: Packed;
  let files: string[];
  before(() => {
    packed = pack();
    files = packed.files.map(({ path }) => path).sort();
  });

  it('has the library, the engine and what a reader looks for', () => {
    const wanted = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/index.js', 'dist/index.d.ts'];
    wanted.push('dist/wasm/engine.wasm', 'dist/worker/context.js', 'dist/cli/main.js');
    assert.deepEqual(
      wanted.filter((path) => !files.includes(path)),
      [],
    );
  });

  it('has what kernels are compiled with, and neither specs nor probes', () => {
    const engineRoom = projectFiles(['assembly', 'src/abi'], ['.ts']).filter(
      (path) => !/^assembly\/(?:__tests__\/|probe|stress)/.test(path),
    );
    assert.deepEqual(
      files.filter((path) => path.endsWith('.ts') && /^(?:assembly|src)\//.test(path)),
      engineRoom,
    );
  });

  it('has nothing else', () => {
    const allowed = /^(?:dist\/|assembly\/|src\/abi\/|(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$)/;
    assert.deepEqual(
      files.filter((path) => !allowed.test(path)),
      [],
    );
    assert.deepEqual(
      files.filter((path) =>
        /(?:\.test\.|\.spec\.|__tests__|\.wat$|\.map$|checked|model\.wasm|\.tsbuildinfo$|tsconfig)/.test(path),
      ),
      [],
    );
  });

  it('names no path of the machine that packed it', () => {
    const text = files.filter((path) => /\.(?:js|ts|json|md|map|wasm)$/.test(path));
    assert.deepEqual(
      text.filter((path) => readFileSync(join(projectRoot, path), 'latin1').includes(projectRoot)),
      [],
    );
  });

  it(`is no larger than ${String(MOST_PACKED_BYTES)} bytes in ${String(MOST_FILES)} files`, () => {
    assert.ok(packed.size <= MOST_PACKED_BYTES, String(packed.size));
    assert.ok(files.length <= MOST_FILES, String(files.length));
  });
});
