import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectFiles, readProjectFile } from '../support/project.ts';

function codesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, code = '']) => code);
}

describe('docs/topology.md', () => {
  it('explains each code of a warning, and no other', () => {
    const sources = projectFiles(['src/topology'], ['.ts']).map(readProjectFile);
    const used = new Set(sources.flatMap((text) => codesIn(text, /'(WARN_[A-Z_]+)'/g)));
    const explained = codesIn(readProjectFile('docs/topology.md'), /^\| `(WARN_[A-Z_]+)`/gm);
    assert.deepEqual(explained.sort(), [...used].sort());
    assert.ok(used.size > 0);
  });
});
