import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Line, LineReader } from '../../../src/cli/line-reader.ts';

const NEVER = new AbortController().signal;

async function readAll(reader: LineReader): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of reader) lines.push(line);
  return lines;
}

async function texts(chunks: Iterable<string | Uint8Array>): Promise<string[]> {
  const source = Readable.from([...chunks].map((chunk) => Buffer.from(chunk)));
  return (await readAll(new LineReader(source, NEVER))).map(({ text }) => text);
}

describe('LineReader', () => {
  const cases: [string, string[]][] = [
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['\n\na\n', ['', '', 'a']],
    ['a\rb\n', ['a\rb']],
    ['a\u2028b\u2029c\n', ['a\u2028b\u2029c']],
    ['\ufeffa\n\ufeffb\n', ['a', '\ufeffb']],
    ['a\r', ['a']],
  ];
  for (const [text, lines] of cases) {
    it(`splits ${JSON.stringify(text)}`, async () => {
      assert.deepEqual(await texts([text]), lines);
    });
  }

  it('does not depend on where the chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', '\n', '\r\n', 'ü', '\u{1f600}', ' ')),
        fc.nat(5),
        async (parts, at) => {
          const bytes = Buffer.from(parts.join(''));
          const chunks: Uint8Array[] = [];
          for (let i = 0; i < bytes.length; i += at + 1) chunks.push(bytes.subarray(i, i + at + 1));
          assert.deepEqual(await texts(chunks), await texts([bytes]));
        },
      ),
    );
  });

  it('numbers the lines from 1 and counts bytes', async () => {
    const reader = new LineReader(Readable.from([Buffer.from('x\nü')]), NEVER);
    assert.deepEqual(await readAll(reader), [
      { number: 1, text: 'x' },
      { number: 2, text: 'ü' },
    ]);
    assert.equal(reader.bytesRead, 4);
  });

  it('refuses a line that does not end, by its number', async () => {
    const source = Readable.from([Buffer.from('ok\n123456'), Buffer.from('789012')]);
    await assert.rejects(readAll(new LineReader(source, NEVER, 10)), /^Error: line 2: expected at most 10 characters/);
    assert.ok(source.destroyed);
  });

  it('ends when told to stop while it waits, without the line cut in half', async () => {
    const stop = new AbortController();
    const source = new PassThrough();
    source.write('a\nb');
    const lines: string[] = [];
    for await (const { text } of new LineReader(source, stop.signal)) {
      lines.push(text);
      setImmediate(() => {
        stop.abort();
      });
    }
    assert.deepEqual(lines, ['a']);
    assert.ok(source.destroyed);
  });

  it('hands out nothing when it was stopped before', async () => {
    assert.deepEqual(await readAll(new LineReader(Readable.from([Buffer.from('a\n')]), AbortSignal.abort())), []);
  });

  it('passes on an error of the source', async () => {
    const source = new PassThrough();
    source.destroy(new Error('disk on fire'));
    await assert.rejects(readAll(new LineReader(source, NEVER)), /disk on fire/);
  });
});
