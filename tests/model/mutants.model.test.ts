/** A few of the mutants, as tests of the checker itself; `npm run test:model -- --mutants` tries all of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refute } from './check.ts';
import { mutants } from './mutants/list.ts';

describe('mutants (docs/testing.md)', () => {
  for (const mutant of mutants.filter(({ quick }) => quick)) {
    it(`is caught: ${mutant.is}`, async () => {
      await refute(mutant.scenario, mutant.preemptions, mutant);
    });
  }

  it('have names of their own', () => {
    assert.equal(new Set(mutants.map(({ is }) => is)).size, mutants.length);
  });

  it('an edit that does not match exactly once is an error', async () => {
    const [mutant] = mutants;
    assert.ok(mutant !== undefined);
    const { scenario, preemptions, file } = mutant;
    for (const find of ['no such text', 'store64(']) {
      await assert.rejects(refute(scenario, preemptions, { file, find, put: '' }), /expected once in/);
    }
  });

  it('an edit that changes nothing survives', async () => {
    const [mutant] = mutants;
    assert.ok(mutant !== undefined);
    const { scenario, preemptions, file, find } = mutant;
    await assert.rejects(refute(scenario, preemptions, { file, find, put: find }), /expected the mutant to be caught/);
  });
});
