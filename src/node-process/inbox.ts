import { FLAG_LARGE, KIND_PIECE } from './protocol.ts';
import { ChannelRecord, RECORD_BYTES } from './record.ts';

/** Where the payload of a large record is put together. */
export interface Target {
  readonly buffer: Uint8Array;
  readonly offset: number;
}

/** Whom an inbox tells. */
export interface RecordSink {
  /** A large record begins. @returns where its payload shall go */
  open(record: Readonly<ChannelRecord>): Target;
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
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at < bytes.length) {
      const next = this.#pieceLeft > 0 ? this.#takePiece(bytes, at) : this.#takeRecord(bytes, view, at);
      if (next === at) break;
      at = next;
    }
    this.#rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
    this.#sink.pause();
  }

  /** Gives up the large record with this id. @returns undefined when none is under way */
  drop(id: number): Arrival | undefined {
    const arrival = this.#arrivals.get(id);
    this.#arrivals.delete(id);
    return arrival;
  }

  // Returns where the record ends, `at` when its end has not come.
  #takeRecord(bytes: Buffer, view: DataView, at: number): number {
    const body = at + RECORD_BYTES;
    if (body > bytes.length) return at;
    const record = this.#record;
    record.read(view, at);
    if (record.kind === KIND_PIECE) {
      this.#pieceLeft = record.length;
      this.#pieceOf = this.#arrivals.get(record.id);
      return body;
    }
    if ((record.flags & FLAG_LARGE) !== 0) {
      this.#arrivals.set(record.id, { record: record.copy(), target: this.#sink.open(record), filled: 0 });
      return body;
    }
    if (body + record.length > bytes.length) return at;
    const end = body + record.length;
    this.#sink.receive(record, bytes, body);
    return end;
  }

  // Returns where the bytes end that belong to the piece.
  #takePiece(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#pieceLeft);
    this.#pieceLeft -= end - at;
    const arrival = this.#pieceOf;
    if (arrival === undefined || this.#arrivals.get(arrival.record.id) !== arrival) return end;
    const { record, target } = arrival;
    target.buffer.set(bytes.subarray(at, end), target.offset + arrival.filled);
    arrival.filled += end - at;
    if (arrival.filled === record.length) {
      this.#arrivals.delete(record.id);
      this.#sink.receive(record, target.buffer, target.offset);
    }
    return end;
  }
}
