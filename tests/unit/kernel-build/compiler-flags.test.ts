import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compilerFlags } from '../../../src/kernel-build/compiler-flags.ts';
import { readProjectFile } from '../../support/project.ts';

/** What says where things go, or how much the compiler is to say. */
const ASIDE = new Set(['outFile', 'textFile', 'sourceMap', 'pedantic']);

function flagsOf(target: 'release' | 'checked'): string[] {
  const config = JSON.parse(readProjectFile('asconfig.json')) as {
    options: Record<string, unknown>;
    targets: Record<string, Record<string, unknown>>;
  };
  return Object.entries({ ...config.options, ...config.targets[target] })
    .filter(([name]) => !ASIDE.has(name))
    .map(([name, value]) => (value === true ? `--${name}` : `--${name} ${String(value)}`));
}

describe('flags of the compiler', () => {
  for (const target of ['release', 'checked'] as const) {
    it(`are those of asconfig.json: ${target}`, () => {
      const flags = compilerFlags(target === 'checked')
        .join(' ')
        .split(/ (?=--)/);
      assert.deepEqual(flags.sort(), flagsOf(target).sort());
    });
  }
});
