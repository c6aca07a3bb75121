import { META_PRIORITY_SHIFT, TAG_NUMBER } from '../abi/codes.ts';
import type { Group } from '../client/group.ts';
import type { Pending, Resolve } from '../client/pending.ts';
import type { Encoder } from '../codec/encode.ts';
import { ENOUGH_RECORDS, type Outbox } from './outbox.ts';
import {
  FLAG_IF_QUEUED,
  FLAG_TIMED,
  INLINE_MOST,
  KIND_ASK_START,
  KIND_CANCEL,
  KIND_RECALL,
  KIND_TASK,
} from './protocol.ts';
import { PackedInputs } from './packed-inputs.ts';
import { ChannelRecord, ID_WORD, plainHead, RECORD_WORDS } from './record.ts';
import type { Job, Members, Released } from './released.ts';

const TASK = plainHead(KIND_TASK);
/** So many packed inputs are worth a write of their own. A guess. */
const MANY_RECORDS = 64;

/** Releases tasks of the host: from here on they are on their way to the node process, if there is one. */
export class Sender {
  readonly #released: Released;
  readonly #record = new ChannelRecord();
  #outbox: Outbox | undefined;

  constructor(released: Released) {
    this.#released = released;
  }

  get isConnected(): boolean {
    return this.#outbox !== undefined;
  }

  /** A process is there. @param onRoom told when the channel has room again */
  connect(outbox: Outbox, onRoom: () => void): void {
    this.#outbox = outbox;
    outbox.onRoom = onRoom;
  }

  /** The process is gone. */
  disconnect(): void {
    this.#outbox = undefined;
  }

  /** How many more tasks may be released, all of one type. */
  room(priority: number, type: number): number {
    return this.#outbox?.isCongested === false ? this.#released.room(priority, type) : 0;
  }

  /** Whether a task may be released. @param worker the only one that may run it, −1 for any */
  hasRoom(priority: number, type: number, worker = -1): boolean {
    return this.#outbox?.isCongested === false && this.#released.hasRoom(priority, type, worker);
  }

  /** Releases a number without options; there must be room. */
  sendNumber(entry: Pending | Resolve, priority: number, type: number, value: number): void {
    const id = this.#released.enter(entry, priority, type, false);
    this.#outbox?.putPlain(KIND_TASK, id, type, metaOf(priority), value);
  }

  /** Releases members of a group from `from` on. @returns how many: one at least if there is room */
  sendMembers({ group, inputs, end }: Members, priority: number, from: number): number {
    const outbox = this.#outbox;
    const { type } = group.task;
    const last = Math.min(end, from + this.#released.room(priority, type));
    const meta = metaOf(priority);
    let position = from;
    while (position < last && outbox?.isCongested === false) {
      if (inputs instanceof PackedInputs) {
        const end = Math.min(last, position + ENOUGH_RECORDS);
        this.#sendPacked(outbox, group, inputs, priority, position, end);
        position = end;
      } else {
        const id = this.#released.enterMember(group, position, priority);
        outbox.putPlain(KIND_TASK, id, type, meta, inputs[position] as number);
        position += 1;
      }
    }
    return position - from;
  }

  // Few go with what else is sent in this turn, many by themselves, from where they stand.
  #sendPacked(outbox: Outbox, group: Group, inputs: PackedInputs, priority: number, from: number, end: number): void {
    const { words } = inputs;
    const isMany = end - from >= MANY_RECORDS;
    for (let position = from; position < end; ++position) {
      const id = this.#released.enterMember(group, position, priority);
      const start = inputs.startOf(position);
      if (isMany) words[start + ID_WORD] = id;
      else outbox.putCopy(TASK, id, words, start, start + RECORD_WORDS);
    }
    if (isMany) inputs.lend(from, end, outbox);
  }

  /** Releases a task for any worker whose input, at most INLINE_MOST bytes, is encoded where it is to go; there must be room. */
  sendEncoded(pending: Pending, priority: number, encoder: Encoder): void {
    const outbox = this.#outbox;
    const { tag, number, length } = encoder;
    const record = this.#enter(pending, priority, tag, number, length, -1);
    const at = outbox?.putInline(record) ?? 0;
    if (outbox !== undefined && length > 0) encoder.write(outbox.buffer, at, true);
  }

  /** Releases a task that may have bytes and limits; there must be room. @param repeatable it may be run again if it is lost */
  sendJob(job: Job, repeatable: boolean): void {
    const { pending, priority, tag, number, bytes, worker } = job;
    const record = this.#enter(pending, priority, tag, number, bytes.length, worker);
    const { id } = record;
    if (repeatable) this.#released.keep(id, job);
    if (bytes.length <= INLINE_MOST) {
      this.#outbox?.putBytes(record, bytes, 0);
      return;
    }
    this.#released.send(id, job);
    this.#outbox?.putBytes(record, bytes, 0, () => {
      this.#released.sent(id);
    });
  }

  // Returns the record that releases it.
  #enter(
    pending: Pending,
    priority: number,
    tag: number,
    number: number,
    length: number,
    worker: number,
  ): ChannelRecord {
    const { type } = pending.task;
    const id = this.#released.enter(pending.entry, priority, type, worker >= 0);
    const record = this.#record.set(KIND_TASK, id, number);
    record.level = priority;
    record.tag = tag;
    record.type = type;
    record.worker = worker;
    record.length = length;
    if (pending.control !== undefined) record.flags = FLAG_TIMED;
    return record;
  }

  /** Nobody waits for a released task any more. */
  cancel(id: number, flags: number, graceMs: number): void {
    const record = this.#record.set(KIND_CANCEL, id, graceMs);
    record.flags = flags;
    this.#outbox?.drop(id);
    this.#outbox?.put(record);
  }

  /** Asks for a released task that any process may run. */
  recall(id: number): void {
    this.#outbox?.put(this.#record.set(KIND_RECALL, id));
  }

  /** Asks when a released task started. @param cancels one that waits shall not start any more */
  askStart(id: number, cancels: boolean): void {
    const record = this.#record.set(KIND_ASK_START, id);
    if (cancels) record.flags = FLAG_IF_QUEUED;
    this.#outbox?.put(record);
  }
}

function metaOf(priority: number): number {
  return TAG_NUMBER | (priority << META_PRIORITY_SHIFT);
}
