import { CLOSED_DRAINING, CLOSED_NO, META_SPARE, TAG_NUMBER } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { Allocator } from './allocator.ts';
import { Bell, type BellOwner, type Doorbell } from './bell.ts';
import { BusyWord } from './busy-word.ts';
import { type Counts, noCounts } from './counts.ts';
import { InFlight } from './in-flight.ts';
import type { TaskId } from './task-id.ts';
import { PayloadWriter } from './payload.ts';
import type { Group } from './group.ts';
import { anyNode } from './node-preference.ts';
import type { Pending, Resolve } from './pending.ts';
import { refusalByWords } from './pressure.ts';
import { Recall } from './recall.ts';
import { closedError, poolExhausted, queueFull, slotsFull } from './refusal.ts';
import { ordinaryCapacity } from './reserve.ts';
import { Staging } from './staging.ts';
import type { TaskClient } from './task-client.ts';
import type { TaskTable } from './task-type.ts';
import { WaitingQueues } from './waiting.ts';

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
  /** Whether a task that does not stop when asked to can be ended with its worker. @default true */
  readonly endsTasks?: boolean | undefined;
  /** @default a bell of the thread's event loop */
  readonly bell?: ((owner: BellOwner) => Doorbell) | undefined;
}

/** Runs a nested task at once. @param bytes its encoded input */
export type RunInline = (pending: Pending, tag: number, number: number, bytes: Uint8Array) => void;

/** A nested task that was run at once and has not ended. */
export interface RunningInline {
  /** By the clock of the client. */
  readonly startedUs: number;
  /** Asks it to stop. */
  cancel(): void;
}

/**
 * A thread's door to the engine: submits, drains, settles. The host has one, every worker (nested tasks) and every
 * attached thread. Names and options are the runner's business (runner.ts).
 */
export class Client implements TaskClient {
  readonly engine: EngineInstance;
  readonly tasks: TaskTable;
  readonly writer: PayloadWriter;
  readonly counts: Counts = noCounts();
  readonly now: () => number;
  nodeIndex: (id: number) => number = anyNode;
  /** Told when something is pending after a rest, and when nothing is any more. */
  onBusy: (() => void) | undefined;
  onIdle: (() => void) | undefined;
  /** Set in workers: their nested tasks may not wait for a slot, as whoever holds one may wait for them. */
  runInline: RunInline | undefined;
  /** Told after each look at the completions. */
  onDrained: (() => void) | undefined;
  readonly #capacity: number;
  readonly #ordinaryCapacity: number;
  readonly #maxQueue: number;
  readonly payloadLimit: number;
  readonly inFlight: InFlight;
  /** Tasks that wait on this thread for a slot or for room. */
  readonly waiting = new WaitingQueues();
  readonly allocator = new Allocator(this);
  readonly #recall: Recall;
  readonly #staging: Staging;
  readonly #inline = new Map<Pending, RunningInline>();
  readonly #bell: Doorbell;
  readonly #busyWord: BusyWord;
  /** Something was pending since the last rest. */
  #restless = false;
  /** The records of a drain are being read. */
  #settling = false;
  #refusal: (() => Error) | undefined;

  constructor(options: ClientOptions) {
    this.engine = options.engine;
    this.tasks = options.tasks;
    this.now = options.now;
    this.#capacity = options.capacity;
    this.#ordinaryCapacity = ordinaryCapacity(options.capacity);
    this.#maxQueue = options.maxQueue;
    this.payloadLimit = options.payloadLimit;
    this.inFlight = new InFlight(options, this.counts);
    this.#busyWord = new BusyWord(options.engine);
    this.writer = new PayloadWriter(options.engine, options.payloadLimit);
    this.#recall = new Recall(options.engine, this.writer);
    this.#staging = new Staging(options.engine);
    this.#bell = options.bell?.(this) ?? new Bell(options.engine, this, options.now);
  }

  /** Whether tasks are pending. */
  get pending(): boolean {
    return this.pendingCount > 0;
  }

  /** Submitted and not settled. */
  get pendingCount(): number {
    return this.inFlight.count + this.waiting.size + this.#inline.size;
  }

