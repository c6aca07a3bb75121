import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'node:test';
import { WorkStealingError } from '../../../src/base/errors.ts';
import { UsageError } from '../../../src/cli/exit-code.ts';
import {
  counted,
  describe as describeError,
  formatBytes,
  labelled,
  printable,
  table,
  wrap,
} from '../../../src/cli/print.ts';
import { resultLine } from '../../../src/cli/result-line.ts';
import { parseTaskReference } from '../../../src/cli/task-reference.ts';

describe('parseTaskReference', () => {
  const url = (path: string): string => pathToFileURL(path).href;
  it('reads a path below the working directory, an absolute one and a URL', () => {
    const relative = parseTaskReference('./tasks.js#resize', '/w d');
    assert.deepEqual([relative.module.href, relative.name, relative.kind], [url('/w d/tasks.js'), 'resize', 'tasks']);
    assert.equal(parseTaskReference('/a/t.js#x', '/w').module.href, url('/a/t.js'));
    assert.equal(parseTaskReference('file:///a/t.js#x', '/w').module.href, 'file:///a/t.js');
  });
  it('splits at the last #', () => {
    const { module, name } = parseTaskReference('a#b/t.js#x', '/w');
    assert.deepEqual([module.href, name], [url('/w/a#b/t.js'), 'x']);
  });
  it('tells kernels by their file', () => {
    assert.equal(parseTaskReference('k.wasm#square', '/w').kind, 'kernels');
  });
  for (const text of ['', '#', 'tasks.js', 'tasks.js#', '#name', 'file://[#x']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseTaskReference(text, '/w'), UsageError);
    });
  }
});

describe('resultLine', () => {
  const cases: [unknown, string][] = [
    ['as is', 'as is'],
    [1.5, '1.5'],
    [null, 'null'],
    [undefined, 'null'],
    [{ a: [1, 'x'] }, '{"a":[1,"x"]}'],
    [Uint8Array.of(1, 2), '[1,2]'],
    [{ values: Float64Array.of(0.5) }, '{"values":[0.5]}'],
    [Uint8Array.of(1, 2).buffer, '[1,2]'],
    [new DataView(Uint8Array.of(1, 2, 3).buffer, 1), '[2,3]'],
  ];
  for (const [value, line] of cases) {
    it(`prints ${line}`, () => {
      assert.equal(resultLine(value), line);
    });
  }
  it('throws on what JSON cannot hold', () => {
    assert.throws(() => resultLine(10n), TypeError);
    assert.throws(() => resultLine(BigInt64Array.of(1n)), TypeError);
  });
});

describe('print', () => {
  it('describes an error in one line with its code', () => {
    const error = new WorkStealingError('ERR_CLOSED', 'expected an open engine,\n  got a closed one\n');
    assert.equal(describeError(error), 'expected an open engine, got a closed one [ERR_CLOSED]');
    assert.equal(describeError(new Error('plain')), 'plain');
    assert.equal(describeError('text'), 'text');
    assert.equal(describeError(undefined), 'undefined');
  });
  it('aligns columns', () => {
    assert.equal(
      table([
        ['a', 'long', 'x'],
        ['bcd', 'e', ''],
      ]),
      'a    long  x\nbcd  e     ',
    );
  });
  it('prints bytes with their unit', () => {
    assert.deepEqual([0, 1023, 1024, 1.5 * 2 ** 30, 2 ** 60].map(formatBytes), [
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 GiB',
      '1048576.0 TiB',
    ]);
  });
  it('wraps after spaces and commas, and within what is longer than a line', () => {
    assert.deepEqual(wrap('one two, three', 8), ['one two,', 'three']);
    assert.deepEqual(wrap('0,2,4,6', 4), ['0,2,', '4,6']);
    assert.deepEqual(wrap('abcdefgh ij', 3), ['abc', 'def', 'gh', 'ij']);
    assert.deepEqual(wrap('', 3), ['']);
  });
  it('wraps texts beside their labels', () => {
    const rows = [
      ['a', 'one two three'],
      ['long', 'x'],
    ] as const;
    assert.deepEqual(labelled(rows, 14), ['a     one two', '      three', 'long  x']);
  });
  it('replaces what is no text', () => {
    assert.equal(printable('a\u001b[1m\u0000é漢\uD800\uFFFE'), 'a\uFFFD[1m\uFFFDé漢\uFFFD\uFFFD');
  });
  it('counts', () => {
    assert.deepEqual(
      [0, 1, 2.5].map((count) => counted(count, 'CPU')),
      ['0 CPUs', '1 CPU', '2.5 CPUs'],
    );
  });
});
