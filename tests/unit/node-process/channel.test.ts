import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Inbox, type RecordSink, type Target } from '../../../src/node-process/inbox.ts';
import { Outbox } from '../../../src/node-process/outbox.ts';
import {
  INLINE_MOST,
  KIND_CANCEL,
  KIND_OUTCOME,
  KIND_QUIET,
  KIND_REPORT,
  KIND_TASK,
  PIECE_BYTES,
} from '../../../src/node-process/protocol.ts';
import {
  ChannelRecord,
  endOfRecord,
  plainHead,
  RECORD_WORDS,
  type RecordBytes,
} from '../../../src/node-process/record.ts';

const SEED = Date.now() % 1_000_000;

interface Told {
  readonly record: ChannelRecord;
  readonly payload: Buffer;
}

/** Remembers what it is told. */
class Listener implements RecordSink {
  readonly told: Told[] = [];
  readonly opened: number[] = [];
  readonly targets: Buffer[] = [];
  pauses = 0;

  open(record: Readonly<ChannelRecord>): Target {
    this.opened.push(record.id);
    const buffer = Buffer.alloc(record.length + 3);
    this.targets.push(buffer);
    return { buffer, offset: 3 };
  }

  /** Takes outcomes for any worker that are whole. */
  receiveMany({ buffer, words, numbers }: RecordBytes, from: number, to: number): number {
    let at = from;
    while (words[at] === plainHead(KIND_OUTCOME)) {
      const end = endOfRecord(words, at, to);
      if (end === at) break;
      const record = new ChannelRecord();
      record.read(words, numbers, at);
      const body = (at + RECORD_WORDS) << 2;
      this.told.push({ record, payload: Buffer.from(buffer.subarray(body, body + record.length)) });
      at = end;
    }
    return at;
  }

  receive(record: Readonly<ChannelRecord>, bytes: Uint8Array, offset: number): void {
    this.told.push({ record: record.copy(), payload: Buffer.from(bytes.subarray(offset, offset + record.length)) });
  }

  pause(): void {
    this.pauses += 1;
  }
}

/** A socket that keeps what is written; it takes more when the test says so. */
class Line extends Writable {
  readonly chunks: Buffer[] = [];
  #go: (() => void) | undefined;
  readonly #open: boolean;

