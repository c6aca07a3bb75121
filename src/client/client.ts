import { CLOSED_DRAINING, CLOSED_NO, META_KEPT, META_SPARE, META_TIMED, TAG_NUMBER } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { Bell } from './bell.ts';
import { requestCancel } from './cancel.ts';
import { type Counts, noCounts } from './counts.ts';
import { KeptTasks } from './kept.ts';
import type { TaskId } from './task-id.ts';
import { PayloadWriter } from './payload.ts';
import { Pending, SETTLED, type Settler } from './pending.ts';
import { RecordReader } from './record-reader.ts';
import { closedError, poolExhausted, queueFull } from './refusal.ts';
import type { TaskTable, TaskType } from './task-type.ts';
import { WaitingQueues } from './waiting.ts';

const RECORD_WORDS = layout.RECORD_BYTES >> 2;
/** Slots that only Critical tasks may take, at most. Guess. */
const CRITICAL_SLOTS = 64;

/** What a thread that submits knows of the scheduler. */
export interface ClientOptions {
  readonly engine: EngineInstance;
  readonly tasks: TaskTable;
  readonly now: () => number;
  readonly capacity: number;
  /** Tasks that may wait beyond the slots. */
  readonly maxQueue: number;
  /** Bytes of the largest payload. */
  readonly payloadLimit: number;
}

/** Runs a nested task at once. @param bytes its encoded input */
export type RunInline = (pending: Pending, tag: number, number: number, bytes: Uint8Array) => void;

/**
 * A thread's door to the engine: submits, drains, settles. The host has one, every worker (nested tasks) and every
 * attached thread. Names and options are the runner's business (runner.ts).
 */
export class Client {
  readonly engine: EngineInstance;
  readonly tasks: TaskTable;
  readonly writer: PayloadWriter;
  readonly counts: Counts = noCounts();
  readonly kept: KeptTasks;
  readonly now: () => number;
  /** Told each time nothing is pending any more. */
  onIdle: (() => void) | undefined;
  /** Set in workers: their nested tasks may not wait for a slot, as whoever holds one may wait for them. */
  runInline: RunInline | undefined;
  /** Told after each look at the completions. */
  onDrained: (() => void) | undefined;
  readonly #capacity: number;
  readonly #ordinaryCapacity: number;
  readonly #maxQueue: number;
  readonly payloadLimit: number;
  readonly #types: readonly TaskType[];
  readonly #pendings: (Pending | undefined)[];
  readonly #waiting = new WaitingQueues();
  readonly #bell: Bell;
  readonly #records: number;
  readonly reader: RecordReader;
  #inFlight = 0;
  #busy = false;
  #refusal: (() => Error) | undefined;

  constructor(options: ClientOptions) {
    this.engine = options.engine;
    this.tasks = options.tasks;
    this.now = options.now;
    this.#capacity = options.capacity;
    this.#ordinaryCapacity = options.capacity - Math.min(CRITICAL_SLOTS, options.capacity >> 4);
    this.#maxQueue = options.maxQueue;
    this.payloadLimit = options.payloadLimit;
    this.#types = [...options.tasks.values()];
    this.#pendings = new Array<Pending | undefined>(options.capacity);
    this.#records = options.engine.submitterBlock + (layout.SUBMITTER_RECORDS >> 2);
    this.reader = new RecordReader(options.engine, this.counts);
    this.writer = new PayloadWriter(options.engine, options.payloadLimit);
    this.kept = new KeptTasks(options.engine, options.capacity);
    this.#bell = new Bell(options.engine, this, options.now);
  }

  /** Whether tasks are pending. */
  get pending(): boolean {
    return this.#inFlight > 0 || this.#waiting.size > 0;
  }

  /** Submitted and not settled. */
  get pendingCount(): number {
    return this.#inFlight + this.#waiting.size;
  }

  /** Tasks that wait on this thread for a slot or for room. */
  get waiting(): WaitingQueues {
    return this.#waiting;
  }

