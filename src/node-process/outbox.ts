import type { Writable } from 'node:stream';
import { queueMicrotask } from '../base/timers.ts';
import { FIRST_MESSAGE_ID, FLAG_LARGE, INLINE_MOST, KIND_PIECE, PIECE_BYTES } from './protocol.ts';
import { ChannelRecord, RECORD_BYTES } from './record.ts';

/** So many go out while others are still being put: who reads them works meanwhile. Bench process-isolation guards it. */
const ENOUGH_RECORDS = 512;
const BATCH_BYTES = 128 << 10;
/** So much may lie in the socket before large payloads and waiting tasks wait for room. A guess. */
const CONGESTED_BYTES = 512 << 10;
/** Empty batches that are kept for use again. */
const SPARE_BATCHES = 4;

interface Batch {
  readonly buffer: Buffer;
  readonly view: DataView;
}

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
  readonly #spare: Batch[] = [];
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
    this.#begin(record, 0);
  }

  /**
   * Sends a record with a payload of at most INLINE_MOST bytes, which the caller writes at once.
   *
   * @returns where to write in `buffer`
   */
  putInline(record: ChannelRecord): number {
    this.#begin(record, record.length);
    const at = this.#used;
    this.#used += record.length;
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
      this.#batch.buffer.set(source.subarray(offset, offset + length), at);
      onSent();
      return;
    }
    record.flags |= FLAG_LARGE;
    this.put(record);
    this.#transfers.push({ id, source, at: offset, end: offset + length, onSent });
  }

  /** Sends a message that belongs to no task. */
  putMessage(kind: number, bytes: Uint8Array): void {
    this.#messages = (this.#messages + 1) & 0xffff; // several large ones may be under way
    const record = this.#message.set(kind, FIRST_MESSAGE_ID + this.#messages);
    record.length = bytes.length;
    this.putBytes(record, bytes, 0);
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

  #begin(record: ChannelRecord, payload: number): void {
    if (this.#records === ENOUGH_RECORDS || this.#used + RECORD_BYTES + payload > BATCH_BYTES) this.#write();
    this.#records += 1;
    record.write(this.#batch.view, this.#used);
    this.#used += RECORD_BYTES;
    if (this.#scheduled || this.#held) return;
    this.#scheduled = true;
    queueMicrotask(this.#flushScheduled);
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
    this.#socket.write(bytes, () => {
      if (this.#spare.length < SPARE_BATCHES) this.#spare.push(batch);
    });
    this.isCongested = this.#isClosed || this.#socket.writableLength > CONGESTED_BYTES;
  }
}

function newBatch(): Batch {
  const buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
  return { buffer, view: new DataView(buffer.buffer) };
}

function ignore(): void {
  // Nobody waits for the source.
}
