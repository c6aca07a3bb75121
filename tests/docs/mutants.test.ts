import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MUTANTS_HEADING, MUTANTS_PAGE, mutantRows } from '../model/mutants/table.ts';
import { readProjectFile } from '../support/project.ts';

/** Cells of the first table below a heading, row by row, without its head. */
function tableBelow(heading: string, page: string): string[][] {
  const at = page.indexOf(`\n${heading}\n`);
  assert.ok(at >= 0, `expected a heading ${heading}`);
  const [table = ''] = /^\|.*\|$(?:\n^\|.*\|$)*/m.exec(page.slice(at)) ?? [];
  const rows = table.split('\n').map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
  return rows.slice(2);
}

describe('the table of mutants', () => {
  it('is up to date: `npm run test:model -- --table` writes it', () => {
    assert.deepEqual(tableBelow(MUTANTS_HEADING, readProjectFile(MUTANTS_PAGE)), mutantRows());
  });

  it('is read row by row', () => {
    const page = '# A\n\n### B\n\nText.\n\n| a | b |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |\n\nText | text |\n';
    assert.deepEqual(tableBelow('### B', page), [
      ['1', '2'],
      ['3', '4'],
    ]);
  });
});
