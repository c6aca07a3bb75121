import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { decode } from '../../../src/codec/decode.ts';
import { Encoder } from '../../../src/codec/encode.ts';
import { WorkStealingError } from '../../../src/base/errors.ts';
import { finishTrip, roundTrip } from './round-trip.ts';

const seed = Number(process.env['CODEC_SEED'] ?? Date.now() | 0);
console.log(`# seed ${String(seed)}; CODEC_SEED=${String(seed)} repeats it`);

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
);
const anything = fc.anything({
  key: fc.oneof(text, fc.constantFrom('__proto__', 'toString', 'constructor', 'length', '0')),
  maxDepth: 4,
  withBigInt: true,
  withBoxedValues: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  values: [
    text,
    fc.double(),
    fc.integer(),
    fc.boolean(),
    // An invalid date is not deep-equal to its copy for node:assert.
    fc.date({ noInvalidDate: true }),
    fc.constantFrom(null, undefined, -0, NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 53),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  ],
});

test('whatever the structured clone copies comes back as it would copy it', () => {
  const property = fc.property(anything, (value) => {
    assert.deepStrictEqual(roundTrip(value), structuredClone(value));
  });
  fc.assert(property, { seed, numRuns: 3000 });
});

test('plain trees of every shape come back as they were', () => {
  const tree = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });
  const property = fc.property(fc.array(tree), (value) => {
    assert.deepStrictEqual(roundTrip(value), structuredClone(value));
  });
  fc.assert(property, { seed, numRuns: 1000 });
});

test('every string comes back unit by unit, in UTF-8 where it is well formed', () => {
  const property = fc.property(text, (value) => {
    assert.equal(roundTrip(value), value);
    const encoder = new Encoder();
    encoder.prepareKernelInput(value);
    assert.equal(finishTrip(encoder), Buffer.from(value).toString());
  });
  fc.assert(property, { seed, numRuns: 1000 });
});

test('bytes that are no payload are refused, and nothing else happens', () => {
  const property = fc.property(fc.integer({ min: 5, max: 31 }), fc.uint8Array({ maxLength: 200 }), (tag, bytes) => {
    expectValueOrRefusal(tag, Buffer.from(bytes));
  });
  fc.assert(property, { seed, numRuns: 5000 });
});

test('a payload with bytes changed or cut off is refused or decodes to something', () => {
  const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const property = fc.property(anything, change, fc.nat(8), (value, changes, cut) => {
    const encoder = new Encoder();
    encoder.prepare(value);
    const memory = Buffer.alloc(encoder.length);
    encoder.write(memory, 0);
    for (const [at, byte] of changes) if (memory.length > 0) memory[at % memory.length] = byte;
    if (encoder.tag > 4) expectValueOrRefusal(encoder.tag, memory.subarray(0, Math.max(0, memory.length - cut)));
  });
  fc.assert(property, { seed, numRuns: 3000 });
});

function expectValueOrRefusal(tag: number, bytes: Buffer): void {
  try {
    decode(tag, 0, bytes, 0, bytes.length);
  } catch (error) {
    assert.ok(error instanceof WorkStealingError, String(error));
    assert.equal(error.code, 'ERR_NOT_SHAREABLE');
  }
}
