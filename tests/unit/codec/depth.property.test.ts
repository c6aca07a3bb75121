import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WorkStealingError } from '../../../src/base/errors.ts';
import { roundTrip, roundTripError } from './round-trip.ts';

const seed = Number(process.env['CODEC_SEED'] ?? Date.now() | 0);
console.log(`# seed ${String(seed)}; CODEC_SEED=${String(seed)} repeats it`);

const TYPED_ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/** A view into the middle of a buffer of random bytes. */
const view = fc
  .tuple(
    fc.constantFrom(...TYPED_ARRAYS),
    fc.nat(5),
    fc.nat(9),
    fc.nat(3),
    fc.uint8Array({ minLength: 200, maxLength: 200 }),
  )
  .map(([Kind, before, length, behind, bytes]) => {
    const size = Kind.BYTES_PER_ELEMENT;
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (before + length + behind) * size);
    return new Kind(buffer, before * size, length);
  });

const wrap = fc.constantFrom<(inner: unknown) => unknown>(
  (inner) => [inner],
  (inner) => ({ inner }),
  (inner) => new Map([['key', inner]]),
  (inner) => new Map([[inner, 'value']]),
  (inner) => new Set([inner]),
  (inner) => [1, { before: -0, inner, after: NaN }, 'x'],
);
const leaf = fc.oneof(
  view,
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.constantFrom(-0, NaN, null, undefined, '\ud800', '\udc00\ud800', ''),
  fc.date({ noInvalidDate: true }),
);

test('views into the middle of a buffer, as themselves and inside of anything', () => {
  const property = fc.property(view, fc.array(wrap, { maxLength: 6 }), (value, wraps) => {
    const nested = wraps.reduce((inner: unknown, each) => each(inner), value);
    assert.deepStrictEqual(roundTrip(nested), structuredClone(nested));
    const alone = roundTrip(value) as typeof value;
    assert.equal(alone.buffer.byteLength, value.byteLength, 'a buffer of exactly its size');
    assert.equal(alone.byteOffset, 0);
  });
  fc.assert(property, { seed, numRuns: 500 });
});

test('two views of one buffer come back as two values of their own', () => {
  const property = fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), (bytes) => {
    const copy = roundTrip({ whole: bytes, part: bytes.subarray(2, 6) }) as { whole: Uint8Array; part: Uint8Array };
    assert.deepEqual([...copy.whole], [...bytes]);
    assert.deepEqual([...copy.part], [...bytes.subarray(2, 6)]);
  });
  fc.assert(property, { seed, numRuns: 200 });
});

test('big integers, lone surrogates, −0 and NaN at any depth', () => {
  const property = fc.property(leaf, fc.array(wrap, { maxLength: 12 }), (value, wraps) => {
    const nested = wraps.reduce((inner: unknown, each) => each(inner), value);
    assert.deepStrictEqual(roundTrip(nested), structuredClone(nested));
  });
  fc.assert(property, { seed, numRuns: 500 });
});

test('sparse arrays keep their holes, arrays their further properties', () => {
  const sparse = fc.tuple(fc.nat(30), fc.dictionary(fc.nat(30).map(String), leaf), fc.boolean());
  const property = fc.property(sparse, ([length, members, named]) => {
    const array: unknown[] = Object.assign(new Array(length), members);
    if (named) Object.assign(array, { name: 'further' });
    const copy = roundTrip(array);
    assert.deepStrictEqual(copy, structuredClone(array));
    assert.deepEqual(Object.keys(copy as object), Object.keys(array));
  });
  fc.assert(property, { seed, numRuns: 500 });
});

test('cycles and members that are met twice keep their identity', () => {
  const property = fc.property(fc.array(wrap, { minLength: 1, maxLength: 8 }), (wraps) => {
    const shared = { name: 'shared' };
    const cycle: Record<string, unknown> = { shared, twice: shared };
    cycle['self'] = wraps.reduce((inner: unknown, each) => each(inner), cycle);
    const copy = roundTrip(cycle) as typeof cycle;
    assert.equal(copy['shared'], copy['twice']);
    assert.deepStrictEqual(copy, structuredClone(cycle));
  });
  fc.assert(property, { seed, numRuns: 300 });
});

test('trees deeper than any stack are copied or refused with a code', () => {
  for (const wrapOne of [(inner: unknown) => [inner], (inner: unknown) => ({ inner })]) {
    for (const depth of [100, 1_000, 10_000, 100_000]) {
      let tree: unknown = 'leaf';
      for (let level = 0; level < depth; ++level) tree = wrapOne(tree);
      try {
        let copy = roundTrip(tree);
        for (let level = 0; level < depth; ++level) copy = Object.values(copy as object)[0];
        assert.equal(copy, 'leaf');
      } catch (error) {
        assert.ok(error instanceof WorkStealingError, `depth ${String(depth)}: ${String(error)}`);
        assert.equal(error.code, 'ERR_NOT_SHAREABLE');
      }
    }
  }
});

const ERRORS = [Error, TypeError, RangeError, SyntaxError, URIError, EvalError, ReferenceError] as const;
const chain = fc.array(
  fc.record({
    Kind: fc.constantFrom(...ERRORS),
    message: fc.string({ unit: 'binary' }),
    code: fc.option(fc.oneof(fc.string(), fc.integer()), { nil: undefined }),
    detail: fc.option(leaf, { nil: undefined }),
  }),
  { minLength: 1, maxLength: 12 },
);

test('errors with causes keep class, message, code and what else they carry, all the way down', () => {
  const property = fc.property(chain, fc.boolean(), (links, closes) => {
    const errors = links.map(({ Kind, message, code, detail }) =>
      Object.assign(new Kind(message), code === undefined ? {} : { code }, detail === undefined ? {} : { detail }),
    );
    for (const [index, error] of errors.entries()) {
      const cause = errors[index + 1] ?? (closes ? errors[0] : undefined);
      if (cause !== undefined) Object.defineProperty(error, 'cause', { value: cause, configurable: true });
    }
    let copy: unknown = roundTripError(errors[0]);
    for (const error of errors) {
      assert.ok(copy instanceof Error);
      assert.equal(copy.constructor.name, error.constructor.name);
      assert.equal(copy.message, error.message);
      assert.equal(copy.stack, error.stack);
      assert.deepEqual(Reflect.get(copy, 'code'), Reflect.get(error, 'code'));
      assert.deepStrictEqual(Reflect.get(copy, 'detail'), structuredClone(Reflect.get(error, 'detail')));
      copy = copy.cause;
    }
    assert.equal(copy instanceof Error, closes);
  });
  fc.assert(property, { seed, numRuns: 300 });
});

test('whatever is thrown, something comes back and nothing is thrown on the way', () => {
  const hostile = fc.constantFrom<unknown>(
    () => 1,
    Symbol('thrown'),
    new Proxy(new Error('hidden'), {
      get() {
        throw new Error('trap');
      },
    }),
    Object.defineProperty(new Error('shy'), 'message', {
      get() {
        throw new Error('getter');
      },
    }),
    Object.assign(new Error('full'), { port: new MessageChannel().port1, callback: () => 1 }),
    new WeakMap(),
  );
  const property = fc.property(
    fc.oneof(hostile, fc.anything({ withBigInt: true, withMap: true, withSet: true })),
    (thrown) => {
      roundTripError(thrown);
    },
  );
  fc.assert(property, { seed, numRuns: 500 });
});
