import { META_SPARE, META_TAG_MASK, META_TIMED, TAG_WORKER_LOST } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import { joinClock } from '../base/clock.ts';
import { Bell, type BellOwner } from '../client/bell.ts';
import { BusyWord } from '../client/busy-word.ts';
import { requestCancel } from '../client/cancel.ts';
import { PayloadWriter } from '../client/payload.ts';
import { Recall } from '../client/recall.ts';
import { poolExhausted } from '../client/refusal.ts';
import { Staging } from '../client/staging.ts';
import { attachEngine, type EngineInstance } from '../wasm/engine.ts';
import type { AttachHandle } from '../worker/attach.ts';
import { RunningMeans } from '../worker/running-means.ts';
import { Answers } from './answers.ts';
import { DroppedSlots } from './dropped-slots.ts';
import { HeldTasks } from './held-tasks.ts';
import type { Inbox, Target } from './inbox.ts';
import type { Outbox } from './outbox.ts';
import { FLAG_IF_QUEUED, FLAG_TIMED, INLINE_MOST, KIND_OUTCOME, KIND_TASK } from './protocol.ts';
import {
  ChannelRecord,
  countRecords,
  endOfRun,
  ID_WORD,
  LENGTH_WORD,
  levelOf,
  META_WORD,
  PAYLOAD_WORD,
  plainHead,
  RECORD_WORDS,
  recordWords,
  TYPE_WORD,
} from './record.ts';
import { readQueued } from './queued-task.ts';
import { SlotIds } from './slot-ids.ts';

const TASK = plainHead(KIND_TASK);
const RUN_WORDS = layout.RECORDS * RECORD_WORDS;
const OUTCOME = plainHead(KIND_OUTCOME);
/** No room in the pool. */
const NO_ROOM = -1;

/**
 * The host's tasks inside the node process: from the channel into shared memory, and their outcomes back. It is a submitter of its
 * own, as an attached thread is. Payloads pass as bytes: nothing is decoded here.
 */
export class Relay implements BellOwner {
  readonly #engine: EngineInstance;
  readonly #outbox: Outbox;
  readonly #now: () => number;
  readonly #writer: PayloadWriter;
  readonly #recall: Recall;
  readonly #bell: Bell;
  readonly #busyWord: BusyWord;
  readonly #payloadLimit: number;
  readonly #record = new ChannelRecord();
  readonly #answers: Answers;
  readonly #held = new HeldTasks();
  readonly #ids: SlotIds;
  readonly #dropped: DroppedSlots;
  readonly #records: number;
  #inFlight = 0;
  /** Blocks of the pool that are being filled or sent. */
  #blocksInTransfer = 0;
  readonly #staging: Staging;
  /** Completions are being delivered: their slots are free, and still have their ids. */
  #delivering = false;
  #closing = false;

  constructor(handle: AttachHandle, outbox: Outbox) {
    const { now } = joinClock(handle.epochNs);
    const engine = attachEngine(handle.source, -1, -1, now);
    const threads = (engine.u32[layout.HEADER_WORKERS >> 2] ?? 0) + (engine.u32[layout.HEADER_SUBMITTERS >> 2] ?? 0);
    this.#engine = engine;
    this.#outbox = outbox;
    this.#answers = new Answers(outbox, layout.MAX_TYPES, new RunningMeans(engine));
    this.#now = now;
    this.#payloadLimit = handle.payloadLimit;
    this.#writer = new PayloadWriter(engine, handle.payloadLimit);
    this.#recall = new Recall(engine, this.#writer);
    this.#dropped = new DroppedSlots(engine);
    this.#staging = new Staging(engine, Infinity); // what came in one read may have to be cancelled
    this.#busyWord = new BusyWord(engine);
    this.#ids = new SlotIds(handle.capacity + threads, handle.capacity);
    this.#records = engine.submitterBlock + (layout.SUBMITTER_RECORDS >> 2);
    this.#bell = new Bell(engine, this, now);
  }

  get pendingCount(): number {
    return this.#inFlight + this.#held.size;
  }

  get taskUs(): number | undefined {
    return this.#answers.taskUs;
  }

