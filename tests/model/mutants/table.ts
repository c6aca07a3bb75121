/** The mutants as a table for docs/testing.md. `npm run test:model -- --table` puts it there; a test compares the two. */
import { mutants } from './list.ts';

export const MUTANTS_PAGE = 'docs/testing.md';
/** The table is all there is below it. */
export const MUTANTS_HEADING = '### Mutants';

const HEAD = ['file', 'the mutant', 'what comes of it', 'caught by'];

/** Cells of the table, row by row. */
export function mutantRows(): string[][] {
  return mutants.map(({ file, is, why, by }) => [`\`${file.replace('assembly/', '')}\``, is, why, by]);
}

/** The table, aligned as prettier does it. */
export function mutantTable(): string {
  const rows = [HEAD, ...mutantRows()];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
