import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../support/random.ts';
import { describeRefutation } from './history/linearize.ts';
import { describeHistory, overlaps } from './history/operation.ts';
import { record, recorderBytes } from './history/recorder.ts';
import { scenarios } from './history/scenarios.ts';
import { rounds } from './rounds.ts';

/** Rounds that the threads run on their own, and operations of each thread in one. */
const SHORT = { together: 20, length: 30 };
const LONG = { together: 1, length: 1500 };

describe('short histories are linearizable, real threads', () => {
  for (const scenario of scenarios) {
    const { name, threads, entries } = scenario;
    it(name, async (test) => {
      let judged = 0;
      let concurrent = 0;
      await rounds(test, { threads, entries, spareBytes: recorderBytes(threads) }, async (crew, seed) => {
        const random = new Random(seed);
        const plan = Array.from({ length: SHORT.together }, () => scenario.round(random, SHORT.length));
        for (const [round, history] of (await record(crew, seed, plan)).entries()) {
          const refutation = scenario.refute(history);
          if (refutation !== undefined) {
            assert.fail(
              `seed ${String(seed)}, round ${String(round)}: ${describeRefutation(refutation)}\nall:\n${describeHistory(history)}`,
            );
          }
          judged += 1;
          concurrent += overlaps(history);
        }
      });
      test.diagnostic(`${String(judged)} histories, ${String(concurrent)} operations that overlap the next one`);
    });
  }
});

describe('long histories keep what the structures promise, real threads', () => {
  for (const scenario of scenarios) {
    const { name, threads, entries } = scenario;
    it(name, async (test) => {
      let concurrent = 0;
      // Inboxes and mailboxes pass slots, each once in a history.
      const capacity = 2 * LONG.length;
      await rounds(test, { threads, entries, capacity, spareBytes: recorderBytes(threads) }, async (crew, seed) => {
        const random = new Random(seed);
        const plan = Array.from({ length: LONG.together }, () => scenario.round(random, LONG.length));
        for (const [round, history] of (await record(crew, seed, plan)).entries()) {
          assert.deepEqual(scenario.breaches(history), [], `seed ${String(seed)}, round ${String(round)}`);
          concurrent += overlaps(history);
        }
      });
      test.diagnostic(`${String(concurrent)} operations that overlap the next one`);
    });
  }
});
