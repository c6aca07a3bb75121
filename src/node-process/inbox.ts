import { FLAG_LARGE, KIND_PIECE } from './protocol.ts';
import { ChannelRecord, padded, RECORD_BYTES, type RecordBytes, recordBytes } from './record.ts';

/** Where the payload of a large record is put together. */
export interface Target {
  readonly buffer: Uint8Array;
  readonly offset: number;
}

/** Whom an inbox tells. */
export interface RecordSink {
  /** A record has come that is not one of many. @throws whatever is wrong with it: nothing more is taken then */
  check?(record: Readonly<ChannelRecord>): void;
  /** A large record begins. @returns where its payload shall go */
  open(record: Readonly<ChannelRecord>): Target;
  /**
   * Records have come, the last one perhaps in part; those that are told one by one are left.
   *
   * @param from index of its words, as `to`
   * @returns the index of the first that was left, at most `to`
   */
  receiveMany(records: RecordBytes, from: number, to: number): number;
  /** A record is complete. Its payload stands in `bytes` from `offset` on, for the length of the call unless it went to a target. */
  receive(record: Readonly<ChannelRecord>, bytes: Uint8Array, offset: number): void;
  /** Everything that has come was told. */
  pause(): void;
}

/** A large record whose payload is coming. */
export interface Arrival {
  readonly record: Readonly<ChannelRecord>;
  readonly target: Target;
  filled: number;
}

const NOTHING = Buffer.alloc(0);

/** The receiving side of a channel: cuts the stream into records and puts large payloads together. */
export class Inbox {
  readonly #sink: RecordSink;
  readonly #record = new ChannelRecord();
  readonly #arrivals = new Map<number, Arrival>();
  /** The beginning of a record whose end has not come. */
  #rest = NOTHING;
  /** Bytes of the piece under way that are still to come, and whose they are; undefined when nobody wants them. */
  #pieceLeft = 0;
  #pieceOf: Arrival | undefined;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** Takes what has come. */
  take(chunk: Buffer): void {
    const first = this.#pieceLeft > 0 ? this.#takePiece(chunk, 0) : 0;
    const bytes = aligned(this.#rest.length === 0 ? chunk.subarray(first) : Buffer.concat([this.#rest, chunk]));
    const at = this.#takeRecords(bytes);
    this.#rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
    this.#sink.pause();
  }

  /** Gives up the large record with this id. @returns undefined when none is under way */
  drop(id: number): Arrival | undefined {
    const arrival = this.#arrivals.get(id);
    this.#arrivals.delete(id);
    return arrival;
  }

  // Returns where the first record begins whose end has not come.
  #takeRecords(bytes: Buffer): number {
    const records = recordBytes(bytes);
    const { words, numbers } = records;
    let at = 0;
    while (bytes.length - at >= RECORD_BYTES) {
      at = this.#sink.receiveMany(records, at >> 2, words.length) << 2;
      if (bytes.length - at < RECORD_BYTES) return at;
      this.#record.read(words, numbers, at >> 2);
      const next = this.#takeRecord(bytes, at);
      if (next === at) return at;
      at = this.#pieceLeft > 0 ? this.#takePiece(bytes, next) : next;
    }
    return at;
  }

  // Returns where the record ends, `at` when its end has not come.
  #takeRecord(bytes: Buffer, at: number): number {
    const record = this.#record;
    this.#sink.check?.(record);
    const body = at + RECORD_BYTES;
    if (record.kind === KIND_PIECE) {
      this.#pieceLeft = padded(record.length);
      this.#pieceOf = this.#arrivals.get(record.id);
      return body;
    }
    if ((record.flags & FLAG_LARGE) !== 0) {
      this.#arrivals.set(record.id, { record: record.copy(), target: this.#sink.open(record), filled: 0 });
      return body;
    }
    const end = body + padded(record.length);
    if (end > bytes.length) return at;
    this.#sink.receive(record, bytes, body);
    return end;
  }

  // Returns where the bytes end that belong to the piece.
  #takePiece(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#pieceLeft);
    this.#pieceLeft -= end - at;
    const arrival = this.#pieceOf;
    if (arrival === undefined || this.#arrivals.get(arrival.record.id) !== arrival) return end;
    const { record, target, filled } = arrival;
    const taken = Math.min(end - at, record.length - filled); // what pads it is not
    target.buffer.set(bytes.subarray(at, at + taken), target.offset + filled);
    arrival.filled += taken;
    if (arrival.filled === record.length) {
      this.#arrivals.delete(record.id);
      this.#sink.receive(record, target.buffer, target.offset);
    }
    return end;
  }
}

// A stream may be cut anywhere within a piece.
function aligned(bytes: Buffer): Buffer {
  return (bytes.byteOffset & 7) === 0 ? bytes : Buffer.from(bytes);
}
