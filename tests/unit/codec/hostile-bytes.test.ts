import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkStealingError } from '../../../src/base/errors.ts';
import { decode } from '../../../src/codec/decode.ts';
import { Encoder } from '../../../src/codec/encode.ts';
import { Tag } from '../../../src/codec/tags.ts';
import { Token } from '../../../src/codec/tree-format.ts';

const SEED = Number(process.env['CODEC_SEED'] ?? Date.now() | 0);
const ROUNDS = 20_000;
const VALUES: readonly unknown[] = [
  { a: 1, b: ['x', null, { c: 1.5 }] },
  { a: 'Ж', bytes: new Uint8Array(5) },
  new Map([[1, { at: new Date(0) }]]),
  new Set([/x/g, 12n]),
  'x'.repeat(50),
  new Float64Array(3),
];

/** Numbers from 0 to below 1: Numerical Recipes' generator. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** The value of bytes that somebody has written over; undefined when they hold none. */
function decoded(tag: number, bytes: Buffer, length: number): unknown {
  try {
    return decode(tag, 0, bytes, 0, length);
  } catch (error) {
    assert.ok(error instanceof WorkStealingError && error.code === 'ERR_NOT_SHAREABLE', String(error));
    return undefined;
  }
}

describe('bytes that a kernel has written over', () => {
  it(`hold a value or are ERR_NOT_SHAREABLE, and pollute nothing (CODEC_SEED=${String(SEED)})`, () => {
    const next = random(SEED);
    const before = Object.getOwnPropertyNames(Object.prototype);
    const below = (limit: number): number => Math.floor(next() * limit);
    const encoder = new Encoder();
    let refused = 0;
    for (let round = 0; round < ROUNDS; ++round) {
      if (round % 7 === 6) encoder.prepareError(new RangeError('no', { cause: new Error('inner') }));
      else encoder.prepare(VALUES[round % VALUES.length]);
      const { tag, length } = encoder;
      const bytes = Buffer.alloc(length + 16);
      encoder.write(bytes, 0);
      for (let change = below(4); change >= 0; --change) bytes[below(length)] = below(256);
      const value = decoded(next() < 0.2 ? below(40) : tag, bytes, next() < 0.2 ? below(length + 32) : length);
      if (value === undefined) refused += 1;
    }
    assert.ok(refused > ROUNDS / 10 && refused < ROUNDS, String(refused));
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
  });

  it('may nest deeper than the stack', () => {
    const depth = 1_000_000;
    const bytes = Buffer.alloc(3 * depth);
    for (let level = 0; level < depth; ++level) bytes.set([Token.Array, 1, 0], 3 * level);
    assert.throws(() => decode(Tag.Tree, 0, bytes, 0, bytes.length), { code: 'ERR_NOT_SHAREABLE' });
  });
});
