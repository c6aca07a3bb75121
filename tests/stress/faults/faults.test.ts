import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FIRST_SEED } from '../rounds.ts';
import { injected, runCampaign } from './campaign.ts';
import { randomPlan } from './plan.ts';
import { tableOf } from './table.ts';

const TASKS = 5_000;
const FAULTS = 60;

describe('faults under load', () => {
  it('every promise settles once with what it may be, nothing runs too often, nothing is left, the engine goes on', async (test) => {
    const tally = await runCampaign({ seed: FIRST_SEED, tasks: TASKS, faults: FAULTS });
    const replay = `npm run test:faults -- --seed ${String(FIRST_SEED)} --tasks ${String(TASKS)} --faults ${String(FAULTS)}`;
    test.diagnostic(tableOf(tally));
    assert.deepEqual(tally.problems, [], replay);
    assert.ok(tally.tasks >= TASKS && injected(tally) >= FAULTS);
  });

  it('a round is the same each time for its seed', () => {
    const size = { tasks: 300, faults: 30 };
    assert.deepEqual(randomPlan(7, 1, size), randomPlan(7, 1, size));
    assert.notDeepEqual(randomPlan(7, 1, size), randomPlan(8, 1, size));
  });
});