  /** Why nothing can be submitted; undefined when it can. */
  refusal(): Error | undefined {
    if (this.#refusal !== undefined) return this.#refusal();
    const closed = Atomics.load(this.engine.i32, layout.CLOSED >> 2);
    return closed > (this.runInline === undefined ? CLOSED_NO : CLOSED_DRAINING) ? closedError() : undefined;
  }

  /** Nothing is accepted from here on. */
  refuse(reason: () => Error): void {
    this.#refusal = reason;
  }

  /** Submits a number without options. @returns false when it must go the long way */
  submitNumber(task: TaskType, priority: number, value: number, settler: Settler): boolean {
    if (!this.#mayEnter(priority)) return false;
    const index = this.engine.exports.submit(task.type, priority, 0, TAG_NUMBER, value, 0, 0);
    if (index < 0) return false;
    this.#enter(index, new Pending(task, settler));
    return true;
  }

  /**
   * Submits what the writer has prepared, now or as soon as there is a slot and room.
   *
   * @throws WorkStealingError ERR_QUEUE_FULL when too many wait already
   */
  submitPrepared(pending: Pending, priority: number, worker = -1): void {
    const { tag, number, length } = this.writer.encoder;
    const stored = this.#mayEnter(priority) && this.writer.store();
    if (stored) {
      const index = this.#submit(pending, priority, tag, number, length, worker);
      if (index >= 0) {
        this.#enter(index, pending);
        return;
      }
    }
    if (this.runInline !== undefined && worker < 0) {
      this.counts.submitted += 1;
      this.runInline(pending, tag, number, stored ? this.writer.retract(length) : this.writer.detach());
      return;
    }
    if (this.#waiting.size >= this.#maxQueue) {
      if (stored) this.writer.unstore(length);
      else this.writer.encoder.discard();
      throw queueFull(this.#capacity, this.#maxQueue);
    }
    const bytes = stored ? this.writer.retract(length) : this.writer.detach();
    this.#waiting.push({ pending, priority, tag, number, bytes, worker });
    this.counts.submitted += 1;
    this.#expect();
  }

  /** Stages a number as the n-th of one publication. @returns false when it must be submitted instead */
  stageNumber(pending: Pending, priority: number, n: number, value: number): boolean {
    if (!this.#mayEnter(priority)) return false;
    const index = this.engine.exports.stage(n, pending.task.type, priority, 0, TAG_NUMBER, value, 0, 0);
    if (index < 0) return false;
    this.#enter(index, pending);
    return true;
  }

  publish(priority: number, n: number): void {
    if (n > 0) this.engine.exports.publish(priority, n);
  }

  /** @throws WorkStealingError ERR_QUEUE_FULL */
  submitKept(type: number, argument: number, priority: number): TaskId {
    const index = this.engine.exports.submit(type, priority, META_KEPT, TAG_NUMBER, argument, 0, 0);
    if (index < 0) throw queueFull(this.#capacity, this.#maxQueue);
    this.#inFlight += 1;
    this.counts.submitted += 1;
    this.#expect();
    return this.kept.add(index);
  }

  /** The result of a kept task; releases it. */
  awaitKept(id: TaskId, settler: Settler): void {
    const index = this.kept.indexOf(id);
    if (!this.kept.isEnded(index)) {
      this.kept.await(index, settler);
      return;
    }
    this.engine.exports.readKept(index);
    this.reader.deliver(this.#taskAt(index), settler, this.#records);
    this.kept.release(index);
  }

  releaseKept(id: TaskId): void {
    const index = this.kept.indexOf(id);
    if (this.kept.isEnded(index)) {
      this.#releaseEnded(index);
    } else if (this.engine.exports.cancel(index) === 1) {
      this.kept.forget(index);
      this.counts.cancelled += 1;
      this.#leave();
    } else {
      this.kept.drop(index);
    }
  }

  /** Takes completions out and settles their promises. @returns how many there were */
  drain(): number {
    const drained = this.engine.exports.drain(layout.RECORDS);
    for (let i = 0, record = this.#records; i < drained; ++i, record += RECORD_WORDS) {
      this.#complete(record);
    }
    if (this.#waiting.size > 0) this.#admit();
    this.onDrained?.();
    if (!this.pending) this.#rest();
    return drained;
  }

  /** Rejects a task before it ends; its slot comes back by itself. @returns false when it has been settled already */
  settleEarly(pending: Pending, error: Error): boolean {
    const { index } = pending;
    if (index < 0) {
      if (!this.#waiting.drop(pending)) return false;
      pending.control?.release();
      pending.settler.reject(error);
      if (!this.pending) this.#rest();
      return true;
    }
    if (this.#pendings[index] !== pending) return false;
    pending.control?.release();
    if (this.engine.exports.cancel(index) === 1) {
      this.#pendings[index] = undefined;
      this.#leave();
    } else {
      requestCancel(this.engine, index);
      this.#pendings[index] = new Pending(pending.task, SETTLED);
    }
    pending.settler.reject(error);
    return true;
  }

  /** Ends everything that is not running: waiting tasks, then queued ones. */
  cancelQueued(makeError: () => Error): void {
    for (const { pending } of [...this.#waiting]) {
      if (this.settleEarly(pending, makeError())) this.counts.cancelled += 1;
    }
    this.#endWhere((index) => this.engine.exports.cancel(index) === 1, makeError);
  }

  /** Rejects what runs; its workers are gone or about to be. */
  abandonRunning(makeError: () => Error): void {
    this.#endWhere(() => true, makeError);
  }

  /** Asks every running task to stop. */
  requestCancelRunning(): void {
    this.#pendings.forEach((pending, index) => {
      if (pending !== undefined) requestCancel(this.engine, index);
    });
    for (const index of this.kept.unended()) this.engine.exports.requestCancel(index);
  }

  /** Lets go of the event loop; nothing is pending. */
  close(): void {
    this.#bell.close();
  }

  /** As `close`, and another thread may take this one's place: results nobody asked for are given up. */
  leave(): void {
    for (const index of this.kept.ended()) this.#releaseEnded(index);
    this.#bell.close();
    this.engine.exports.leaveSubmitter(this.engine.submitter);
  }

  #mayEnter(priority: number): boolean {
    const limit = priority === 0 ? this.#capacity : this.#ordinaryCapacity;
    return this.#inFlight < limit && !this.#waiting.blocks(priority);
  }

  #submit(pending: Pending, priority: number, tag: number, number: number, length: number, worker: number): number {
    const { exports } = this.engine;
    const { type } = pending.task;
    let flags = pending.control === undefined ? 0 : META_TIMED;
    if (this.#inFlight === 0) flags |= META_SPARE;
    return worker < 0
      ? exports.submit(type, priority, flags, tag, number, this.writer.address, length)
      : exports.mail(worker, type, priority, flags, tag, number, this.writer.address, length);
  }

  #enter(index: number, pending: Pending): void {
    pending.index = index;
    this.#pendings[index] = pending;
    this.#inFlight += 1;
    this.counts.submitted += 1;
    this.#expect();
  }

  #expect(): void {
    if (!this.#busy) {
      this.#busy = true;
      Atomics.store(this.engine.i32, this.engine.submitterBlock + (layout.SUBMITTER_BUSY >> 2), 1);
    }
    this.#bell.expect();
  }

  #endWhere(take: (index: number) => boolean, makeError: () => Error): void {
    for (let index = 0; index < this.#pendings.length; ++index) {
      const pending = this.#pendings[index];
      if (pending === undefined || !take(index)) continue;
      this.#pendings[index] = undefined;
      if (pending.settler !== SETTLED) this.counts.cancelled += 1;
      pending.control?.release();
      pending.settler.reject(makeError());
      this.#leave();
    }
    for (const index of this.kept.unended()) {
      if (!take(index)) continue;
      this.kept.forget(index)?.reject(makeError());
      this.counts.cancelled += 1;
      this.#leave();
    }
  }

  // A slot came back without a completion.
  #leave(): void {
    this.#inFlight -= 1;
    if (!this.pending) this.#rest();
  }

  #rest(): void {
    if (!this.#busy) return;
    this.#busy = false;
    const word = this.engine.submitterBlock + (layout.SUBMITTER_BUSY >> 2);
    Atomics.store(this.engine.i32, word, 0);
    Atomics.notify(this.engine.i32, word);
    this.engine.exports.flush();
    this.#bell.rest();
    this.onIdle?.();
  }

  #complete(record: number): void {
    const index = this.engine.i32[record] ?? 0;
    const pending = this.#pendings[index];
    if (pending === undefined) {
      if (this.kept.has(index)) this.#completeKept(index, record);
      else this.reader.freePayload(record); // of a lost worker that was this submitter before
      return;
    }
    this.#inFlight -= 1;
    this.#pendings[index] = undefined;
    pending.control?.release();
    if (pending.settler === SETTLED) this.reader.freePayload(record);
    else this.reader.settle(pending.task, pending.settler, record);
  }

  #completeKept(index: number, record: number): void {
    this.#inFlight -= 1;
    const waiter = this.kept.end(index);
    if (waiter === undefined) {
      // It stays until wait or release; how it ended counts now.
      this.reader.count(record);
      return;
    }
    if (waiter === 'released') {
      this.reader.count(record);
      this.reader.freePayload(record);
    } else {
      this.reader.settle(this.#taskAt(index), waiter, record);
    }
    this.kept.release(index);
  }

  #admit(): void {
    for (let waiting = this.#waiting.peek(); waiting !== undefined; waiting = this.#waiting.peek()) {
      if (this.#inFlight >= (waiting.priority === 0 ? this.#capacity : this.#ordinaryCapacity)) return;
      const { pending, priority, tag, number, bytes, worker } = waiting;
      if (!this.writer.storeBytes(bytes)) {
        if (this.#inFlight > 0) return; // room comes back when those end
        this.#waiting.shift(waiting);
        pending.control?.release();
        pending.settler.reject(poolExhausted(bytes.length, this.payloadLimit));
        this.counts.failed += 1;
        continue;
      }
      const index = this.#submit(pending, priority, tag, number, bytes.length, worker);
      if (index < 0) {
        this.writer.unstore(bytes.length);
        return;
      }
      this.#waiting.shift(waiting);
      this.counts.submitted -= 1;
      this.#enter(index, pending);
    }
  }

  #releaseEnded(index: number): void {
    this.engine.exports.readKept(index);
    this.reader.freePayload(this.#records);
    this.kept.release(index);
  }

  #taskAt(index: number): TaskType {
    const slab = this.engine.u32[layout.HEADER_SLAB >> 2] ?? 0;
    const type = this.engine.i32[(slab + index * layout.SLOT_BYTES + layout.SLOT_TYPE) >>> 2] ?? 0;
    return this.#types[type] ?? { name: `type ${String(type)}`, type, kernel: false };
  }
}
