import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Answer as Result, CommandLine } from '../support/command-line.ts';
import { IN_FULL_SET } from '../support/quick.ts';

const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const DEADLINE_MS = 60_000;

const TASKS = `
  import { existsSync, writeFileSync } from 'node:fs';
  export const upper = (line) => line.toUpperCase();
  export const double = (value) => ({ twice: value * 2 });
  export const kind = (value) => (Array.isArray(value) ? 'array' : typeof value);
  export function even(line) {
    if (Number(line) % 2 !== 0) throw new Error('odd:\\n' + line);
    return line;
  }
  export async function unordered(line) {
    await new Promise((resolve) => setTimeout(resolve, Number(line) % 7));
    return line;
  }
  /** Says that it has started and returns when it is let go. */
  export async function held(line) {
    writeFileSync('started-' + line, '');
    while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 5));
    return line;
  }
  export default (line) => 'default ' + line;
`;

let directory = '';

function tallyio(args: readonly string[], input: string | Uint8Array = ''): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: directory,
    input,
    encoding: 'utf8',
    timeout: DEADLINE_MS,
  });
  return { status, stdout, stderr };
}

function done(stdout: string): Result {
  return { status: 0, stdout, stderr: '' };
}

function sorted(text: string): number[] {
  const numbers = text.split('\n').slice(0, -1).map(Number);
  return numbers.sort((a, b) => a - b);
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, i) => `${String(i + 1)}\n`).join('');
}

