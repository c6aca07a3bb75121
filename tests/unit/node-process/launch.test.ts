import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inheritedFlags } from '../../../src/node-process/launch.ts';

describe('flags of a node process', () => {
  for (const [given, kept] of [
    [[], []],
    [['--max-old-space-size=100', '--import', './preload.js', '-r', './other.cjs'], undefined],
    [['--input-type=module', '-e', 'console.log(1)', '--no-warnings'], ['--no-warnings']],
    [['--no-warnings', '--eval', '--import'], ['--no-warnings']],
    [['-p', '1 + 1'], []],
    [['--inspect', '--inspect-brk=0.0.0.0:9229', '--inspect-port=1', '--expose-gc'], ['--expose-gc']],
    [
      ['--test', '--test-reporter=tap', '--watch', '--watch-path=src', '--enable-source-maps'],
      ['--enable-source-maps'],
    ],
  ] as const) {
    it(`of [${given.join(' ')}] are [${(kept ?? given).join(' ')}]`, () => {
      assert.deepEqual(inheritedFlags(given), kept ?? given);
    });
  }
});
