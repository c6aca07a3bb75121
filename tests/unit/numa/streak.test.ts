import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Streak } from '../../../src/numa/streak.ts';

/** The state after each reading, which says whether it should be on. */
function statesOf(streak: Streak, readings: readonly boolean[]): boolean[] {
  return readings.map((shouldBeOn) => {
    const before = streak.isOn;
    assert.equal(streak.see(shouldBeOn !== before), streak.isOn !== before);
    return streak.isOn;
  });
}

describe('Streak', () => {
  it('turns with the second reading in a row that says otherwise', () => {
    const readings = [true, false, true, true, true, false, true, false, false, false, true];
    assert.deepEqual(statesOf(new Streak(), readings), [
      false,
      false,
      false,
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('takes as many as it is told, of each kind', () => {
    const readings = [true, false, false, true, false, false, false];
    assert.deepEqual(statesOf(new Streak(1, 3), readings), [true, true, true, true, true, true, false]);
  });

  it('property: it is what the last readings said that were enough in a row', () => {
    const counts = fc.integer({ min: 1, max: 4 });
    const property = fc.property(counts, counts, fc.array(fc.boolean()), (raiseAfter, clearAfter, readings) => {
      const states = statesOf(new Streak(raiseAfter, clearAfter), readings);
      const ends = (shouldBeOn: boolean, count: number, at: number): boolean =>
        at + 1 >= count && readings.slice(at + 1 - count, at + 1).every((each) => each === shouldBeOn);
      let expected = false;
      for (const [at, state] of states.entries()) {
        if (ends(true, raiseAfter, at)) expected = true;
        else if (ends(false, clearAfter, at)) expected = false;
        assert.equal(state, expected);
      }
    });
    fc.assert(property);
  });
});
