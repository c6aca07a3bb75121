import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { copyIn, copyOut } from '../../../src/codec/copies.ts';

const MEMORY_BYTES = 64 * 1_024;
const LARGEST = 40_000;

/** Around every size from which on it is done in another way, and parts of a scratch buffer. */
const lengths = fc.oneof(
  fc.constantFrom(0, 1, 255, 256, 2_047, 2_048, 4_095, 4_096, 16_383, 16_384, 16_385, 32_768),
  fc.nat(LARGEST),
);
const shifts = fc.nat(16);

function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) + seed) & 255);
}

describe('copyIn', () => {
  it('writes every byte where it belongs, and no other', () => {
    fc.assert(
      fc.property(lengths, shifts, shifts, fc.nat(255), fc.boolean(), (length, from, to, seed, shared) => {
        const before = pattern(MEMORY_BYTES, seed + 1);
        const memory = Buffer.from(new SharedArrayBuffer(MEMORY_BYTES));
        memory.set(before);
        const source = new Uint8Array(shared ? new SharedArrayBuffer(length + 32) : new ArrayBuffer(length + 32));
        const bytes = source.subarray(from, from + length);
        bytes.set(pattern(length, seed));
        copyIn(memory, 1_024 + to, bytes);
        const expected = before.slice();
        expected.set(bytes, 1_024 + to);
        assert.equal(Buffer.compare(memory, expected), 0);
      }),
    );
  });

  it('writes nothing outside the memory', () => {
    for (const length of [16, 300, 3_000]) {
      const memory = Buffer.from(new SharedArrayBuffer(length));
      assert.throws(() => {
        copyIn(memory, 1, new Uint8Array(length).fill(1));
      }, RangeError);
    }
  });
});

describe('copyOut', () => {
  it('gives the bytes in a buffer of exactly their size that is not shared', () => {
    fc.assert(
      fc.property(lengths, shifts, fc.boolean(), (length, from, isBuffer) => {
        const shared = new Uint8Array(new SharedArrayBuffer(MEMORY_BYTES), 3).fill(0);
        shared.set(pattern(shared.length, 7));
        const memory = isBuffer ? Buffer.from(shared.buffer, 3) : shared;
        const copy = copyOut(memory, 1_024 + from, length);
        assert.equal(Buffer.compare(copy, shared.subarray(1_024 + from, 1_024 + from + length)), 0);
        assert.equal(Object.getPrototypeOf(copy), Uint8Array.prototype);
        assert.ok(copy.buffer instanceof ArrayBuffer);
        assert.equal(copy.buffer.byteLength, length);
        assert.equal(structuredClone(copy, { transfer: [copy.buffer] }).length, length);
      }),
    );
  });

  it('gives nothing of what is outside the memory', () => {
    const memory = Buffer.from(new SharedArrayBuffer(8_192));
    for (const [offset, length] of [
      [8_000, 300],
      [0, 8_193],
      [4_097, 4_096],
    ] as const) {
      assert.throws(() => copyOut(memory, offset, length), RangeError);
    }
  });
});
