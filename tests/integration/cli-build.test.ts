import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Answer, CommandLine } from '../support/command-line.ts';
import { readManifest } from '../../src/wasm/manifest.ts';

const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const DEADLINE_MS = 60_000;

const SQUARE = `import { argument, setResult } from 'tallyio/assembly';
export function square(task: usize): void {
  setResult(task, argument(task) * argument(task));
}
`;

let directory = '';

let commandLine: CommandLine;

function tallyio(args: readonly string[]): Promise<Answer> {
  return commandLine.run(args);
}

function write(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return name;
}

function read(name: string): string {
  return readFileSync(join(directory, name), 'utf8');
}

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'tallyio build '));
  commandLine = new CommandLine(directory);
});
after(() => {
  commandLine.end();
  rmSync(directory, { recursive: true, force: true });
});

describe('tallyio build', () => {
  it('writes a module, its types and what it has', async () => {
    write('kernels.ts', SQUARE);
    const { status, stdout, stderr } = await tallyio('build kernels.ts -o out/k.wasm --types k.ts --json'.split(' '));
    assert.match(stderr, /^out\/k\.wasm: 1 kernel \(square\), [\d.]+ KiB\n$/);
    assert.equal(status, 0);
    const bytes = readFileSync(join(directory, 'out/k.wasm'));
    const facts: unknown = JSON.parse(stdout);
    const manifest = readManifest(new WebAssembly.Module(bytes));
    assert.ok(typeof manifest === 'object');
    assert.deepEqual(facts, { file: 'out/k.wasm', bytes: bytes.length, ...manifest });
    assert.match(read('k.ts'), /export interface Kernels \{\n {2}square\(input: number\): number;\n\}/);
    assert.deepEqual(readdirSync(join(directory, 'out')), ['k.wasm']);
    write('numbers', '3\n4\n');
    const ran = await tallyio('run out/k.wasm#square --ndjson --ordered --input numbers --output squares'.split(' '));
    assert.deepEqual(ran, { status: 0, stdout: '', stderr: '' });
    assert.equal(read('squares'), '9\n16\n');
  });

  it('shows errors with their lines, and writes nothing', async () => {
    write('wrong.ts', 'export function f(task: usize): void {\n  foo(task);\n}\n');
    const { status, stdout, stderr } = await tallyio(['build', 'wrong.ts', '-o', 'wrong.wasm', '--json']);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^ERROR TS2304: Cannot find name 'foo'\.\n.*\n 2 │ foo\(task\);\n.*\n.*in wrong\.ts\(2,3\)\n$/,
    );
    assert.equal(existsSync(join(directory, 'wrong.wasm')), false);
  });

  it('says that a file cannot be written', async () => {
    write('kernels.ts', SQUARE);
    write('file', '');
    const { status, stderr } = await tallyio(['build', 'kernels.ts', '-o', 'file/k.wasm']);
    assert.equal(status, 1);
    assert.match(stderr, /^tallyio build: .*(?:EEXIST|ENOTDIR).*\n$/);
  });

  for (const [args, expected] of [
    ['-o k.wasm', /missing required argument 'FILE'.*expected tallyio build/],
    ['kernels.ts', /required option '-o, --output <OUT\.wasm>' not specified/],
    ['kernels.js -o k.wasm', /expected AssemblyScript files \(\.ts\), got kernels\.js/],
    ['kernels.d.ts -o k.wasm', /expected AssemblyScript files \(\.ts\), got kernels\.d\.ts/],
    ['kernels.ts -o kernels.ts', /--output: expected the name of a \.wasm file, got kernels\.ts/],
    ['kernels.ts -o k.wasm --types ./kernels.ts', /--types: expected another file than FILE/],
    ['kernels.ts -o k.wasm --types k.json', /--types: expected the name of a \.ts file, got k\.json/],
    ['kernels.ts -o k.wasm --fast', /unknown option '--fast'.*expected tallyio build/],
  ] as const) {
    it(`is used wrongly: ${args}`, async () => {
      const { status, stdout, stderr } = await tallyio(['build', ...args.split(' ').filter(Boolean)]);
      assert.equal(status, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^tallyio build: [^\n]+\n$/);
      assert.match(stderr, expected);
    });
  }
});

/** A build that goes on, and what it has said. */
class Watching {
  readonly process: ChildProcessByStdio<null, null, Readable>;
  #said = '';

  constructor(args: readonly string[]) {
    this.process = spawn(process.execPath, [CLI, ...args], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
  }

  /** What it says until it waits again. */
  async said(): Promise<string> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const end = this.#said.indexOf('waiting for changes\n');
      if (end >= 0) {
        const text = this.#said.slice(0, end);
        this.#said = this.#said.slice(end + 'waiting for changes\n'.length);
        return text;
      }
      await once(this.process.stderr, 'data', { signal });
    }
  }
}

describe('tallyio build --watch', () => {
  it('builds again when a file changes, errors do not end it, SIGINT does', async () => {
    write(
      'watched.ts',
      SQUARE.replace('argument(task) *', 'factor *').replace('\n', "\nimport { factor } from './factor';\n"),
    );
    const watching = new Watching(['build', 'watched.ts', '-o', 'watched.wasm', '--watch']);
    const ended = once(watching.process, 'exit');
    try {
      assert.match(await watching.said(), /File 'factor\.ts' not found/);
      write('factor.ts', 'export const factor: f64 = 2;');
      assert.match(await watching.said(), /^watched\.wasm: 1 kernel \(square\)/);
      const first = read('watched.wasm');
      write('factor.ts', 'export const factor: f64 = "x";');
      assert.match(await watching.said(), /in factor\.ts\(1,\d+\)/);
      assert.equal(read('watched.wasm'), first);
      write('factor.ts', 'export const factor: f64 = 3;');
      assert.match(await watching.said(), /^watched\.wasm: 1 kernel/);
      assert.notEqual(read('watched.wasm'), first);
      watching.process.kill('SIGINT');
      assert.deepEqual(await ended, [130, null]);
    } finally {
      watching.process.kill('SIGKILL');
    }
  });
});
