import { CANCELLED, DONE, FAILED, META_PRIORITY_SHIFT, META_TAG_MASK, TAG_WORKER_LOST } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import { FLAG_REFUSED, KIND_OUTCOME } from './protocol.ts';

/**
 * A record: a header of 32 bytes, little endian, and, unless it is large, its payload, padded to 8 bytes. Records stand back
 * to back. Headers are those of drained completions (layout.ts, submitter block), so that they pass through a process as they are.
 *
 *   0      1       2        4      5       6   7        8        16  20       24     28   32
 *   ├──────┼───────┼────────┼──────┼───────┼───┼────────┼────────┼───┼────────┼──────┼────┼───────────
 *   │ kind │ flags │ worker │ tag  │ level │ – │ status │ number │ – │ length │ type │ id │ payload …
 *   │ u8   │ u8    │ i16    │ u8   │ u8    │   │ u8     │ f64    │   │ u32    │ i32  │ u32│ u8 × length
 *
 *   level    priority of a task, in the two lower bits
 *   number   the f64 word of a payload; a time
 *
 * One object serves all records that a thread writes or reads: nothing is allocated for one. Whoever handles many reads the words.
 */
export const RECORD_BYTES = layout.RECORD_BYTES;
export const RECORD_WORDS = RECORD_BYTES >> 2;
export const META_WORD = layout.RECORD_META >> 2;
export const NUMBER_WORD = layout.RECORD_VALUE >> 2;
/** 0 on the way: where a payload stands is a thing of one memory. */
export const PAYLOAD_WORD = layout.RECORD_PAYLOAD >> 2;
export const LENGTH_WORD = layout.RECORD_LENGTH >> 2;
export const TYPE_WORD = layout.RECORD_TYPE >> 2;
export const ID_WORD = TYPE_WORD + 1;

const FLAGS_SHIFT = 8;
const WORKER_SHIFT = 16;
const LEVEL_MASK = 3;
const OUTCOME = plainHead(KIND_OUTCOME);

/** The bytes of a payload in the stream. */
export function padded(length: number): number {
  return (length + 7) & ~7;
}

/** The words of a record with a payload of `length` bytes that stands behind it. */
export function recordWords(length: number): number {
  return RECORD_WORDS + (padded(length) >> 2);
}

/** The first word of a record of a kind without flags, for any worker. */
export function plainHead(kind: number): number {
  return kind | (-1 << WORKER_SHIFT);
}

/** The priority in the meta word of a task. */
export function levelOf(meta: number): number {
  return (meta >> META_PRIORITY_SHIFT) & LEVEL_MASK;
}

/** How far a record reaches that begins at `at`, with its payload; `at` itself when its end lies beyond `to`. */
export function endOfRecord(words: Int32Array, at: number, to: number): number {
  const most = (to - at - RECORD_WORDS) << 2;
  const length = (words[at + LENGTH_WORD] ?? 0) >>> 0;
  return most < 0 || padded(length) > most || length > most ? at : at + recordWords(length);
}

/** How many records stand in `words`, all whole. */
export function countRecords(words: Int32Array): number {
  let count = 0;
  for (let at = 0; at < words.length; at += recordWords(words[at + LENGTH_WORD] ?? 0)) count += 1;
  return count;
}

/** Where those end that are as the record at `from`: whole, with this first word and the same priority. */
export function endOfRun(words: Int32Array, head: number, from: number, to: number): number {
  const level = levelOf(words[from + META_WORD] ?? 0);
  let at = from;
  while (words[at] === head && levelOf(words[at + META_WORD] ?? 0) === level) {
    const end = endOfRecord(words, at, to);
    if (end === at) break;
    at = end;
  }
  return at;
}

/** Whether a record says that a task is done, and its result stands behind it if it needs bytes. */
export function isResult(words: Int32Array, at: number): boolean {
  return words[at] === OUTCOME && (words[at + META_WORD] ?? 0) >>> layout.RECORD_STATUS_SHIFT === DONE;
}

/** Whether an outcome says that its worker was lost. */
export function isLoss({ status, tag }: Readonly<ChannelRecord>): boolean {
  return status === FAILED && tag === TAG_WORKER_LOST;
}

/** Whether an outcome says that its task ran to its end, well or not. */
export function isProgress(outcome: Readonly<ChannelRecord>): boolean {
  return outcome.status !== CANCELLED && (outcome.flags & FLAG_REFUSED) === 0 && !isLoss(outcome);
}

/** Bytes that hold records, aligned to 8, and their words. */
export interface RecordBytes {
  readonly buffer: Buffer;
  /** The same as what is copied by its own methods: a `Buffer` has others. */
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly numbers: Float64Array;
}

/** Bytes aligned to 8, as words. */
export function recordBytes(buffer: Buffer): RecordBytes {
  return {
    buffer,
    bytes: new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length),
    words: new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2),
    numbers: new Float64Array(buffer.buffer, buffer.byteOffset, buffer.length >> 3),
  };
}

/** A record's header. */
export class ChannelRecord {
  kind = 0;
  flags = 0;
  /** The only one that may run the task, −1 for any. */
  worker = -1;
  tag = 0;
  level = 0;
  status = 0;
  number = 0;
  /** Bytes of the payload. */
  length = 0;
  type = 0;
  id = 0;

  /** Makes it a record that says no more than this. */
  set(kind: number, id: number, number = 0): this {
    this.kind = kind;
    this.flags = 0;
    this.worker = -1;
    this.tag = 0;
    this.level = 0;
    this.status = 0;
    this.number = number;
    this.length = 0;
    this.type = 0;
    this.id = id;
    return this;
  }

  /** @param at index into `words`, even */
  write(words: Int32Array, numbers: Float64Array, at: number): void {
    words[at] = this.kind | (this.flags << FLAGS_SHIFT) | (this.worker << WORKER_SHIFT);
    words[at + META_WORD] =
      this.tag | (this.level << META_PRIORITY_SHIFT) | (this.status << layout.RECORD_STATUS_SHIFT);
    numbers[(at + NUMBER_WORD) >> 1] = this.number;
    words[at + PAYLOAD_WORD] = 0;
    words[at + LENGTH_WORD] = this.length;
    words[at + TYPE_WORD] = this.type;
    words[at + ID_WORD] = this.id;
  }

  read(words: Int32Array, numbers: Float64Array, at: number): void {
    const head = words[at] ?? 0;
    const meta = words[at + META_WORD] ?? 0;
    this.kind = head & 255;
    this.flags = (head >> FLAGS_SHIFT) & 255;
    this.worker = head >> WORKER_SHIFT;
    this.tag = meta & META_TAG_MASK;
    this.level = levelOf(meta);
    this.status = meta >>> layout.RECORD_STATUS_SHIFT;
    this.number = numbers[(at + NUMBER_WORD) >> 1] ?? NaN;
    this.length = (words[at + LENGTH_WORD] ?? 0) >>> 0;
    this.type = words[at + TYPE_WORD] ?? 0;
    this.id = (words[at + ID_WORD] ?? 0) >>> 0;
  }

  copy(): ChannelRecord {
    return Object.assign(new ChannelRecord(), this);
  }
}
