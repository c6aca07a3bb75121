import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Hysteresis, type HysteresisChange, type HysteresisOptions } from '../../../src/numa/hysteresis.ts';

const seed = Date.now() | 0;
console.log(`# seed ${String(seed)}`);

function changesOf(options: HysteresisOptions, values: readonly number[]): string {
  const alarm = new Hysteresis(options);
  const letters = { raised: 'R', cleared: 'C' } as const satisfies Record<HysteresisChange, string>;
  return values
    .map((value) => {
      const change = alarm.observe(value);
      return change === undefined ? '.' : letters[change];
    })
    .join('');
}

describe('Hysteresis', () => {
  const below = { threshold: 0.8, bad: 'below' } as const;

  it('two bad readings in a row raise it, once', () => {
    assert.equal(changesOf(below, [0.7, 0.7, 0.7, 0.7, 0.1]), '.R...');
    assert.equal(changesOf(below, [0.7, 0.8, 0.7, 0.9, 0.7, 0.79]), '.....R', 'the threshold itself is not beyond it');
  });

  it('two readings in a row that are better by the margin clear it', () => {
    assert.equal(changesOf(below, [0.7, 0.7, 0.85, 0.85]), '.R.C');
    assert.equal(changesOf(below, [0.7, 0.7, 0.83, 0.83, 0.83]), '.R...', 'within the margin');
    assert.equal(changesOf(below, [0.7, 0.7, 0.9, 0.83, 0.9, 0.7, 0.9, 0.9]), '.R.....C');
  });

  it('above is bad where that is said', () => {
    const above = { threshold: 100, bad: 'above' } as const;
    assert.equal(changesOf(above, [100, 101, 101, 96, 96, 95, 95]), '..R...C');
  });

  it('what is not known is not degraded', () => {
    assert.equal(changesOf(below, [0.7, NaN, 0.7, NaN, NaN, NaN]), '......');
    assert.equal(changesOf(below, [0.7, 0.7, NaN, 0.7, NaN, NaN]), '.R...C');
  });

  it('the best that there can be is good, whatever the margin', () => {
    assert.equal(changesOf({ threshold: 0.99, bad: 'below', best: 1 }, [0.9, 0.9, 1, 1]), '.R.C');
    assert.equal(changesOf({ threshold: 0.99, bad: 'below' }, [0.9, 0.9, 1, 1]), '.R..');
    assert.equal(changesOf({ threshold: 1, bad: 'below', best: 1 }, [0.9, 0.9, 1, 1]), '.R.C');
    assert.equal(changesOf({ threshold: 0, bad: 'above', best: 0 }, [1, 1, 0, 0]), '.R.C');
  });

  it('numbers of readings and margin can be given', () => {
    const options = { ...below, raiseAfter: 1, clearAfter: 3, margin: 0 };
    assert.equal(changesOf(options, [0.79, 0.8, 0.8, 0.8, 0.79]), 'R..CR');
  });

  const value = fc.oneof(fc.double({ min: 0, max: 1 }), fc.constant(NaN));
  const threshold = fc.double({ min: 0, max: 1, noNaN: true });

  it('is active exactly when the last change was a raise; raises and clears take turns', () => {
    const property = fc.property(threshold, fc.constantFrom('below', 'above'), fc.array(value), (at, bad, values) => {
      const alarm = new Hysteresis({ threshold: at, bad });
      let last: HysteresisChange = 'cleared';
      for (const each of values) {
        const change = alarm.observe(each);
        if (change !== undefined) {
          assert.notEqual(change, last);
          last = change;
        }
        assert.equal(alarm.active, last === 'raised');
      }
    });
    fc.assert(property, { seed });
  });

  it('nothing changes without two readings in a row on one side', () => {
    const property = fc.property(threshold, fc.array(value), (at, values) => {
      const alarm = new Hysteresis({ threshold: at, bad: 'below', best: 1 });
      values.forEach((each, index) => {
        const change = alarm.observe(each);
        const pair = [values[index - 1] ?? NaN, each];
        if (change === 'raised') assert.ok(pair.every((one) => one < at));
        if (change === 'cleared') assert.ok(pair.every((one) => !(one < Math.min(1, at * 1.05))));
      });
    });
    fc.assert(property, { seed });
  });

  it('whatever came before, two of the worst raise it and two of the best clear it', () => {
    const positive = fc.double({ min: 0.01, max: 1, noNaN: true });
    const property = fc.property(positive, fc.array(value), (at, values) => {
      const alarm = new Hysteresis({ threshold: at, bad: 'below', best: 1 });
      for (const each of [...values, 0, 0]) alarm.observe(each);
      assert.ok(alarm.active);
      for (const each of [1, 1]) alarm.observe(each);
      assert.ok(!alarm.active);
    });
    fc.assert(property, { seed });
  });

  it('turned round it does the same', () => {
    const property = fc.property(threshold, fc.array(value), (at, values) => {
      const turned = values.map((each) => -each);
      assert.equal(
        changesOf({ threshold: -at, bad: 'above' }, turned),
        changesOf({ threshold: at, bad: 'below' }, values),
      );
    });
    fc.assert(property, { seed });
  });
});
