import { CANCELLED, DONE, META_TAG_MASK, TAG_KERNEL_BYTES, TAG_NUMBER } from '../abi/codes.ts';
import type { Counts } from '../client/counts.ts';
import { Group } from '../client/group.ts';
import { decodeResult, settleOutcome } from '../client/outcome.ts';
import { Pending, type Settler } from '../client/pending.ts';
import { closedError } from '../client/refusal.ts';
import type { TaskType } from '../client/task-type.ts';
import { Tag } from '../codec/tags.ts';
import {
  type ChannelRecord,
  endOfRecord,
  ID_WORD,
  isResult,
  LENGTH_WORD,
  META_WORD,
  NUMBER_WORD,
  RECORD_WORDS,
  type RecordBytes,
} from './record.ts';
import type { Released } from './released.ts';

/** In place of a value: the bytes hold none. */
const NO_VALUE = Symbol('no value');

/** Counts how released tasks ended, and settles their promises. */
export class Outcomes {
  readonly #released: Released;
  readonly #counts: Counts;
  readonly #payloadLimit: number;

  constructor(released: Released, counts: Counts, payloadLimit: number) {
    this.#released = released;
    this.#counts = counts;
    this.#payloadLimit = payloadLimit;
  }

  /** Takes results whose promises nobody knows more of. @returns the index of the first record that was left, at most `to` */
  settleMany(records: RecordBytes, from: number, to: number): number {
    const { words } = records;
    let at = from;
    while (isResult(words, at)) {
      const end = endOfRecord(words, at, to);
      if (end === at) break;
      const id = words[at + ID_WORD] ?? 0;
      const entry = this.#released.entryOf(id);
      if (entry === undefined || entry instanceof Pending) break;
      const value = valueOf(records, at);
      if (value === NO_VALUE) break;
      this.#released.leave(id);
      this.#counts.completed += 1;
      if (entry instanceof Group) entry.put(this.#released.positionOf(id), value);
      else entry(value);
      at = end;
    }
    return at;
  }

  /** Takes any outcome of a task that was not lost. @param offset of its payload in `bytes` */
  settle(task: TaskType, settler: Settler, record: Readonly<ChannelRecord>, bytes: Buffer, offset: number): void {
    const { status, tag, number, length } = record;
    if (status === CANCELLED) {
      this.#counts.cancelled += 1;
      settler.reject(closedError());
      return;
    }
    this.#counts[status === DONE ? 'completed' : 'failed'] += 1;
    settleOutcome(task, settler, status === DONE, tag, number, bytes, offset, length, this.#payloadLimit);
  }
}

// By a record that is whole.
function valueOf({ buffer, bytes, words, numbers }: RecordBytes, at: number): unknown {
  const tag = (words[at + META_WORD] ?? 0) & META_TAG_MASK;
  const number = numbers[(at + NUMBER_WORD) >> 1] ?? NaN;
  if (tag === TAG_NUMBER) return number;
  const offset = (at + RECORD_WORDS) << 2;
  const length = words[at + LENGTH_WORD] ?? 0;
  if (tag === TAG_KERNEL_BYTES || tag === Tag.Uint8Array) return bytes.slice(offset, offset + length);
  try {
    return decodeResult(tag, number, buffer, offset, length);
  } catch {
    return NO_VALUE;
  }
}
