import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WorkStealingError } from '../../../src/base/errors.ts';
import { checkRunOptions, RUN_OPTIONS } from '../../../src/client/run-options.ts';

const seed = Number(process.env['OPTIONS_SEED'] ?? Date.now() | 0);
console.log(`# seed ${String(seed)}; OPTIONS_SEED=${String(seed)} repeats it`);

const LONGEST_MS = 2 ** 31 - 1;
const delay = fc.oneof(fc.integer({ min: 0, max: LONGEST_MS }), fc.double({ min: 0, max: LONGEST_MS, noNaN: true }));
const valid = fc.record(
  {
    priority: fc.constantFrom(0, 1, 2, 3, undefined),
    signal: fc.constantFrom(new AbortController().signal, AbortSignal.abort(), undefined),
    timeoutMs: delay,
    startWithinMs: delay,
  },
  { requiredKeys: [] },
);
const isDelay = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= LONGEST_MS;
const TAKES: Record<string, (value: unknown) => boolean> = {
  priority: (value) => [0, 1, 2, 3].includes(value as number),
  signal: (value) => value instanceof AbortSignal,
  timeoutMs: isDelay,
  startWithinMs: isDelay,
};
const anything = fc.oneof(
  fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
  fc.double(),
  fc.constantFrom(-1, 4, 0.5, NaN, Infinity, LONGEST_MS + 1, '0', 2n, null, Symbol('option'), new EventTarget()),
);

function refusal(options: unknown): WorkStealingError {
  try {
    checkRunOptions(options);
  } catch (error) {
    assert.ok(error instanceof WorkStealingError, `expected ERR_INVALID_OPTION, got ${String(error)}`);
    assert.equal(error.code, 'ERR_INVALID_OPTION');
    return error;
  }
  return assert.fail('the options were accepted');
}

test('valid run options pass', () => {
  fc.assert(
    fc.property(valid, (options) => {
      checkRunOptions(options);
    }),
    { seed, numRuns: 500 },
  );
});

for (const name of Object.keys(TAKES)) {
  test(`${name}: a value that it does not take is refused by its name, whatever stands beside it`, () => {
    const wrong = anything.filter((value) => value !== undefined && TAKES[name]?.(value) === false);
    const property = fc.property(valid, wrong, (others, value) => {
      const error = refusal({ ...others, [name]: value });
      assert.equal(Reflect.get(error, 'option'), name);
      assert.match(error.message, new RegExp(`expected ${name} to be .*, got `, 's'));
    });
    fc.assert(property, { seed, numRuns: 300 });
  });
}

test('names that do not exist are refused by their name, those of Object.prototype too', () => {
  const names = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', 'Priority', 'timeout'));
  const property = fc.property(
    names.filter((name) => !Object.hasOwn(TAKES, name) && !RUN_OPTIONS.includes(name)),
    anything,
    (name, value) => {
      const options = Object.defineProperty({}, name, { value, enumerable: true });
      assert.equal(Reflect.get(refusal(options), 'option'), name);
    },
  );
  fc.assert(property, { seed, numRuns: 300 });
});

test('what is no object is refused', () => {
  const property = fc.property(
    anything.filter((value) => typeof value !== 'object' || value === null),
    (value) => {
      assert.match(refusal(value).message, /expected options to be an object, got /);
    },
  );
  fc.assert(property, { seed, numRuns: 300 });
});