  get expectsRoom(): boolean {
    return this.#recall.pending && this.#held.size > 0;
  }

  /** Where a large input goes: into the pool, or beside it while that has no room. */
  open({ length }: Readonly<ChannelRecord>): Target {
    const address = this.#engine.exports.allocBlock(length) >>> 0;
    if (address === 0) return { buffer: Buffer.allocUnsafeSlow(length), offset: 0 };
    this.#blocksInTransfer += 1;
    return { buffer: this.#engine.buffer, offset: address };
  }

  /** Tasks were released: takes those without limits, their payloads behind them. @returns the index of the first that was left, at most `to` */
  takeMany(words: Int32Array, from: number, to: number): number {
    let at = from;
    while (at < to) {
      const end = endOfRun(words, TASK, at, Math.min(to, at + RUN_WORDS));
      const level = levelOf(words[at + META_WORD] ?? 0);
      if (end === at || this.#held.blocks(level)) break;
      at += this.#stageMany(words.subarray(at, end), level);
      if (at < end) break; // no slot, or no room
    }
    return at;
  }

  /** A task was released. */
  take(record: Readonly<ChannelRecord>, bytes: Uint8Array, offset: number): void {
    const { level, length } = record;
    const inPool = bytes === this.#engine.buffer;
    if (inPool) this.#blocksInTransfer -= 1;
    this.#busyWord.set();
    if (!this.#held.blocks(level)) {
      const address = inPool ? offset : this.#store(bytes, offset, length);
      if (address !== NO_ROOM && this.#submit(record, address)) return;
      if (address > 0 && !inPool) this.#engine.exports.freeBlock(address, length);
    }
    this.#held.hold(record.copy(), Buffer.from(bytes.subarray(offset, offset + length)));
    this.#ids.hold(record.id);
    if (!inPool) return;
    this.#engine.exports.freeBlock(offset, length);
    this.#admit(); // what waited for this transfer to end may have its room
  }

  /** Nobody waits for a task any more. @param inbox where its input may not have come whole */
  cancel({ id, flags, number: graceMs }: Readonly<ChannelRecord>, inbox: Inbox): void {
    const ifQueued = (flags & FLAG_IF_QUEUED) !== 0;
    const slot = this.#ids.slotOf(id);
    if (this.#cancelWaiting(id, inbox)) this.#answerCancelled(id);
    else if (slot >= 0 && !ifQueued) this.#dropped.drop(slot, graceMs);
    if (!ifQueued) this.#answers.started(id, -1);
    this.#seeRest();
  }

  /** When a task started; with FLAG_IF_QUEUED one that has not is cancelled. */
  tellStart({ id, flags }: Readonly<ChannelRecord>, inbox: Inbox): void {
    const cancelled = (flags & FLAG_IF_QUEUED) !== 0 && this.#cancelWaiting(id, inbox);
    const slot = this.#ids.slotOf(id);
    const startedUs = cancelled || slot < 0 ? -1 : this.#engine.exports.startedAt(slot);
    this.#answers.started(id, startedUs < 0 ? -1 : Math.max(0, this.#now() - startedUs));
    if (cancelled) this.#answerCancelled(id);
    this.#seeRest();
  }

  /** The host wants a task for another process: gives it back if it has not started. */
  giveBack(id: number): void {
    const slot = this.#ids.slotOf(id);
    const input = slot < 0 ? undefined : readQueued(this.#engine, slot, id, this.#record);
    if (input === undefined || !this.#cancelQueued(slot)) return;
    this.#ids.leave(id);
    this.#outbox.putBytes(this.#record, input, 0);
    this.#seeRest();
  }

  /** All that has come for now was taken: workers may run it. */
  begin(): void {
    this.publish();
    if (this.pendingCount > 0) this.#bell.expect();
  }

  publish(): void {
    this.#staging.publish();
  }

  drain(most: number): number {
    this.#outbox.hold();
    const drained = this.#engine.exports.drain(most);
    this.#delivering = true;
    this.#deliverAll(drained);
    this.#delivering = false;
    if (drained > 0) this.#recall.renew();
    if (this.#held.size > 0) this.#admit();
    if (this.pendingCount === 0) this.#busyWord.clear();
    // After a full portion there is more at once, or a rest.
    if (drained < most) this.#outbox.flush();
    return drained;
  }

  /** Takes out all outcomes there are. */
  drainAll(): void {
    while (this.drain(layout.RECORDS) > 0);
  }

  rest(): void {
    this.#outbox.flush();
    this.#engine.exports.flush();
  }

  /** A forced close: what waits is cancelled, what runs is asked to stop. */
  cancelAll(): void {
    this.publish();
    this.#closing = true;
    for (const { record } of [...this.#held]) {
      this.#held.dropId(record.id);
      this.#answerCancelled(record.id);
    }
    for (const id of this.#ids) {
      const slot = this.#ids.slotOf(id);
      if (this.#cancelQueued(slot)) this.#answerCancelled(id);
      else requestCancel(this.#engine, slot);
    }
    this.#seeRest();
  }

  /** The workers are gone: nothing will end any more. */
  finish(): void {
    this.drainAll();
    for (const id of this.#ids) this.#answerCancelled(id);
    this.#bell.close();
  }

  // Returns how many words of them.
  #stageMany(tasks: Int32Array, level: number): number {
    const { i32 } = this.#engine;
    this.#busyWord.set();
    this.#staging.makeWay(true, level);
    i32.set(tasks, this.#records);
    const staged = this.#staging.stageRecords(countRecords(tasks), level);
    let at = 0;
    for (let n = 0; n < staged; ++n) {
      this.#ids.enter(i32[this.#records + at] ?? 0, tasks[at + ID_WORD] ?? 0);
      at += recordWords(tasks[at + LENGTH_WORD] ?? 0);
    }
    this.#inFlight += staged;
    return at;
  }

  // Returns an address, 0 for no bytes.
  #store(bytes: Uint8Array, offset: number, length: number): number {
    if (length === 0) return 0;
    const address = this.#engine.exports.allocBlock(length) >>> 0;
    if (address === 0) return NO_ROOM;
    this.#engine.buffer.set(bytes.subarray(offset, offset + length), address);
    return address;
  }

  #submit(record: Readonly<ChannelRecord>, address: number): boolean {
    const { exports } = this.#engine;
    const { id, level, type, tag, number, length, worker } = record;
    let flags = (record.flags & FLAG_TIMED) === 0 ? 0 : META_TIMED;
    if (this.#inFlight === 0) flags |= META_SPARE;
    exports.setRetries(0); // the host runs again what may be run again: it counts those of lost processes, too
    let index: number;
    if (worker >= 0) {
      index = exports.mail(worker, type, level, flags, tag, number, address, length);
    } else {
      this.#staging.makeWay(true, level);
      index = this.#staging.stage(type, level, flags, tag, number, address, length);
    }
    if (index < 0) return false;
    this.#ids.enter(index, id);
    this.#inFlight += 1;
    return true;
  }

  // As the host's own client does it: what waits goes in order, and room comes back with what ends.
  #admit(): void {
    this.#recall.begin();
    for (let held = this.#held.peek(); held !== undefined; held = this.#held.peek()) {
      const { bytes, record } = held;
      if (!this.#recall.store(bytes)) {
        if (this.#inFlight > 0 || this.#recall.pending || this.#blocksInTransfer > 0) break;
        this.#held.shift(held);
        this.#answerExhausted(record.id, bytes.length);
        continue;
      }
      if (!this.#submit(record, this.#writer.address)) {
        this.#writer.unstore(bytes.length);
        break;
      }
      this.#held.shift(held);
    }
    this.publish();
  }

  // The i32 view holds the records that a drain wrote (layout.ts, submitter block). They are those of the channel but for the
  // first word and the id.
  #deliverAll(drained: number): void {
    const { i32 } = this.#engine;
    let first = this.#records;
    let record = first;
    let type = -1;
    for (let i = 0; i < drained; ++i, record += RECORD_WORDS) {
      const length = i32[record + LENGTH_WORD] ?? 0;
      const isPlain = this.#dropped.size === 0 && !this.#closing && length >>> 0 <= INLINE_MOST;
      if (!isPlain || length > 0) {
        this.#outbox.putMany(i32, first, (record - first) / RECORD_WORDS);
        first = record + RECORD_WORDS;
      }
      if (!isPlain) {
        this.#deliver(record);
        continue;
      }
      const id = this.#ids.idAt(i32[record] ?? 0);
      this.#ids.leave(id);
      if (i32[record + TYPE_WORD] !== type) {
        type = i32[record + TYPE_WORD] ?? 0;
        this.#answers.mean(type);
      }
      this.#inFlight -= 1;
      if (length > 0) {
        this.#outbox.putCopy(OUTCOME, id, i32, record, (i32[record + PAYLOAD_WORD] ?? 0) >>> 2);
        this.#engine.exports.freeRecord(record << 2);
      } else {
        i32[record] = OUTCOME;
        i32[record + ID_WORD] = id;
      }
    }
    this.#outbox.putMany(i32, first, (record - first) / RECORD_WORDS);
  }

  #deliver(record: number): void {
    const { i32, u32, f64, buffer, exports } = this.#engine;
    const slot = i32[record] ?? 0;
    const meta = i32[record + (layout.RECORD_META >> 2)] ?? 0;
    const payload = u32[record + (layout.RECORD_PAYLOAD >> 2)] ?? 0;
    const length = u32[record + (layout.RECORD_LENGTH >> 2)] ?? 0;
    const id = this.#ids.idAt(slot);
    const tag = meta & META_TAG_MASK;
    this.#inFlight -= 1;
    this.#answers.mean(i32[record + (layout.RECORD_TYPE >> 2)] ?? 0);
    if (this.#dropped.take(slot) || (this.#closing && tag === TAG_WORKER_LOST)) {
      if (length > 0) exports.freeBlock(payload, length);
      this.#answerCancelled(id);
      return;
    }
    this.#ids.leave(id);
    const outcome = this.#record.set(KIND_OUTCOME, id, f64[(record + (layout.RECORD_VALUE >> 2)) >> 1] ?? NaN);
    outcome.status = meta >>> layout.RECORD_STATUS_SHIFT;
    outcome.tag = tag;
    outcome.length = length;
    if (length === 0) {
      this.#outbox.put(outcome);
      return;
    }
    this.#blocksInTransfer += 1;
    this.#outbox.putBytes(outcome, buffer, payload, () => {
      this.#giveBack(payload, length);
    });
  }

  // A block is not needed for its transfer any more: whoever waits for room may have it.
  #giveBack(address: number, length: number): void {
    this.#engine.exports.freeBlock(address, length);
    this.#blocksInTransfer -= 1;
    if (this.#held.size > 0 && !this.#delivering) this.#admit();
  }

  // What has not started, staged tasks of this very turn included, does not start any more. Returns false when it has.
  #cancelWaiting(id: number, inbox: Inbox): boolean {
    const arrival = inbox.drop(id);
    const slot = this.#ids.slotOf(id);
    if (arrival?.target.buffer === this.#engine.buffer) this.#giveBack(arrival.target.offset, arrival.record.length);
    if (arrival !== undefined) return true;
    return this.#ids.isHeld(id) ? this.#held.dropId(id) : slot >= 0 && this.#cancelQueued(slot);
  }

  // Returns false when it runs or has ended.
  #cancelQueued(slot: number): boolean {
    if (this.#engine.exports.cancel(slot) !== 1) return false;
    this.#inFlight -= 1;
    return true;
  }

  #answerCancelled(id: number): void {
    this.#ids.leave(id);
    this.#answers.cancelled(id);
  }

  #answerExhausted(id: number, bytes: number): void {
    this.#writer.encoder.prepareError(poolExhausted(bytes, this.#payloadLimit));
    this.#ids.leave(id);
    this.#answers.refused(id, this.#writer.detach());
  }

  #seeRest(): void {
    if (this.pendingCount > 0) return;
    this.#busyWord.clear();
    this.#bell.rest();
  }
}
