import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUDGET_MS, FIRST_SEED } from '../rounds.ts';
import { Execution } from './execution.ts';
import { randomProgram } from './program.ts';

const STEPS = 100;
const LEAST = 3;
/** Programs are many scenarios at once. */
const SHARE = 15;

describe('random programs over the public API', () => {
  it('settle every promise once with what it must be, and leave nothing behind', async (test) => {
    const end = performance.now() + SHARE * BUDGET_MS;
    let seed = FIRST_SEED;
    let settled = 0;
    for (; seed < FIRST_SEED + LEAST || performance.now() < end; ++seed) {
      const report = await Execution.run(randomProgram(seed, STEPS));
      const replay = `npm run fuzz -- --seed ${String(seed)} --steps ${String(STEPS)}`;
      assert.deepEqual(report.problems, [], replay);
      settled += report.settled;
    }
    test.diagnostic(`seeds ${String(FIRST_SEED)} … ${String(seed - 1)}: ${String(settled)} promises`);
  });

  it('a program is the same each time for its seed', () => {
    assert.deepEqual(randomProgram(7, STEPS), randomProgram(7, STEPS));
    assert.notDeepEqual(randomProgram(7, STEPS), randomProgram(8, STEPS));
  });
});
