import type { Writable } from 'node:stream';
import { queueMicrotask } from '../base/timers.ts';
import {
  FIRST_MESSAGE_ID,
  FLAG_LARGE,
  INLINE_MOST,
  KIND_PIECE,
  PIECE_BYTES,
  BATCH_BYTES,
  MESSAGE_MOST,
} from './protocol.ts';
import {
  ChannelRecord,
  ID_WORD,
  LENGTH_WORD,
  META_WORD,
  NUMBER_WORD,
  padded,
  PAYLOAD_WORD,
  plainHead,
  RECORD_BYTES,
  RECORD_WORDS,
  type RecordBytes,
  recordBytes,
  TYPE_WORD,
} from './record.ts';

/** So many go out while others are still being put: who reads them works meanwhile. Bench process-isolation guards it. */
export const ENOUGH_RECORDS = 512;
/** So much may lie in the socket before large payloads and waiting tasks wait for room. A guess. */
const CONGESTED_BYTES = 512 << 10;
/** So many words are copied faster one by one than by a call of the runtime. */
const LOOPED_WORDS = 64;
/** Empty batches that are kept for use again. */
const SPARE_BATCHES = 4;

/** A large payload on its way. */
interface Transfer {
  readonly id: number;
  readonly source: Uint8Array;
  readonly end: number;
  readonly onSent: () => void;
  at: number;
}

/**
 * The sending side of a channel. Records of one turn go out together, in a microtask behind those who wrote them. Large
 * payloads go in pieces, in turn, as far as the socket has room.
 */
export class Outbox {
  /** More had better wait: the other side does not keep up. */
  isCongested = false;
  /** Told when the socket has room again. */
  onRoom: (() => void) | undefined;
  readonly #socket: Writable;
  readonly #spare: RecordBytes[] = [];
  readonly #piece = new ChannelRecord();
  readonly #message = new ChannelRecord();
  readonly #transfers: Transfer[] = [];
  #batch = newBatch();
  #used = 0;
  #records = 0;
  #scheduled = false;
  #held = false;
  #isClosed = false;
  #messages = 0;

  constructor(socket: Writable) {
    this.#socket = socket;
    socket.on('drain', () => {
      this.isCongested = this.#isClosed;
      this.flush();
      this.onRoom?.();
    });
  }

  /** More is to come at once: nothing has to go out before `flush`. */
  hold(): void {
    this.#held = true;
  }

  /** Sends a record without a payload. */
  put(record: ChannelRecord): void {
    this.#putHeader(record, 0);
  }

  /** Sends a record without a payload that says no more than this. */
  putPlain(kind: number, id: number, type: number, meta: number, number: number): void {
    const at = this.#begin(0);
    const { words, numbers } = this.#batch;
    words[at] = plainHead(kind);
    words[at + META_WORD] = meta;
    numbers[(at + NUMBER_WORD) >> 1] = number;
    words[at + PAYLOAD_WORD] = 0;
    words[at + LENGTH_WORD] = 0;
    words[at + TYPE_WORD] = type;
    words[at + ID_WORD] = id;
  }

