import assert from 'node:assert/strict';
import { it } from 'node:test';
import { adviceOn } from '../../../src/cli/warning-advice.ts';
import { projectFiles, readProjectFile } from '../../support/project.ts';

it('there is advice on each warning of the topology, and none on others', () => {
  const codesIn = (paths: readonly string[]): string[] => {
    const codes = paths.flatMap((path) => readProjectFile(path).match(/\bWARN_[A-Z_]+/g) ?? []);
    return [...new Set(codes)].sort();
  };
  const advised = codesIn(['src/cli/warning-advice.ts']);
  assert.deepEqual(codesIn(projectFiles(['src/topology'], ['.ts'])), advised);
  assert.match(adviceOn('WARN_UNHEARD_OF'), /^what to do: compare/);
});
