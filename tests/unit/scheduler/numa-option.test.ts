import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type NumaOptions, resolveNuma } from '../../../src/scheduler/numa-option.ts';

const DEFAULTS = {
  isDefault: true,
  nodes: undefined,
  policy: 'locality',
  pin: 'node',
  mustPin: false,
  useIsolatedCpus: false,
  reserveHostCore: false,
  monitoring: true,
  efficiencyThreshold: 0.8,
};

/** A value of each option that is not its default. */
const OTHERS: Required<NumaOptions> = {
  nodes: [1],
  policy: 'roundRobin',
  pin: 'core',
  useIsolatedCpus: true,
  reserveHostCore: true,
  monitoring: false,
  efficiencyThreshold: 0.5,
};

const WRONG: Record<keyof NumaOptions, readonly unknown[]> = {
  nodes: [0, '0', null, [], [-1], [0.5], [NaN], ['0'], [[0]], [0, undefined], new Set([0]), { 0: 0, length: 1 }],
  policy: ['local', 1, null, true, ''],
  pin: ['cores', true, false, null, 0],
  useIsolatedCpus: [0, 1, 'true', null],
  reserveHostCore: [0, 1, 'true', null, {}],
  monitoring: [0, 'off', null],
  efficiencyThreshold: [-0.1, 1.1, NaN, Infinity, '0.5', null, true],
};

describe('option numa', () => {
  it("is the default when nothing is said, and with 'auto'", () => {
    for (const value of [undefined, 'auto', {}, { pin: undefined, nodes: undefined }]) {
      assert.deepEqual(resolveNuma(value), DEFAULTS);
    }
    assert.equal(resolveNuma('off'), undefined);
  });

  for (const [name, value] of Object.entries(OTHERS)) {
    it(`${name}: is taken, and nothing else changes`, () => {
      const resolved = resolveNuma({ [name]: value });
      const mustPin = name === 'pin' || name === 'reserveHostCore';
      assert.deepEqual(resolved, { ...DEFAULTS, isDefault: false, mustPin, [name]: value });
    });
  }

  it('nothing must be pinned when nothing is to be', () => {
    assert.equal(resolveNuma({ pin: 'off' })?.mustPin, false);
    assert.equal(resolveNuma({ pin: 'node' })?.mustPin, true);
  });

  it('nodes: each once, ascending, and not the array that was given', () => {
    const nodes = [3, 1, 3, 0, 1];
    assert.deepEqual(resolveNuma({ nodes })?.nodes, [0, 1, 3]);
    assert.deepEqual(nodes, [3, 1, 3, 0, 1]);
  });

  for (const [name, values] of Object.entries(WRONG)) {
    it(`${name}: out of range, of the wrong type`, () => {
      for (const value of values) {
        assert.throws(
          () => resolveNuma({ [name]: value }),
          (error: Error) => {
            assert.equal(Reflect.get(error, 'code'), 'ERR_INVALID_OPTION', String(value));
            assert.equal(Reflect.get(error, 'option'), `numa.${name}`);
            assert.match(error.message, new RegExp(`^expected numa\\.${name} to be .*, got `));
            return true;
          },
        );
      }
    });
  }

  it('has no other name, and no other form', () => {
    assert.throws(() => resolveNuma({ polcy: 'locality' }), { code: 'ERR_INVALID_OPTION', message: /"polcy"/ });
    for (const value of ['on', '', 0, true, null, [], ['auto'], 1n]) {
      assert.throws(() => resolveNuma(value), {
        code: 'ERR_INVALID_OPTION',
        option: 'numa',
        message: /^expected numa to be 'auto', 'off' or an object, got /,
      });
    }
  });

  it('reads each name once', () => {
    const reads: string[] = [];
    const values: Readonly<Record<string, unknown>> = OTHERS;
    const options = Object.create(null) as object;
    for (const name of Object.keys(OTHERS)) {
      Object.defineProperty(options, name, {
        enumerable: true,
        get: () => {
          reads.push(name);
          return values[name];
        },
      });
    }
    assert.deepEqual(resolveNuma(options), { ...OTHERS, isDefault: false, mustPin: true });
    assert.deepEqual(reads.toSorted(), Object.keys(OTHERS).toSorted());
  });

  it('takes nothing that stands on Object.prototype', () => {
    Object.assign(Object.prototype, OTHERS);
    try {
      assert.deepEqual(resolveNuma({}), DEFAULTS);
      assert.deepEqual(resolveNuma(undefined), DEFAULTS);
    } finally {
      for (const name of Object.keys(OTHERS)) Reflect.deleteProperty(Object.prototype, name);
    }
  });
});
