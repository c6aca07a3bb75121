import { describe, it } from 'node:test';
import { CELLS } from '../support/lifecycle/cells.ts';

// The names are those of the cells: docs/lifecycle.md, and tests/docs/lifecycle.test.ts holds them against it.
describe('lifecycle', () => {
  for (const [name, proof] of CELLS) it(name, proof);
});
