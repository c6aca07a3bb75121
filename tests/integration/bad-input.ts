/** What the tests of bad input share: modules written on the spot, errors read in full, books that must balance. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Engine, type EngineOptions, type EngineStats, TallyError } from '../../src/index.ts';
import { createEngine } from '../support/create-engine.ts';
import { DEADLINE_MS, until } from '../support/until.ts';

/** An engine whose tasks are not known to the compiler: names and inputs may be as wrong as a test wants. */
export type LooseEngine = Engine;

const folder = mkdtempSync(join(tmpdir(), 'tallyio-bad-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
let files = 0;

/** The modules of the engine under test, for generated code that imports it. */
export const ENGINE_URL = new URL('../../src/index.js', import.meta.url).href;
export const KERNELS_URL = new URL('../support/kernels.wasm', import.meta.url);

/** A path in the folder of this run; its parent exists. */
export function temporary(name: string): string {
  const path = join(folder, String(++files), name);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

/** Writes a file of its own folder. @returns its URL */
export function written(name: string, text: string): URL {
  const path = temporary(name);
  writeFileSync(path, text);
  return pathToFileURL(path);
}

/** A task module with `echo` and what the test adds. */
export function taskModule(source: string, name = 'tasks.mjs'): URL {
  return written(name, `export const echo = (value) => value;\n${source}\n`);
}

/** Options that no checker looked at. */
export function loose(options: unknown): EngineOptions {
  return options as EngineOptions;
}

/** The error that a promise rejects with: one of ours, with that code, its message holding all parts. */
export async function refused(
  promise: Promise<unknown>,
  code: string,
  ...parts: (string | RegExp)[]
): Promise<TallyError> {
  const error: unknown = await promise.then(
    (value: unknown) => assert.fail(`expected ${code}, but it resolved with ${String(value)}`),
    (reason: unknown) => reason,
  );
  return speaks(error, code, ...parts);
}

/** The same for an error at hand. */
export function speaks(error: unknown, code: string, ...parts: (string | RegExp)[]): TallyError {
  assert.ok(error instanceof TallyError, `expected a TallyError ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  for (const part of parts) {
    if (typeof part === 'string')
      assert.ok(error.message.includes(part), `${JSON.stringify(part)} in: ${error.message}`);
    else assert.match(error.message, part);
  }
  return error;
}

/** Nothing is lost: every task that was submitted has ended in exactly one way, and no payload is left. */
export function assertBalanced(stats: EngineStats): void {
  const { submitted, completed, failed, cancelled, timedOut, lost, queued, running } = stats;
  assert.equal(completed + failed + cancelled + timedOut + lost, submitted, JSON.stringify(stats));
  assert.deepEqual({ queued, running }, { queued: 0, running: 0 });
}

/** Runs a body with an engine; afterwards the engine still works, its books balance, and it closes. */
export async function withEngine(options: EngineOptions, body: (engine: LooseEngine) => Promise<void>): Promise<void> {
  const engine = await createEngine(options);
  try {
    await body(engine);
    await engine.drain();
    if (options.tasks === undefined) assert.equal(await engine.run('square', 3), 9);
    else assert.deepEqual(await engine.run('echo', { still: ['here'] }), { still: ['here'] });
    await until(() => engine.stats().poolBytesUsed === 0, 'the pool is empty again');
    await engine.drain(); // the last report of a process is in
    assertBalanced(engine.stats());
  } finally {
    const { submitted } = engine.stats();
    const { completed, failed, cancelled, timedOut, lost } = await engine.close({ drain: false });
    assert.equal(completed + failed + cancelled + timedOut + lost, submitted);
  }
}

/** Runs a script in a process of its own. @returns how it ended and what it printed */
export async function runScript(
  source: string,
  ...flags: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const path = temporary('main.mjs');
  writeFileSync(path, `import { createEngine } from ${JSON.stringify(ENGINE_URL)};\n${source}\n`);
  const child = spawn(process.execPath, [...flags, path], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => (output.stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output.stderr += text.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code, ...output };
}
