import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CELLS } from '../support/lifecycle/cells.ts';
import { readProjectFile } from '../support/project.ts';

/** `state: event` of each cell of the table that begins with `| event` and says that something happens. */
function cellsOf(markdown: string): string[] {
  const rows = /^\| event [^]*?\n\n/m.exec(markdown)?.[0].trim().split('\n').map(split) ?? [];
  const [[, ...states] = [], , ...events] = rows;
  return events.flatMap(([event = '', ...cells]) =>
    cells.flatMap((cell, column) => (cell === '–' ? [] : [`${states[column] ?? ''}: ${event.replaceAll('`', '')}`])),
  );
}

function split(row: string): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('the table of docs/lifecycle.md', () => {
  it('has a test for each cell, and each test has its cell', () => {
    const cells = cellsOf(readProjectFile('docs/lifecycle.md'));
    assert.ok(cells.length > 50);
    assert.deepEqual([...CELLS.keys()].sort(), cells.sort());
  });

  it('is read by a reader that sees cells and dashes', () => {
    const table =
      '# A\n\n| event | one | two |\n| --- | --- | --- |\n| `f()` | x | – |\n| g | – | y |\n\nmore | text |\n';
    assert.deepEqual(cellsOf(table), ['one: f()', 'two: g']);
  });
});
