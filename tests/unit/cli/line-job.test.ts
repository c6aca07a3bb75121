import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { ExitCode } from '../../../src/cli/exit-code.ts';
import { LineJob, type LineJobOptions } from '../../../src/cli/line-job.ts';
import { LineReader } from '../../../src/cli/line-reader.ts';

interface Trial {
  readonly exitCode: ExitCode;
  readonly output: string;
  readonly gaveUp: number;
}

/** A stream that keeps what it gets and takes its time, so that every write meets back-pressure. */
class Slow extends Writable {
  text = '';
  constructor() {
    super({ highWaterMark: 1 });
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    setImmediate(done);
  }
}

async function attempt(input: Iterable<string>, options: Partial<LineJobOptions>): Promise<Trial> {
  const output = new Slow();
  let gaveUp = 0;
  const job = new LineJob({
    lines: (stop) => new LineReader(Readable.from(chunks(input)), stop),
    size: null,
    output,
    run: (value) => Promise.resolve(value),
    giveUp: () => Promise.resolve(gaveUp++),
    concurrency: 8,
    ordered: true,
    ndjson: false,
    continueOnError: false,
    interrupt: new AbortController().signal,
    ...options,
  });
  const exitCode = await job.finish();
  return { exitCode, output: output.text, gaveUp };
}

function* chunks(input: Iterable<string>): Generator<Buffer> {
  for (const chunk of input) yield Buffer.from(chunk);
}

function* endless(text: string): Generator<string> {
  for (;;) yield text;
}

describe('LineJob', () => {
  it('writes every result, also into a stream that is slow', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `line ${String(i)}\n`);
    const { exitCode, output, gaveUp } = await attempt(lines, {});
    assert.equal(output, lines.join(''));
    assert.deepEqual({ exitCode, gaveUp }, { exitCode: ExitCode.Done, gaveUp: 0 });
  });

  it('stops an endless input at the first failure and gives up what is in flight', async () => {
    let calls = 0;
    const run = async (): Promise<string> => {
      await turn();
      if (++calls === 100) throw new Error('enough');
      return 'x';
    };
    const { exitCode, gaveUp, output } = await attempt(endless('a\n'), { run });
    assert.deepEqual({ exitCode, gaveUp, output }, { exitCode: ExitCode.Failed, gaveUp: 1, output: 'x\n'.repeat(99) });
  });

  it('goes on after failures when asked, but not after one that every line would meet', async () => {
    const run = (value: unknown): Promise<unknown> =>
      value === 'b' ? Promise.reject(new Error('no b')) : Promise.resolve(value);
    const survived = await attempt(['a\nb\nc\n'], { run, continueOnError: true });
    assert.deepEqual(survived, { exitCode: ExitCode.Failed, output: 'a\nc\n', gaveUp: 0 });

    const unknown = Object.assign(new Error('no such task'), { code: 'ERR_UNKNOWN_TASK' });
    const fatal = await attempt(endless('a\n'), { run: () => Promise.reject(unknown), continueOnError: true });
    assert.deepEqual(fatal, { exitCode: ExitCode.Failed, output: '', gaveUp: 1 });
  });

  it('parses JSON lines and skips blank ones', async () => {
    const run = (value: unknown): Promise<unknown> => Promise.resolve([value]);
    const { output } = await attempt(['1\n \n{"a":2}\r\n\n"x"'], { run, ndjson: true });
    assert.equal(output, '[1]\n[{"a":2}]\n["x"]\n');
  });

  it('finishes what is in flight when interrupted', async () => {
    const interrupt = new AbortController();
    let calls = 0;
    const run = async (value: unknown): Promise<unknown> => {
      if (++calls === 20) interrupt.abort();
      await turn();
      return value;
    };
    const { exitCode, output, gaveUp } = await attempt(endless('a\n'), { run, interrupt: interrupt.signal });
    assert.deepEqual({ exitCode, gaveUp }, { exitCode: ExitCode.Interrupted, gaveUp: 0 });
    assert.equal(output, 'a\n'.repeat(calls));
  });

  it('reads nothing when it was interrupted before', async () => {
    const { exitCode, output } = await attempt(endless('a\n'), { interrupt: AbortSignal.abort() });
    assert.deepEqual({ exitCode, output }, { exitCode: ExitCode.Interrupted, output: '' });
  });

  for (const [code, exitCode] of [
    ['EPIPE', ExitCode.Done],
    ['ENOSPC', ExitCode.Failed],
  ] as const) {
    it(`ends when the output fails with ${code}`, async () => {
      const output = new Writable({
        write: (_chunk, _encoding, done) => {
          done(Object.assign(new Error(code), { code }));
        },
      });
      const trial = await attempt(endless('a\n'), { output });
      assert.deepEqual([trial.exitCode, trial.gaveUp], [exitCode, 1]);
    });
  }
});
