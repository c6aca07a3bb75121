import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InputWriter } from '../../../src/client/input-writer.ts';
import { decode } from '../../../src/codec/decode.ts';
import { PackedInputs } from '../../../src/node-process/packed-inputs.ts';
import { INLINE_MOST, KIND_TASK } from '../../../src/node-process/protocol.ts';
import { ChannelRecord, RECORD_BYTES } from '../../../src/node-process/record.ts';

const SEED = Date.now() % 1_000_000;
const HANDLER = { name: 'job', type: 5, kernel: false };
const LEVEL = 1;

/** The values that were packed, in order. */
function unpack(packed: PackedInputs, from: number): unknown[] {
  const buffer = Buffer.from(packed.words.buffer);
  const record = new ChannelRecord();
  return Array.from({ length: packed.count }, (_, n) => {
    const start = packed.startOf(from + n);
    record.read(packed.words, new Float64Array(packed.words.buffer), start);
    const { kind, type, level, worker, tag, number, length } = record;
    assert.deepEqual({ kind, type, level, worker }, { kind: KIND_TASK, type: 5, level: LEVEL, worker: -1 });
    return decode(tag, number, buffer, (start << 2) + RECORD_BYTES, length);
  });
}

describe('packed inputs', () => {
  it(`are records of what was given, a part of all if they are many (seed ${String(SEED)})`, () => {
    const packed = new PackedInputs();
    const writer = new InputWriter(1 << 20);
    const values = fc.oneof(
      fc.double(),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.nat(), { maxLength: 5 }),
      fc.integer({ min: 1, max: INLINE_MOST + 9 }).map((length) => new Uint8Array(length).fill(length)),
    );
    fc.assert(
      fc.property(fc.array(values, { maxLength: 1500, size: 'max' }), fc.nat(3), (inputs, from) => {
        const seen: unknown[] = inputs.slice(0, from);
        while (seen.length < inputs.length) {
          const begin = seen.length;
          packed.pack(writer, HANDLER, LEVEL, inputs, begin);
          const half = begin + (packed.count >> 1);
          const end = begin + packed.count;
          const waiting = packed.slice(half, end);
          seen.push(...unpack(packed, begin));
          assert.deepEqual(unpack(waiting, half), seen.slice(half));
          assert.ok(packed.count > 0 || packed.hasMore, 'nothing was taken');
          if (!packed.hasMore) continue;
          const { tag, number, length } = writer.encoder;
          seen.push(decode(tag, number, Buffer.from(writer.detach()), 0, length));
        }
        assert.deepEqual(seen, inputs);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  it('take no more than fits, and run each getter once', () => {
    const packed = new PackedInputs();
    const writer = new InputWriter(1 << 20);
    let reads = 0;
    const inputs = Array.from({ length: 12 }, () => ({
      get bytes(): string {
        reads += 1;
        return 'x'.repeat(INLINE_MOST - 100);
      },
    }));
    packed.pack(writer, HANDLER, LEVEL, inputs, 0);
    assert.deepEqual([packed.count, packed.hasMore, reads], [8, true, 9]);
    writer.detach();
    packed.pack(writer, HANDLER, LEVEL, inputs, 9);
    assert.deepEqual([packed.count, packed.hasMore, reads], [3, false, 12]);
  });

  it('refuse as the writer does what cannot be copied or is too large', () => {
    const packed = new PackedInputs();
    const writer = new InputWriter(100);
    assert.throws(
      () => {
        packed.pack(writer, HANDLER, LEVEL, [1, Symbol('no')], 0);
      },
      { code: 'ERR_NOT_SHAREABLE' },
    );
    assert.throws(
      () => {
        packed.pack(writer, HANDLER, LEVEL, [new Uint8Array(101)], 0);
      },
      { code: 'ERR_PAYLOAD_TOO_LARGE' },
    );
  });
});
