import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { withEngine } from '../support/engines.ts';
import { Program } from '../support/program.ts';
import { IN_FULL_SET } from '../support/quick.ts';

const PROGRAMS = fileURLToPath(new URL('../support/signal-programs.js', import.meta.url));
/** Windows has no signals that another process could send. */
const skip = process.platform === 'win32' && 'no signals between processes on Windows';

/** Whether a process may be the first of a namespace of its own here. */
const UNSHARE = 'unshare';
const FIRST = ['--pid', '--fork', '--kill-child', process.execPath];
const mayUnshare = spawnSync(UNSHARE, [...FIRST, '-e', '']).status === 0;

/** What a program says of an engine whose only task ended so. */
function closed(name: string, how: 'completed' | 'cancelled'): string {
  return how === 'completed'
    ? `${name} closed: 1 completed, 0 cancelled, forced false`
    : `${name} closed: 0 completed, 1 cancelled, forced true`;
}

async function started(name: string, ready = 'ready'): Promise<Program> {
  const program = new Program(process.execPath, [PROGRAMS, name]);
  await program.says(ready);
  return program;
}

describe('closeOnSignal', { skip }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal} drains, then ends the process as ${signal} does`, async () => {
      const program = await started('drain');
      program.signal(signal);
      await program.says('draining');
      program.tell('0');
      assert.deepEqual(await program.ended(), { code: null, signal });
      assert.deepEqual(program.lines, ['ready', 'draining', 'engine ran', closed('engine', 'completed')]);
      assert.equal(program.stderr, '');
    });
  }

  it('is 128 + n for a shell', IN_FULL_SET, async () => {
    const script = '"$0" "$1" slow <&0 & echo $!; wait $!; echo "status $?"';
    const shell = new Program('sh', ['-c', script, process.execPath, PROGRAMS]);
    await shell.says('ready');
    process.kill(Number(shell.lines.find((line) => /^\d+$/.test(line))), 'SIGTERM');
    await shell.ended();
    assert.equal(shell.lines.at(-1), 'status 143');
  });

  it('after timeoutMs it forces, tells what did not finish, and ends the process', async () => {
    const program = await started('slow');
    program.signal('SIGTERM');
    assert.deepEqual(await program.ended(), { code: null, signal: 'SIGTERM' });
    assert.deepEqual(program.lines.sort(), ['engine ERR_CLOSED', closed('engine', 'cancelled'), 'ready']);
    assert.match(
      program.stderr,
      /^\(node:\d+\) TallyioWarning: tallyio: SIGTERM closed the engine by force.* cancelled 1, timed out 0/,
    );
    assert.equal(program.stderr.split('\n').length, 3, program.stderr); // ours, Node's hint, and the end of the line
  });

  it('a second signal forces; the status is that of the first', async () => {
    const program = await started('twice');
    program.signal('SIGINT');
    await program.says('draining');
    program.signal('SIGTERM');
    assert.deepEqual(await program.ended(), { code: null, signal: 'SIGINT' });
    assert.ok(program.lines.includes(closed('engine', 'cancelled')));
  });

  it('a third one is not caught', IN_FULL_SET, async () => {
    const program = await started('thrice');
    program.signal('SIGTERM');
    await program.says('draining');
    program.signal('SIGTERM');
    await program.says('forced');
    program.signal('SIGINT');
    assert.deepEqual(await program.ended(), { code: null, signal: 'SIGINT' });
    assert.equal(program.lines.at(-1), 'forced');
  });

  it('all engines drain before the process ends, whichever of them the signal is for', async () => {
    const program = await started('two');
    program.signal('SIGTERM');
    await program.says('draining');
    program.tell('0');
    await program.says(closed('first', 'completed'));
    program.tell('1');
    assert.deepEqual(await program.ended(), { code: null, signal: 'SIGTERM' });
    assert.equal(program.lines.at(-1), closed('second', 'completed'));
  });

  it('an engine that joins while others drain is closed, too', IN_FULL_SET, async () => {
    const program = await started('late');
    program.signal('SIGTERM');
    assert.deepEqual(await program.ended(), { code: null, signal: 'SIGTERM' });
    assert.ok(program.lines.includes(closed('first', 'completed')));
    assert.ok(program.lines.includes(closed('second', 'completed')));
  });

  it('bounds a close that somebody else has begun without a limit', IN_FULL_SET, async () => {
    const program = await started('closing');
    program.signal('SIGTERM');
    assert.deepEqual(await program.ended(), { code: null, signal: 'SIGTERM' });
    assert.ok(program.lines.includes(closed('engine', 'cancelled')));
  });

  it('leaves the end of the process to others that listen for the signal', async () => {
    const program = await started('others');
    program.signal('SIGTERM');
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    assert.deepEqual(
      program.lines.filter((line) => line === 'mine'),
      ['mine'],
    );
    assert.ok(program.lines.includes(closed('engine', 'completed')));
  });

  it('and to one that listened once and is not done', IN_FULL_SET, async () => {
    const program = await started('cleanup');
    program.signal('SIGTERM');
    assert.deepEqual(await program.ended(), { code: 7, signal: null });
    assert.equal(program.lines.at(-1), 'cleaned up');
  });

  it('ends the process where signal-exit listens, which leaves that to others', IN_FULL_SET, async () => {
    const program = await started('hooked');
    program.signal('SIGTERM');
    assert.deepEqual(await program.ended(), { code: null, signal: 'SIGTERM' });
    assert.deepEqual(program.lines.slice(-2), [closed('engine', 'completed'), 'hook null SIGTERM']);
  });

  it('does not keep an idle process alive', async () => {
    const program = await started('idle', '9');
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
  });

  it('has one listener a signal, the last options, and none when the engines are closed', async () => {
    const program = await started('listeners', '0 0');
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    assert.deepEqual(program.lines, ['0 0', '1 0', '1 1', '1 0', '0 0']);
  });

  it('is refused in a worker thread', async () => {
    const program = new Program(process.execPath, [PROGRAMS, 'thread']);
    await program.ended();
    assert.match(program.lines.join(), /expected closeOnSignal\(\) in the main thread, got worker thread \d+/);
  });

  it('ends the first process of a container, whose signals the kernel drops', { skip: !mayUnshare }, async () => {
    const program = new Program(UNSHARE, [...FIRST, PROGRAMS, 'slow']);
    await program.says('ready');
    const { pid } = program;
    process.kill(Number(readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')), 'SIGTERM');
    assert.deepEqual(await program.ended(), { code: 143, signal: null });
    assert.ok(program.lines.includes(closed('engine', 'cancelled')));
  });
});

it('closeOnSignal rejects options that are none', async () => {
  await withEngine({}, (engine) => {
    const wrong: readonly [unknown, RegExp][] = [
      [null, /expected options to be an object, got null/],
      [{ signal: ['SIGTERM'] }, /no other names than signals, timeoutMs, got "signal"/],
      [{ signals: [] }, /expected signals to be a list of at least one of SIGTERM, .*, got an empty array/],
      [{ signals: 'SIGTERM' }, /got "SIGTERM"/],
      [{ signals: ['SIGTERM', 'SIGKILL'] }, /got "SIGKILL"/],
      [{ signals: ['SIGUSR1'] }, /SIGUSR1/],
      [{ signals: [Object.create(null)] }, /expected signals to be a list .*, got an object/],
      [{ timeoutMs: -1 }, /expected timeoutMs to be milliseconds, .*got -1/],
      [{ timeoutMs: 2 ** 31 }, /got 2147483648/],
      [{ timeoutMs: NaN }, /got NaN/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(
        () => {
          engine.closeOnSignal(options as never);
        },
        (error: Error) => 'code' in error && error.code === 'ERR_INVALID_OPTION' && message.test(error.message),
      );
    }
    assert.equal(process.listenerCount('SIGTERM'), 0);
    return Promise.resolve();
  });
});