  constructor(open: boolean) {
    super({ highWaterMark: 16_384 });
    this.#open = open;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(Buffer.from(chunk));
    if (this.#open) done();
    else this.#go = done;
  }

  /** What was written has gone. */
  go(): void {
    const go = this.#go;
    this.#go = undefined;
    go?.();
  }

  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

function task(id: number, payload: Buffer, number = 0): ChannelRecord {
  const record = new ChannelRecord().set(KIND_TASK, id, number);
  record.length = payload.length;
  return record;
}

function noise(length: number, seed: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, n) => (n * 31 + seed * 7) & 255));
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('channel', () => {
  it(`brings every record over as it was, however the stream is cut (seed ${String(SEED)})`, async () => {
    const records = fc.record({
      kind: fc.constantFrom(KIND_TASK, KIND_OUTCOME),
      level: fc.nat(3),
      status: fc.nat(255),
      tag: fc.nat(255),
      type: fc.nat(4095),
      worker: fc.integer({ min: -1, max: 255 }),
      number: fc.double(),
      length: fc.oneof(fc.constant(0), fc.nat(200), fc.integer({ min: INLINE_MOST - 2, max: INLINE_MOST + 2 })),
    });
    const property = fc.asyncProperty(
      fc.array(records, { maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 20 }),
      async (wanted, cuts) => {
        const line = new Line(true);
        const outbox = new Outbox(line);
        for (const [id, each] of wanted.entries()) {
          const { number, length } = each;
          const record = Object.assign(task(id, noise(length, id), number), each);
          outbox.putBytes(record, Buffer.concat([Buffer.from('--'), noise(length, id)]), 2);
        }
        await turn();
        const sink = new Listener();
        const inbox = new Inbox(sink);
        const bytes = line.bytes();
        for (let at = 0, n = 0; at < bytes.length; ++n) {
          const end = at + (cuts[n % cuts.length] ?? 1);
          inbox.take(bytes.subarray(at, end));
          at = end;
        }
        sink.told.sort((a, b) => a.record.id - b.record.id); // large ones come after small ones
        assert.deepEqual(
          sink.told.map(({ record: { id, kind, level, status, tag, type, worker, number, length }, payload }) => ({
            ...{ id, kind, level, status, tag, type, worker, number, length },
            isSame: payload.equals(noise(length, id)),
          })),
          wanted.map((each, id) => ({ id, ...each, isSame: true })),
        );
      },
    );
    await fc.assert(property, { numRuns: 150, seed: SEED });
  });

  it('sends what is put in one turn in one write, long batches in a few', async () => {
    const line = new Line(true);
    const outbox = new Outbox(line);
    for (let id = 0; id < 500; ++id) outbox.put(new ChannelRecord().set(KIND_CANCEL, id));
    assert.equal(line.chunks.length, 0);
    await turn();
    assert.deepEqual([line.chunks.length, line.bytes().length], [1, 16_000]);
    for (let id = 0; id < 1000; ++id) outbox.put(new ChannelRecord().set(KIND_CANCEL, id));
    assert.equal(line.chunks.length, 2);
    await turn();
    assert.deepEqual([line.chunks.length, line.bytes().length], [3, 48_000]);
  });

  it('sends many records as they stand in memory, as those that are put one by one', async () => {
    const one = new Line(true);
    const many = new Line(true);
    const singly = new Outbox(one);
    const together = new Outbox(many);
    const words = new Int32Array(1500 * RECORD_WORDS);
    const numbers = new Float64Array(words.buffer);
    for (let n = 0; n < 1500; ++n) {
      const record = new ChannelRecord().set(KIND_OUTCOME, n, n / 3);
      record.status = n & 7;
      record.type = n;
      record.write(words, numbers, n * RECORD_WORDS);
      singly.put(record);
    }
    singly.putPlain(KIND_OUTCOME, 1500, 3, 0, -0);
    together.putMany(words, 0, 0);
    together.putMany(words, 0, 700);
    together.putMany(words, 700 * RECORD_WORDS, 800);
    together.put(Object.assign(new ChannelRecord().set(KIND_OUTCOME, 1500, -0), { type: 3 }));
    await turn();
    assert.deepEqual(many.bytes(), one.bytes());
    assert.deepEqual(
      many.chunks.map((chunk) => chunk.length),
      one.chunks.map((chunk) => chunk.length),
    );
  });

  it('sends a record with its payload as it stands in memory, as one that is put with it', async () => {
    const one = new Line(true);
    const other = new Line(true);
    const singly = new Outbox(one);
    const copied = new Outbox(other);
    const memory = new Int32Array((64 << 10) >> 2);
    const place = 1024;
    for (const length of [0, 1, 7, 8, 63, 64, 65, 255, 256, 257, 4096, INLINE_MOST - 1, INLINE_MOST]) {
      const payload = noise(length, length);
      const padding = (8 - (length & 7)) & 7;
      const record = Object.assign(task(length, payload, length / 3), { status: 3, level: 1, tag: 17, type: length });
      record.write(memory, new Float64Array(memory.buffer), 16);
      Buffer.from(memory.buffer).set(Buffer.concat([payload, Buffer.alloc(padding, 1)]), place << 2);
      const at = singly.putInline(record);
      singly.buffer.fill(1, at, at + length + padding).set(payload, at);
      memory[16] = 77; // whatever stood there before
      memory[23] = 78;
      copied.putCopy(plainHead(KIND_TASK), length, memory, 16, place);
    }
    await turn();
    assert.deepEqual(other.bytes(), one.bytes());
    assert.ok(other.bytes().length > 0);
  });

  it('sends no more of large payloads than the line takes, in turn; small records overtake them', async () => {
    const line = new Line(false);
    const outbox = new Outbox(line);
    const sink = new Listener();
    const inbox = new Inbox(sink);
    const sent: number[] = [];
    for (const id of [1, 2]) {
      const payload = noise(40 * PIECE_BYTES, id);
      outbox.putBytes(task(id, payload), payload, 0, () => sent.push(id));
    }
    await turn();
    assert.equal(outbox.isCongested, true);
    assert.ok(line.writableLength < 1 << 20, `${String(line.writableLength)} bytes lie in the socket`);
    outbox.put(new ChannelRecord().set(KIND_OUTCOME, 7));
    await turn();
    let taken = 0;
    for (let rounds = 0; sent.length < 2 || line.writableLength > 0; ++rounds) {
      assert.ok(rounds < 1000 && line.writableLength < 1 << 20);
      line.go();
      await turn();
      for (; taken < line.chunks.length; ++taken) inbox.take(line.chunks[taken] ?? Buffer.alloc(0));
    }
    assert.deepEqual(
      sink.told.map(({ record }) => record.id),
      [7, 1, 2],
    );
    for (const { record, payload } of sink.told.slice(1)) {
      assert.ok(payload.equals(noise(40 * PIECE_BYTES, record.id)), 'pieces were mixed up');
    }
  });

  it('keeps a message in order with what is put behind it, though it is long', async () => {
    const line = new Line(true);
    const outbox = new Outbox(line);
    const message = noise(6 * INLINE_MOST, 1);
    for (let id = 0; id < 100; ++id) outbox.put(task(id, Buffer.alloc(0)));
    outbox.putMessage(KIND_REPORT, message);
    outbox.put(new ChannelRecord().set(KIND_QUIET, 7));
    await turn();
    const sink = new Listener();
    new Inbox(sink).take(line.bytes());
    const [report, quiet] = sink.told.slice(100);
    assert.deepEqual([report?.record.kind, quiet?.record.kind], [KIND_REPORT, KIND_QUIET]);
    assert.ok(report?.payload.equals(message));
  });

  it('gives up a large payload on either side; its id is free for another one', async () => {
    const line = new Line(false);
    const outbox = new Outbox(line);
    const sink = new Listener();
    const inbox = new Inbox(sink);
    const first = noise(40 * PIECE_BYTES, 1);
    outbox.putBytes(task(5, first), first, 0, () => assert.fail('it was not sent'));
    await turn();
    assert.equal(outbox.drop(5), true);
    assert.equal(outbox.drop(5), false);
    const pump = async (): Promise<void> => {
      for (let n = 0; n < 100; ++n) {
        line.go();
        await turn();
      }
    };
    await pump();
    inbox.take(line.bytes());
    assert.equal(inbox.drop(5)?.record.length, first.length);
    assert.equal(inbox.drop(5), undefined);
    const before = line.chunks.length;
    const second = noise(INLINE_MOST + 1, 2);
    outbox.putBytes(task(5, second), second, 0);
    await turn();
    await pump();
    for (const chunk of line.chunks.slice(before)) inbox.take(chunk);
    assert.deepEqual(
      sink.told.map(({ payload }) => payload.equals(second)),
      [true],
    );
  });

  it('forgets pieces of a payload that was given up though its id is used again', () => {
    const sink = new Listener();
    const inbox = new Inbox(sink);
    const line = new Line(true);
    const outbox = new Outbox(line);
    const first = noise(2 * PIECE_BYTES, 1);
    outbox.putBytes(task(5, first), first, 0);
    outbox.flush();
    const bytes = line.bytes();
    inbox.take(bytes.subarray(0, 1000)); // in the midst of the first piece
    inbox.drop(5);
    const [target] = sink.targets;
    target?.fill(0);
    inbox.take(bytes.subarray(1000));
    assert.deepEqual([sink.told.length, sink.opened], [0, [5]]);
    assert.ok(
      target?.every((byte) => byte === 0),
      'bytes went where somebody else may be by now',
    );
  });
});