  /** Sends `count` records without payloads that stand in `words` from `from` on. */
  putMany(words: Int32Array, from: number, count: number): void {
    for (let sent = 0; sent < count;) {
      const at = this.#begin(0);
      const more = Math.min(
        count - sent,
        1 + ENOUGH_RECORDS - this.#records,
        1 + Math.floor((BATCH_BYTES - this.#used) / RECORD_BYTES),
      );
      const start = from + sent * RECORD_WORDS;
      this.#batch.words.set(words.subarray(start, start + more * RECORD_WORDS), at);
      this.#records += more - 1;
      this.#used += (more - 1) * RECORD_BYTES;
      sent += more;
    }
  }

  /**
   * Sends a record with a payload of at most INLINE_MOST bytes. All but its first word and its id stands in `words`.
   *
   * @param from index of its header. @param payload index of its payload
   */
  putCopy(head: number, id: number, words: Int32Array, from: number, payload: number): void {
    const length = words[from + LENGTH_WORD] ?? 0;
    const at = this.#begin(length);
    const to = this.#batch.words;
    to[at] = head;
    for (let n = 1; n < ID_WORD; ++n) to[at + n] = words[from + n] ?? 0;
    to[at + PAYLOAD_WORD] = 0;
    to[at + ID_WORD] = id;
    if (length === 0) return;
    copyWords(to, at + RECORD_WORDS, words, payload, padded(length) >> 2);
    this.#used += padded(length);
  }

  /**
   * Sends a record with a payload that a batch holds, which the caller writes at once.
   *
   * @returns where to write in `buffer`
   */
  putInline(record: ChannelRecord): number {
    this.#putHeader(record, record.length);
    const at = this.#used;
    this.#used += padded(record.length);
    return at;
  }

  /** Where the payload of `putInline` goes. */
  get buffer(): Buffer {
    return this.#batch.buffer;
  }

  /**
   * Sends a record with a payload of any size: `record.length` bytes from `source[offset]` on.
   *
   * @param onSent told when the source is not needed any more
   */
  putBytes(record: ChannelRecord, source: Uint8Array, offset: number, onSent: () => void = ignore): void {
    const { id, length } = record;
    if (length <= INLINE_MOST) {
      const at = this.putInline(record);
      const isWhole = offset === 0 && length === source.length;
      this.#batch.buffer.set(isWhole ? source : new Uint8Array(source.buffer, source.byteOffset + offset, length), at);
      onSent();
      return;
    }
    record.flags |= FLAG_LARGE;
    this.put(record);
    this.#transfers.push({ id, source, at: offset, end: offset + length, onSent });
  }

  /**
   * Sends whole records that stand in memory of the caller's, at once.
   *
   * @param onWritten told when that may be changed again; never when the other side is gone
   */
  putWhole(records: Uint8Array, onWritten: () => void): void {
    this.#write();
    if (this.#socket.writable) this.#writeOut(records, onWritten);
  }

  /** Sends a message that belongs to no task. What is put later does not overtake it unless a batch cannot hold it. */
  putMessage(kind: number, bytes: Uint8Array): void {
    this.#messages = (this.#messages + 1) & 0xffff; // several large ones may be under way
    const record = this.#message.set(kind, FIRST_MESSAGE_ID + this.#messages);
    record.length = bytes.length;
    if (bytes.length > MESSAGE_MOST) {
      this.putBytes(record, bytes, 0);
      return;
    }
    const at = this.putInline(record);
    this.#batch.buffer.set(bytes, at);
  }

  /** Gives up a transfer. @returns false when all of it has been sent */
  drop(id: number): boolean {
    const index = this.#transfers.findIndex((transfer) => transfer.id === id);
    if (index >= 0) this.#transfers.splice(index, 1);
    return index >= 0;
  }

  /** The other side is gone: nothing more had better be put. */
  close(): void {
    this.#isClosed = true;
    this.isCongested = true;
  }

  /** Hands everything to the kernel that it has room for. */
  flush(): void {
    this.#scheduled = false;
    this.#held = false;
    this.#write();
    while (!this.isCongested) {
      const transfer = this.#transfers.shift();
      if (transfer === undefined) return;
      this.#sendPiece(transfer);
    }
  }

  #sendPiece(transfer: Transfer): void {
    const { at, source } = transfer;
    const piece = this.#piece.set(KIND_PIECE, transfer.id);
    piece.length = Math.min(PIECE_BYTES, transfer.end - at);
    const to = this.putInline(piece);
    this.#batch.buffer.set(source.subarray(at, at + piece.length), to);
    transfer.at += piece.length;
    if (transfer.at < transfer.end) this.#transfers.push(transfer);
    else transfer.onSent();
    this.#write();
  }

  #putHeader(record: ChannelRecord, payload: number): void {
    const at = this.#begin(payload);
    record.write(this.#batch.words, this.#batch.numbers, at);
  }

  // Room for a record. Returns where its words go.
  #begin(payload: number): number {
    if (this.#records === ENOUGH_RECORDS || this.#used + RECORD_BYTES + padded(payload) > BATCH_BYTES) this.#write();
    const at = this.#used >> 2;
    this.#records += 1;
    this.#used += RECORD_BYTES;
    if (!this.#scheduled && !this.#held) {
      this.#scheduled = true;
      queueMicrotask(this.#flushScheduled);
    }
    return at;
  }

  readonly #flushScheduled = (): void => {
    if (this.#scheduled) this.flush();
  };

  #write(): void {
    if (this.#used === 0) return;
    const batch = this.#batch;
    const bytes = batch.buffer.subarray(0, this.#used);
    this.#used = 0;
    this.#records = 0;
    if (!this.#socket.writable) return; // the other side is gone
    this.#batch = this.#spare.pop() ?? newBatch();
    this.#writeOut(bytes, () => {
      if (this.#spare.length < SPARE_BATCHES) this.#spare.push(batch);
    });
  }

  #writeOut(bytes: Uint8Array, onWritten: () => void): void {
    this.#socket.write(bytes, onWritten);
    this.isCongested = this.#isClosed || this.#socket.writableLength > CONGESTED_BYTES;
  }
}

function newBatch(): RecordBytes {
  return recordBytes(Buffer.allocUnsafeSlow(BATCH_BYTES));
}

function copyWords(to: Int32Array, at: number, words: Int32Array, from: number, count: number): void {
  if (count > LOOPED_WORDS) to.set(words.subarray(from, from + count), at);
  else for (let n = 0; n < count; ++n) to[at + n] = words[from + n] ?? 0;
}

function ignore(): void {
  // Nobody waits for the source.
}
