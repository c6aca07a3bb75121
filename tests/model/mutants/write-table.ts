/** Writes the table of mutants into its page. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../support/project.ts';
import { MUTANTS_HEADING, MUTANTS_PAGE, mutantTable } from './table.ts';

const path = join(projectRoot, MUTANTS_PAGE);
const page = readFileSync(path, 'utf8');
const at = page.indexOf(`\n${MUTANTS_HEADING}\n`);
if (at < 0) throw new Error(`expected a heading ${MUTANTS_HEADING} in ${MUTANTS_PAGE}`);
const begin = page.indexOf('\n|', at) + 1;
const end = page.indexOf('\n\n', begin);
writeFileSync(path, `${page.slice(0, begin)}${mutantTable()}${end < 0 ? '\n' : page.slice(end)}`);