/** Waits for a condition that another process brings about. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `expected ${what} within ${String(DEADLINE_MS)} ms`);
    await delay(10);
  }
}

function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve));
}

before(() => {
  directory = mkdtempSync(join(tmpdir(), 'tallyio cli #'));
  writeFileSync(join(directory, 'tasks.mjs'), TASKS);
});

after(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('tallyio run', () => {
  it('writes one result per line, with and without a last line end, LF or CR LF', () => {
    const args = ['run', 'tasks.mjs#upper', '--ordered'];
    assert.deepEqual(tallyio(args, 'a\nb\n'), done('A\nB\n'));
    assert.deepEqual(tallyio(args, 'a\r\n\r\nü'), done('A\n\nÜ\n'));
    assert.deepEqual(tallyio(args, ''), done(''));
    assert.deepEqual(tallyio([...args, '--lines', '--workers', '1', '--priority', 'critical'], 'x'), done('X\n'));
  });

  it('takes an absolute path, a URL and the default export', IN_FULL_SET, () => {
    assert.deepEqual(tallyio(['run', `${join(directory, 'tasks.mjs')}#default`], 'a'), done('default a\n'));
  });

  it('keeps the order only when asked, and loses nothing', () => {
    const input = numbers(1000);
    assert.deepEqual(tallyio(['run', 'tasks.mjs#unordered', '--ordered'], input), done(input));
    const any = tallyio(['run', 'tasks.mjs#unordered'], input);
    assert.deepEqual([any.status, any.stderr], [0, '']);
    assert.deepEqual(sorted(any.stdout), sorted(input));
  });

  it('reads and writes JSON values', () => {
    const args = ['run', 'tasks.mjs#double', '--ndjson', '--ordered'];
    assert.deepEqual(tallyio(args, '1\n\n2.5'), done('{"twice":2}\n{"twice":5}\n'));
    const kinds = tallyio(['run', 'tasks.mjs#kind', '--ndjson', '--ordered'], '[1]\n"x"\n{"a":1}\ntrue\nnull\n');
    assert.deepEqual(kinds, done('array\nstring\nobject\nboolean\nobject\n'));
  });

  it('reads and writes files, and refuses to write over its input', () => {
    const [input, output] = [join(directory, 'in'), join(directory, 'out')];
    writeFileSync(input, 'a\nb\n');
    const args = ['run', 'tasks.mjs#upper', '--ordered', '--input', input];
    assert.deepEqual(tallyio([...args, '--output', output]), done(''));
    assert.equal(readFileSync(output, 'utf8'), 'A\nB\n');
    const same = tallyio([...args, '--output', './in']);
    assert.equal(same.status, 2);
    assert.match(same.stderr, /^tallyio run: --output: expected another file than --input, got .*\n$/);
    assert.equal(readFileSync(input, 'utf8'), 'a\nb\n');
  });

  it('stops at the first line that fails and names it', () => {
    const { status, stdout, stderr } = tallyio(['run', 'tasks.mjs#even', '--ordered'], '2\n4\n5\n6\n7\n');
    assert.deepEqual([status, stdout], [1, '2\n4\n']);
    assert.match(stderr, /^tallyio run: line 3: .*odd: 5.*\n$/);
  });

  it('stops a failing run whose input does not end', IN_FULL_SET, async () => {
    const child = spawn(process.execPath, [CLI, 'run', 'tasks.mjs#even'], { cwd: directory, stdio: 'pipe' });
    child.stdin.write('2\n1\n');
    assert.equal(await exited(child), 1);
  });

  it('goes on after failures when asked, in order', IN_FULL_SET, () => {
    const args = ['run', 'tasks.mjs#even', '--ordered', '--continue-on-error'];
    const { status, stdout, stderr } = tallyio(args, numbers(6));
    assert.deepEqual([status, stdout], [1, '2\n4\n6\n']);
    const failures = stderr.split('\n').map((line) => /^tallyio run: (?:line )?(\d)/.exec(line)?.[1]);
    assert.deepEqual(failures, ['1', '3', '5', '3', undefined], stderr);
    assert.match(stderr, /3 of 6 lines failed\n$/);
    assert.equal(tallyio(args, '2\n4\n').status, 0);
  });

  it('treats a line that is not JSON as a failure of that line', IN_FULL_SET, () => {
    const args = ['run', 'tasks.mjs#double', '--ndjson', '--ordered'];
    const first = tallyio(args, '1\n{"a":\n2\n');
    assert.deepEqual([first.status, first.stdout], [1, '{"twice":2}\n']);
    assert.match(first.stderr, /^tallyio run: line 2: expected one JSON value on the line, got .*\n$/);
    const all = tallyio([...args, '--continue-on-error'], '1\nx\n\n2\n');
    assert.deepEqual([all.status, all.stdout], [1, '{"twice":2}\n{"twice":4}\n']);
    assert.match(all.stderr, /line 2: .*\ntallyio run: 1 of 3 lines failed\n$/);
  });

  it('prints the statistics of the engine when asked', IN_FULL_SET, () => {
    const { status, stdout, stderr } = tallyio(['run', 'tasks.mjs#upper', '--stats'], 'a\n');
    assert.deepEqual([status, stdout], [0, 'A\n']);
    assert.match(stderr, /submitted/);
  });

  const failures: [string, string[], RegExp][] = [
    ['a module that does not exist', ['nowhere.mjs#x'], /^tallyio run: .*nowhere\.mjs.*\[ERR_MODULE_LOAD\]\n$/],
    ['a task that does not exist', ['tasks.mjs#nope', '--continue-on-error'], /line 1: .*nope.*\[ERR_UNKNOWN_TASK\]/],
    ['an input that does not exist', ['tasks.mjs#upper', '--input', 'nowhere'], /^tallyio run: ENOENT.*\n$/],
    ['an input that is a directory', ['tasks.mjs#upper', '--input', '.'], /^tallyio run: EISDIR.*\n$/],
    ['an output that cannot be written', ['tasks.mjs#upper', '--output', 'no/where'], /^tallyio run: ENOENT.*\n$/],
  ];
  for (const [what, args, message] of failures) {
    it(`exits 1 with a clear line for ${what}`, () => {
      const { status, stdout, stderr } = tallyio(['run', ...args], 'a\nb\n');
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, message);
    });
  }

  it('ends quietly when the reader of its results goes, though the input is endless', async () => {
    const child = spawn(process.execPath, [CLI, 'run', 'tasks.mjs#upper'], { cwd: directory, stdio: 'pipe' });
    const [status, errors] = [exited(child), text(child.stderr)];
    child.stdin.on('error', () => undefined);
    const feeding = setInterval(() => child.stdin.write('a\n'.repeat(100)), 1);
    child.stdout.once('data', () => child.stdout.destroy());
    assert.deepEqual([await status, await errors], [0, '']);
    clearInterval(feeding);
  });

  it('finishes what it has read when interrupted, then exits 130', async () => {
    const child = spawn(process.execPath, [CLI, 'run', 'tasks.mjs#held', '--ordered'], {
      cwd: directory,
      stdio: 'pipe',
    });
    const [status, results] = [exited(child), text(child.stdout)];
    child.stdin.write('a\nb\ncut in half');
    await until(() => existsSync(join(directory, 'started-a')), 'the first line to start');
    child.kill('SIGINT');
    writeFileSync(join(directory, 'go'), '');
    assert.deepEqual([await status, await results], [130, 'a\nb\n']);
    rmSync(join(directory, 'go'));
  });

  it('dies at the second interrupt', IN_FULL_SET, async () => {
    const child = spawn(process.execPath, [CLI, 'run', 'tasks.mjs#held'], { cwd: directory, stdio: 'pipe' });
    const gone = exited(child);
    child.stdin.write('never\n');
    await until(() => existsSync(join(directory, 'started-never')), 'the line to start');
    await until(() => !child.kill('SIGINT'), 'the process to end');
    await gone;
    assert.equal(child.signalCode, 'SIGINT');
  });
});

describe('tallyio', () => {
  let line: CommandLine;
  before(() => {
    line = new CommandLine(directory);
  });
  after(() => {
    line.end();
  });

  it('ends with what the command line came to', async () => {
    for (const args of [['--version'], ['nope']]) assert.deepEqual(tallyio(args), await line.run(args));
  });

  for (const command of [[], ['run'], ['topology'], ['doctor'], ['bench']]) {
    it(`${['tallyio', ...command].join(' ')} knows --help and --version`, async () => {
      const help = await line.run([...command, '--help']);
      assert.deepEqual([help.status, help.stderr], [0, '']);
      assert.match(help.stdout, new RegExp(`^Usage: ${['tallyio', ...command].join(' ')} `));
      const version = await line.run([...command, '--version']);
      assert.deepEqual([version.status, version.stderr], [0, '']);
      assert.match(version.stdout, /^\d+\.\d+\.\d+\S*\n$/);
    });
  }

  const wrong = [
    [],
    ['nope'],
    ['--nope'],
    ['run'],
    ['run', 'tasks.mjs'],
    ['run', 'tasks.mjs#'],
    ['run', 'tasks.mjs#upper', 'more'],
    ['run', 'tasks.mjs#upper', '--workers', '0'],
    ['run', 'tasks.mjs#upper', '--workers', '1.5'],
    ['run', 'tasks.mjs#upper', '--priority', 'urgent'],
    ['run', 'tasks.mjs#upper', '--lines', '--ndjson'],
    ['run', 'tasks.mjs#upper', '--input'],
    ['topology', 'more'],
    ['topology', '--svg'],
    ['topology', '--sysfs-root', 'nowhere'],
    ['topology', '--sysfs-root', '.'],
    ['topology', '--sysfs-root', 'tasks.mjs'],
    ['doctor', '--xml'],
    ['bench', '--json'],
  ];
  for (const args of wrong) {
    it(`refuses ${JSON.stringify(args)} in one line, exit 2`, async () => {
      const { status, stdout, stderr } = await line.run(args);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^tallyio.*: .*expected .*\n$/i);
    });
  }
});

describe('tallyio doctor', () => {
  it('prints a table with the way out for what is missing', () => {
    const { status, stdout, stderr } = tallyio(['doctor']);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^ok {4}Node\.js +v\d/);
    assert.match(stdout, /\n(?:ok|warn) +taskset +(?:yes|no)\n/);
  });

  it('prints one JSON object', () => {
    const { status, stdout } = tallyio(['doctor', '--json']);
    assert.equal(status, 0);
    const facts: unknown = JSON.parse(stdout);
    assert.ok(typeof facts === 'object' && facts !== null && 'ok' in facts && 'checks' in facts);
    assert.equal(facts.ok, true);
    assert.ok(Array.isArray(facts.checks) && facts.checks.length > 10);
  });

  it('fails when worker threads are not permitted, and says so', () => {
    const { allowedNodeEnvironmentFlags: flags } = process;
    const permission = flags.has('--permission') ? '--permission' : '--experimental-permission';
    const args = [permission, '--allow-fs-read=*', CLI, 'doctor'];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: DEADLINE_MS });
    assert.equal(status, 1);
    assert.match(stdout, /\nfail +Permission model +on, worker threads not allowed\n/);
    assert.match(stdout, /\nPermission model: start with --allow-worker\n/);
  });
});

describe('tallyio bench', () => {
  it('says where it expected the benchmarks when they are not there', () => {
    const { status, stdout, stderr } = tallyio(['bench', '--quick']);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^tallyio bench: expected the benchmarks at file:.*bench\/main\.js, got .*\n$/);
  });
});

function text(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let all = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => (all += String(chunk)));
    stream.on('close', () => {
      resolve(all);
    });
  });
}
