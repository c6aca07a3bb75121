import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectFiles, readProjectFile } from '../support/project.ts';

function codesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, code = '']) => code);
}

describe('docs/errors.md', () => {
  it('explains each code of a process warning, and no other', () => {
    const sources = projectFiles(['src/base', 'src/engine', 'src/node-process'], ['.ts']).map(readProjectFile);
    const used = new Set(sources.flatMap((text) => codesIn(text, /'(WARN_[A-Z_]+)'/g)));
    const explained = codesIn(readProjectFile('docs/errors.md'), /^\| `(WARN_[A-Z_]+)`/gm);
    assert.deepEqual(explained.sort(), [...used].sort());
    assert.ok(used.size > 0);
  });
});
