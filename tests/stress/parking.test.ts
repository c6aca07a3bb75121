import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Crew } from './crew.ts';
import { BUDGET_MS, FIRST_SEED } from './rounds.ts';
import { raceParking } from './parking.ts';
import { raceParkingHandlers } from './parking-handlers.ts';

/** In the long run; else as many as the time of a scenario allows. */
const LONG = BUDGET_MS >= 10_000;
const ROUNDS = LONG ? 1_000_000 : 5_000;
const ROUNDS_OF_HANDLERS = LONG ? 1_000_000 : 2_000;
/** A task takes microseconds: far beyond what a busy machine adds to that. */
const PATIENCE_MS = 15_000;

describe('a task is submitted while the last worker falls asleep, real threads', () => {
  for (const workers of [1, 2]) {
    it(`${String(workers)} kernel-only, by wait32`, async (test) => {
      const crew = new Crew({ threads: workers + 1 });
      try {
        const { parks } = await raceParking(crew, FIRST_SEED, ROUNDS, PATIENCE_MS);
        test.diagnostic(`seed ${String(FIRST_SEED)}: ${String(ROUNDS)} rounds, ${String(parks)} sleeps`);
        assert.ok(parks > 0, 'no worker ever slept: nothing was raced');
      } finally {
        await crew.close();
      }
    });
  }

  it('a worker with handlers, by waitAsync', async (test) => {
    const { parks } = await raceParkingHandlers(FIRST_SEED, ROUNDS_OF_HANDLERS, PATIENCE_MS);
    test.diagnostic(`seed ${String(FIRST_SEED)}: ${String(ROUNDS_OF_HANDLERS)} rounds, ${String(parks)} sleeps`);
    assert.ok(parks > 0, 'the worker never slept: nothing was raced');
  });
});
