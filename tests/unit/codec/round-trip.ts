/** What the tests of the codec share: one trip through shared memory, and the error of a refused value. */
import assert from 'node:assert/strict';

import { WorkStealingError } from '../../../src/base/errors.ts';
import { decode } from '../../../src/codec/decode.ts';
import { Encoder } from '../../../src/codec/encode.ts';
import { isInline } from '../../../src/codec/tags.ts';

/** Aligned to 8, as payloads are. */
const OFFSET = 104;
const GUARD = 0xa5;

const encoder = new Encoder();

/** Encodes and decodes `value`; fails if a byte outside of the reserved ones is touched. */
export function roundTrip(value: unknown): unknown {
  encoder.prepare(value);
  return finishTrip(encoder);
}

/** The same for what a task threw. */
export function roundTripError(thrown: unknown): unknown {
  encoder.prepareError(thrown);
  return finishTrip(encoder);
}

/** Writes what `prepared` holds and decodes it. @param offset where it is written */
export function finishTrip(prepared: Encoder, offset = OFFSET): unknown {
  const { tag, number, length } = prepared;
  const memory = Buffer.from(new SharedArrayBuffer(offset + length + 8)).fill(GUARD);
  prepared.write(memory, offset);
  for (const [index, byte] of memory.entries()) {
    if (index >= offset && index < offset + length) continue;
    assert.equal(byte, GUARD, `byte ${String(index - offset)} is outside of the payload`);
  }
  if (isInline(tag)) assert.equal(length, 0);
  const value = decode(tag, number, memory, offset, length);
  // Whoever gets the block next overwrites it: the value must not change.
  memory.fill(0);
  return value;
}

/** The tag that `value` travels under. */
export function tagOf(value: unknown): number {
  encoder.prepare(value);
  encoder.discard();
  return encoder.tag;
}

/** The error that `prepare` throws for `value`. */
export function refusalOf(value: unknown): WorkStealingError {
  try {
    encoder.prepare(value);
  } catch (error) {
    assert.ok(error instanceof WorkStealingError);
    assert.equal(error.code, 'ERR_NOT_SHAREABLE');
    return error;
  }
  return assert.fail('the value was accepted');
}
