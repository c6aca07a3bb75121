/** Whatever bytes a node process says: the host never fails otherwise than by ending it, and keeps no more than a bounded part. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ChannelGuard } from '../../../src/node-process/channel-guard.ts';
import { Inbox, type RecordSink, type Target } from '../../../src/node-process/inbox.ts';
import {
  FIRST_MESSAGE_ID,
  FLAG_LARGE,
  KIND_EVENT,
  KIND_OUTCOME,
  KIND_PIECE,
  KIND_READY,
  KIND_REPORT,
  MESSAGE_MOST,
} from '../../../src/node-process/protocol.ts';
import { ChannelRecord, padded, RECORD_BYTES, type RecordBytes } from '../../../src/node-process/record.ts';

const PAYLOAD_LIMIT = 1 << 20;
const LARGE_MOST = 64 << 20;
const FEW_TASKS = 8;
/** What the host promises for messages, and for the outcomes of the tasks that it awaits. */
const OPEN_MOST = 4 * LARGE_MOST + FEW_TASKS * LARGE_MOST;

/** As a NodeProcess, without the memory: counts what the host would keep. */
class Sink implements RecordSink {
  readonly guard = new ChannelGuard();
  readonly #open = new Map<number, number>();
  told = 0;

  check(record: Readonly<ChannelRecord>): void {
    this.guard.check(record, (id) => id < FEW_TASKS);
  }

  open({ id, length }: Readonly<ChannelRecord>): Target {
    this.#open.set(id, length);
    return { buffer: TRASH, offset: 0 };
  }

  receiveMany(_records: RecordBytes, from: number): number {
    return from;
  }

  receive(record: Readonly<ChannelRecord>): void {
    this.told += 1;
    this.#open.delete(record.id);
    this.guard.complete(record);
    if (record.kind === KIND_READY) this.guard.admit(PAYLOAD_LIMIT);
  }

  pause(): void {
    // Nothing waits for it.
  }

  /** Bytes that are held for payloads under way. */
  get openBytes(): number {
    let bytes = 0;
    for (const length of this.#open.values()) bytes += length;
    return bytes;
  }
}

/** Takes the pieces of any payload: pieces longer than what was said are a matter of the inbox. */
const TRASH = new Uint8Array(LARGE_MOST);

interface Said {
  readonly kind: number;
  readonly flags: number;
  readonly id: number;
  readonly length: number;
  /** Bytes that really follow. */
  readonly follows: number;
}

function bytesOf({ kind, flags, id, length, follows }: Said): Buffer {
  const bytes = Buffer.alloc(RECORD_BYTES + padded(follows), 1);
  const record = Object.assign(new ChannelRecord().set(kind, id), { flags, length });
  record.write(new Int32Array(bytes.buffer, bytes.byteOffset), new Float64Array(bytes.buffer, bytes.byteOffset), 0);
  return bytes;
}

const lengths = fc.oneof(
  fc.nat({ max: 64 }),
  fc.constantFrom(MESSAGE_MOST, MESSAGE_MOST + 1, LARGE_MOST, LARGE_MOST + 1, 2 ** 31, 2 ** 32 - 1, PAYLOAD_LIMIT),
);
const ids = fc.oneof(
  fc.nat({ max: 12 }),
  fc.nat({ max: 12 }).map((n) => FIRST_MESSAGE_ID + n),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
const kinds = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(KIND_READY, KIND_OUTCOME, KIND_REPORT, KIND_EVENT, KIND_PIECE) },
  { weight: 1, arbitrary: fc.nat({ max: 255 }) },
);
const said = fc.record({
  kind: kinds,
  flags: fc.constantFrom(0, 0, FLAG_LARGE, FLAG_LARGE | 2, 254),
  id: ids,
  length: lengths,
  follows: fc.nat({ max: 200 }),
});
const stream = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
  fc.array(said, { maxLength: 60 }).map((records) => Buffer.concat(records.map(bytesOf))),
  fc
    .tuple(fc.array(said, { maxLength: 20 }), fc.uint8Array({ maxLength: 200 }))
    .map(([records, noise]) => Buffer.concat([...records.map(bytesOf), noise])),
);

/** Cuts a stream anywhere. */
function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, n = 0; at < bytes.length; ++n) {
    const size = sizes[n % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('a stream of any bytes', () => {
  it('ends in an Error that says what was wrong, or waits for more; what it opens is bounded', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(stream, sizes, (bytes, cuts) => {
        const sink = new Sink();
        const inbox = new Inbox(sink);
        try {
          for (const chunk of cut(bytes, cuts)) {
            inbox.take(chunk);
            assert.ok(sink.openBytes <= OPEN_MOST, `${String(sink.openBytes)} bytes are held`);
          }
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          assert.ok(error instanceof Error);
          assert.match(error.message, /^the node process said what none of this version says, /);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('tells the same wherever it is cut', () => {
    const good = fc.record({
      kind: fc.constantFrom(KIND_REPORT, KIND_EVENT),
      flags: fc.constant(0),
      id: fc.constant(FIRST_MESSAGE_ID),
      length: fc.nat({ max: 100 }),
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(good, { maxLength: 20 }), sizes, (records, cuts) => {
        const bytes = Buffer.concat(records.map((each) => bytesOf({ ...each, follows: each.length })));
        const sink = new Sink();
        const inbox = new Inbox(sink);
        for (const chunk of cut(bytes, cuts)) inbox.take(chunk);
        assert.equal(sink.told, records.length);
      }),
    );
  });
});

describe('ChannelGuard', () => {
  function recordOf(kind: number, parts: Partial<ChannelRecord> = {}): ChannelRecord {
    return Object.assign(new ChannelRecord().set(kind, FIRST_MESSAGE_ID), parts);
  }

  function admitted(): ChannelGuard {
    const guard = new ChannelGuard();
    guard.admit(PAYLOAD_LIMIT);
    return guard;
  }

  it('lets large messages of 256 MiB be under way, and as many again when those have come', () => {
    const guard = admitted();
    const large = recordOf(KIND_REPORT, { flags: FLAG_LARGE, length: LARGE_MOST });
    for (let n = 0; n < 4; ++n) guard.check(large, () => true);
    assert.throws(() => {
      guard.check(large, () => true);
    }, /messages of \d+ bytes at once/);
    const other = admitted();
    for (let n = 0; n < 100; ++n) {
      other.check(large, () => true);
      other.complete(large);
    }
  });

  it('lets a thousand records be kept for whoever will listen', () => {
    const guard = admitted();
    for (let n = 0; n < 1000; ++n) guard.keep();
    assert.throws(() => {
      guard.keep();
    }, /1001 records before anything was asked/);
  });

  it('lets large outcomes come for tasks alone that are awaited, as large as payloads may be', () => {
    const large = recordOf(KIND_OUTCOME, { flags: FLAG_LARGE, length: 65 << 20, id: 3 });
    const guard = new ChannelGuard();
    guard.admit(70 << 20);
    guard.check(large, (id) => id === 3);
    assert.throws(() => {
      guard.check(large, () => false);
    }, /a large outcome of a task that it does not have/);
    assert.throws(() => {
      admitted().check(large, () => true);
    }, /a record of 68157440 bytes/);
  });
});
