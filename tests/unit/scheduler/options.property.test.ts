import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { WorkStealingError } from '../../../src/base/errors.ts';
import { resolveOptions } from '../../../src/scheduler/options.ts';

const seed = Number(process.env['OPTIONS_SEED'] ?? Date.now() | 0);
console.log(`# seed ${String(seed)}; OPTIONS_SEED=${String(seed)} repeats it`);

const path = fc.string().map((name) => join(import.meta.dirname, `${encodeURIComponent(name)}.js`));
const whole = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

/** What each option may be, and what of that comes out. */
const VALID: Record<string, fc.Arbitrary<unknown>> = {
  tasks: fc.oneof(
    path,
    path.map((file) => new URL(`file://${file}`)),
  ),
  kernels: fc.uint8Array({ minLength: 1 }),
  workers: whole(1, 256),
  capacity: whole(1, 2 ** 20),
  maxQueue: fc.oneof(fc.maxSafeNat(), fc.constant(Infinity)),
  memory: fc.record({ poolBytes: whole(65_536, 2 ** 31), maximumBytes: whole(2 ** 20, 2 ** 31) }, { requiredKeys: [] }),
  concurrency: whole(1, 65_536),
  numa: fc.constantFrom('auto', 'off'),
  starvationInterval: whole(0, 2 ** 30),
  objectives: fc.record({ errorRate: fc.double({ min: 0, max: 1, noNaN: true }) }),
  resourceLimits: fc.record(
    { maxOldGenerationSizeMb: whole(4, 4096), stackSizeMb: whole(1, 64) },
    { requiredKeys: [] },
  ),
  workerData: fc.anything(),
  env: fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
  execArgv: fc.array(fc.string()),
  timing: fc.constantFrom('sampled', 'all', 'off'),
  name: fc.string({ maxLength: 100 }),
};

/** Resolved under another name, or not at all. */
const CHANGED = new Set(['tasks', 'memory', 'numa']);

const isWhole = (least: number, most: number) => (value: unknown) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** Whether a value is one that an option takes; those left out take anything. */
const TAKES: Record<string, (value: unknown) => boolean> = {
  tasks: (value) => value instanceof URL || (typeof value === 'string' && /^(?:file:|\/)/.test(value)),
  kernels: (value) =>
    value instanceof URL || value instanceof Uint8Array || (typeof value === 'string' && /^(?:file:|\/)/.test(value)),
  workers: isWhole(1, 256),
  capacity: isWhole(1, 2 ** 20),
  maxQueue: (value) => value === Infinity || isWhole(0, Number.MAX_SAFE_INTEGER)(value),
  memory: isRecord,
  concurrency: isWhole(1, 65_536),
  numa: (value) => value === 'auto' || value === 'off' || isRecord(value),
  starvationInterval: isWhole(0, 2 ** 30),
  objectives: isRecord,
  resourceLimits: isRecord,
  env: isRecord,
  execArgv: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  timing: (value) => value === 'sampled' || value === 'all' || value === 'off',
  name: (value) => typeof value === 'string' && value.length <= 100,
};

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Values of every type, near the bounds of the numbers too.
const anything = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, -1, 1.5, 257, 65_537, 2 ** 20 + 1, 2 ** 30 + 1, NaN, Infinity, -Infinity, ''),
  fc.constantFrom(Symbol('option'), () => 1, Symbol.iterator, Map),
);

function resolved(options: unknown): Readonly<Record<string, unknown>> {
  return resolveOptions(options) as unknown as Readonly<Record<string, unknown>>;
}

function refusal(options: unknown): WorkStealingError {
  try {
    resolveOptions(options);
  } catch (error) {
    assert.ok(error instanceof WorkStealingError, `expected ERR_INVALID_OPTION, got ${String(error)}`);
    assert.equal(error.code, 'ERR_INVALID_OPTION');
    return error;
  }
  return assert.fail('the options were accepted');
}

// Records come as copies without a prototype.
function plain(value: unknown): unknown {
  return isRecord(value) ? { ...(value as object) } : value;
}

test('valid options are kept, whatever the others are', () => {
  const options = fc.record(VALID, { requiredKeys: ['tasks'] });
  const property = fc.property(options, (given) => {
    const result = resolved(given);
    assert.ok(Object.isFrozen(result));
    for (const [name, value] of Object.entries(given)) {
      if (!CHANGED.has(name)) assert.deepEqual(plain(result[name]), plain(value), name);
    }
    assert.ok(result['tasks'] instanceof URL);
  });
  fc.assert(property, { seed, numRuns: 500 });
});

for (const name of Object.keys(TAKES)) {
  test(`${name}: a value that it does not take is refused by its name`, () => {
    const wrong = anything.filter((value) => value !== undefined && TAKES[name]?.(value) === false);
    const property = fc.property(wrong, (value) => {
      const error = refusal({ tasks: '/tasks.js', [name]: value });
      assert.equal(Reflect.get(error, 'option'), name);
      assert.match(error.message, new RegExp(`expected ${name} to be .*, got `, 's'));
      assert.ok(error.message.length < 500);
    });
    fc.assert(property, { seed, numRuns: 200 });
  });
}

test('members of memory and resourceLimits likewise', () => {
  const members: Record<string, readonly string[]> = {
    memory: ['poolBytes', 'maximumBytes'],
    resourceLimits: ['maxOldGenerationSizeMb', 'maxYoungGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb'],
  };
  for (const [name, keys] of Object.entries(members)) {
    const noNumber = anything.filter((value) => value !== undefined && (typeof value !== 'number' || value < 0));
    const property = fc.property(fc.constantFrom(...keys), noNumber, (key, value) => {
      const error = refusal({ tasks: '/tasks.js', [name]: { [key]: value } });
      assert.equal(Reflect.get(error, 'option'), `${name}.${key}`);
    });
    fc.assert(property, { seed, numRuns: 300 });
  }
});

test('names that do not exist are refused by their name, those of Object.prototype too', () => {
  const known = Object.keys(VALID);
  const names = fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'Workers'),
  );
  const property = fc.property(
    names.filter((name) => !known.includes(name)),
    anything,
    (name, value) => {
      // As an own property: in a literal `__proto__` would set the prototype.
      const options = Object.defineProperty({ tasks: '/tasks.js' }, name, { value, enumerable: true });
      assert.equal(Reflect.get(refusal(options), 'option'), name);
    },
  );
  fc.assert(property, { seed, numRuns: 300 });
});

test('a value of the wrong type pollutes nothing', () => {
  const before = Object.getOwnPropertyNames(Object.prototype);
  const polluted: unknown = JSON.parse('{"tasks":"/tasks.js","memory":{"__proto__":{"poolBytes":1}}}');
  assert.match(refusal(polluted).message, /"__proto__"/);
  assert.match(refusal({ tasks: '/tasks.js', memory: { constructor: 1 } }).message, /"constructor"/);
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
  // What a class of the caller's gives counts as given.
  const inherited: unknown = Object.create({ workers: 3 }, { tasks: { value: '/tasks.js', enumerable: true } });
  assert.equal(resolved(inherited)['workers'], 3);
});

test('whatever is given, nothing but ERR_INVALID_OPTION is thrown', () => {
  const property = fc.property(anything, (value) => {
    if (typeof value === 'object' && value !== null && 'tasks' in value) return;
    refusal(value);
  });
  fc.assert(property, { seed, numRuns: 500 });
});