  /** Room in the pool, or a slot of a cancelled task, may come without a completion: look again at the next turn. */
  get expectsRoom(): boolean {
    return this.waiting.size > 0 && (this.#recall.pending || this.inFlight.count === 0);
  }

  /** Why nothing can be submitted; undefined when it can. */
  refusal(): Error | undefined {
    if (this.#refusal !== undefined) return this.#refusal();
    const closed = this.engine.i32[layout.CLOSED >> 2] ?? 0; // racy as any look at it: a close may come a moment later
    return closed > (this.runInline === undefined ? CLOSED_NO : CLOSED_DRAINING) ? closedError() : undefined;
  }

  pressed(priority: number): Error | undefined {
    return this.runInline === undefined ? refusalByWords(this.engine, priority) : undefined;
  }

  /** Nothing is accepted from here on. */
  refuse(reason: () => Error): void {
    this.#refusal = reason;
  }

  /**
   * Submits a number without options.
   *
   * @param entry who gets the outcome
   * @returns false when it must go the long way
   */
  submitNumber(type: number, priority: number, value: number, entry: Pending | Resolve): boolean {
    if (!this.#mayEnter(priority)) return false;
    const { exports } = this.engine;
    this.#staging.makeWay(false, priority);
    const index = exports.submit(type, priority, 0, TAG_NUMBER, value, 0, 0);
    if (index < 0) return false;
    this.#enter(index, entry);
    return true;
  }

  submitMembers(group: Group, priority: number, inputs: readonly unknown[], from: number): number {
    if (typeof inputs[from] !== 'number' || !this.#mayEnter(priority)) return 0;
    this.#staging.makeWay(true, priority);
    const room = this.#limitOf(priority) - this.inFlight.count;
    const staged = this.#staging.stageNumbers(group.task.type, priority, inputs, from, room);
    if (staged === 0) return 0;
    for (let n = 0; n < staged; ++n) this.inFlight.enterMember(this.#staging.slotOf(n), group, from + n);
    this.counts.submitted += staged;
    this.#expect();
    return staged;
  }

  singleOut(group: Group): void {
    this.inFlight.singleOut(group);
  }

  /**
   * Submits what the writer has prepared, now or as soon as there is a slot and room.
   *
   * @param worker the only one that may run it, −1 for any
   * @param later published with those that follow, by `publish` at the latest
   * @throws WorkStealingError ERR_QUEUE_FULL when too many wait already
   */
  submitPrepared(pending: Pending, priority: number, worker: number, later: boolean): void {
    this.#staging.makeWay(later, priority);
    const { tag, number, length } = this.writer.encoder;
    const stored = this.#mayEnter(priority) && this.writer.store();
    if (stored) {
      const index = this.#submit(pending, priority, tag, number, length, worker, later);
      if (index >= 0) {
        this.#enter(index, pending.entry);
        return;
      }
    }
    this.publish();
    if (this.runInline !== undefined && worker < 0) {
      this.counts.submitted += 1;
      this.runInline(pending, tag, number, stored ? this.writer.retract(length) : this.writer.detach());
      return;
    }
    if (this.waiting.size >= this.#maxQueue) {
      if (stored) this.writer.unstore(length);
      else this.writer.encoder.discard();
      throw queueFull(this.#capacity, this.#maxQueue);
    }
    const bytes = stored ? this.writer.retract(length) : this.writer.detach();
    this.waiting.push({ pending, priority, tag, number, bytes, worker });
    this.counts.submitted += 1;
    this.#expect();
  }

  /** A nested task that was run at once has begun. */
  beginInline(pending: Pending, running: RunningInline): void {
    this.#inline.set(pending, running);
    this.#expect();
  }

  /** It has ended. @returns false when it was rejected before */
  endInline(pending: Pending): boolean {
    if (!this.#inline.delete(pending)) return false;
    this.#seeRest();
    return true;
  }

  /** Publishes what was submitted for later. */
  publish(): void {
    this.#staging.publish();
  }

  /** @throws WorkStealingError ERR_QUEUE_FULL */
  submitKept(type: number, argument: number, priority: number): TaskId {
    this.publish();
    const id = this.engine.exports.submitKept(type, priority, argument);
    if (id < 0) throw slotsFull(this.#capacity);
    this.inFlight.enterKept(id as TaskId);
    this.counts.submitted += 1;
    this.#expect();
    return id as TaskId;
  }

  releaseKept(id: TaskId): void {
    this.inFlight.releaseKept(id);
    this.#seeRest();
  }

  /** Takes completions out and settles their promises. @param most at most RECORDS. @returns how many there were */
  drain(most: number = layout.RECORDS): number {
    const drained = this.#settleEnded(most);
    this.onDrained?.();
    this.#seeRest();
    return drained;
  }

  /**
   * Before a submission: one that finds no slot takes completions out itself, so that a thread that submits for long without
   * a turn of its loop neither holds up the workers nor heaps up what waits. That it may rest, the bell's next look sees.
   */
  makeRoom(priority: number): void {
    if (this.#mayEnter(priority) || this.runInline !== undefined || this.#settling) return;
    this.publish();
    this.#bell.count(this.#settleEnded(layout.RECORDS));
  }

  /** Rejects a task at once; its slot comes back by itself. @returns false when it has been settled already */
  settleEarly(pending: Pending, error: Error): boolean {
    const { index } = pending;
    if (index < 0) {
      const inline = this.#inline.get(pending);
      if (!this.waiting.drop(pending) && !this.#inline.delete(pending)) return false;
      inline?.cancel();
      pending.control?.release();
      pending.reject(error);
      this.#seeRest();
      return true;
    }
    if (!this.inFlight.drop(pending)) return false;
    pending.reject(error);
    this.#seeRest();
    return true;
  }

  afterCancels(act: () => void): void {
    act();
  }

  /** Tells when a task started, by the clock of this client; −1 while it waits. */
  askStart(pending: Pending, tell: (startedUs: number) => void): void {
    const { index } = pending;
    tell(index >= 0 ? this.engine.exports.startedAt(index) : (this.#inline.get(pending)?.startedUs ?? -1));
  }

  /** Ends what is not running: waiting tasks, then queued ones. @param from the most urgent priority of them */
  cancelQueued(makeError: () => Error, from = 0, as: keyof Counts = 'cancelled'): void {
    for (const { pending, priority } of [...this.waiting]) {
      if (priority >= from && this.settleEarly(pending, makeError())) this.counts[as] += 1;
    }
    const isQueued = (index: number): boolean => this.engine.exports.cancel(index) === 1;
    this.inFlight.endWhere((index) => this.inFlight.priorityOf(index) >= from && isQueued(index), makeError, as);
    this.#seeRest();
  }

  /** Rejects what runs; its workers are gone or about to be. */
  abandonRunning(makeError: () => Error): void {
    this.inFlight.endWhere(() => true, makeError, 'cancelled');
    this.#seeRest();
  }

  /** The bell rests: nothing is pending. Not at the end of each task, when tasks are awaited one after the other. */
  rest(): void {
    if (!this.#restless) return;
    this.#restless = false;
    this.engine.exports.flush();
    this.onIdle?.();
  }

  /** Lets go of the event loop; nothing is pending. */
  close(): void {
    this.#bell.close();
  }

  /** As `close`, and another thread may take this one's place: results nobody asked for are given up. */
  leave(): void {
    this.inFlight.releaseAllEnded();
    this.#bell.close();
    this.engine.exports.leaveSubmitter(this.engine.submitter);
  }

  #settleEnded(most: number): number {
    this.#settling = true;
    const drained = this.engine.exports.drain(most);
    this.inFlight.completeAll(drained);
    this.#settling = false;
    if (drained > 0) this.#recall.renew();
    if (this.waiting.size > 0) this.#admit();
    return drained;
  }

  #mayEnter(priority: number): boolean {
    return this.inFlight.count < this.#limitOf(priority) && !this.waiting.blocks(priority);
  }

  #limitOf(priority: number): number {
    return priority === 0 ? this.#capacity : this.#ordinaryCapacity;
  }

  #submit(
    pending: Pending,
    priority: number,
    tag: number,
    number: number,
    length: number,
    worker: number,
    later: boolean,
  ): number {
    const { exports } = this.engine;
    const { type } = pending.task;
    const address = pending.shared?.address ?? this.writer.address;
    if (pending.retry >= 0) exports.setRetries(pending.retry);
    let flags = this.inFlight.limits.prepare(pending);
    if (this.inFlight.count === 0) flags |= META_SPARE;
    if (worker >= 0) return exports.mail(worker, type, priority, flags, tag, number, address, length);
    if (later) return this.#staging.stage(type, priority, flags, tag, number, address, length);
    return exports.submit(type, priority, flags, tag, number, address, length);
  }

  #enter(index: number, entry: Pending | Resolve): void {
    this.inFlight.enter(index, entry);
    if (typeof entry !== 'function') this.inFlight.limits.expect(entry);
    this.counts.submitted += 1;
    this.#expect();
  }

  #expect(): void {
    if (!this.#restless) this.onBusy?.();
    this.#restless = true;
    this.#busyWord.set();
    this.#bell.expect();
  }

  #seeRest(): void {
    if (this.expectsRoom) this.#bell.look();
    if (this.pending) return;
    this.#busyWord.clear(); // at once: what follows may block this thread
    this.#bell.rest();
  }

  #admit(): void {
    this.#recall.begin();
    for (let waiting = this.waiting.peek(); waiting !== undefined; waiting = this.waiting.peek()) {
      if (this.inFlight.count >= this.#limitOf(waiting.priority)) return;
      const { pending, priority, tag, number, bytes, worker } = waiting;
      if (!this.#recall.store(bytes)) {
        if (this.inFlight.count > 0 || this.#recall.pending) return; // room comes back when those end, or workers answer
        this.waiting.shift(waiting);
        pending.control?.release();
        pending.reject(poolExhausted(bytes.length, this.payloadLimit));
        this.counts.failed += 1;
        continue;
      }
      const index = this.#submit(pending, priority, tag, number, bytes.length, worker, false);
      if (index < 0) {
        this.writer.unstore(bytes.length);
        return;
      }
      this.waiting.shift(waiting);
      this.counts.submitted -= 1;
      this.#enter(index, pending.entry);
    }
  }
}
