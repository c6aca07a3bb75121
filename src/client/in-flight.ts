import { CANCELLED, DONE, FAILED, META_KEPT, META_PRIORITY_SHIFT } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import type { Counts } from './counts.ts';
import { KeptTasks } from './kept.ts';
import { Entries, rejectEntry } from './entries.ts';
import { Group } from './group.ts';
import { Limits } from './limits.ts';
import { Control, Pending, type Resolve, type Settler } from './pending.ts';
import { RecordReader } from './record-reader.ts';
import { KILL_GRACE_MS } from './run-options.ts';
import type { TaskId } from './task-id.ts';
import type { TaskTable, TaskType } from './task-type.ts';

const RECORD_WORDS = layout.RECORD_BYTES >> 2;

/** What it needs to know of the client's options. */
interface InFlightOptions {
  readonly engine: EngineInstance;
  readonly tasks: TaskTable;
  readonly capacity: number;
  /** Bytes of the pool. */
  readonly payloadLimit: number;
  readonly now: () => number;
  /** Whether a task that does not stop when asked to can be ended with its worker. */
  readonly endsTasks?: boolean | undefined;
}

/** The tasks of one thread that have a slot: those with a promise, by slot, and those of `submitTask`. */
export class InFlight {
  /** How many there are. */
  count = 0;
  readonly kept: KeptTasks;
  readonly limits: Limits;
  readonly reader: RecordReader;
  readonly #engine: EngineInstance;
  readonly #counts: Counts;
  readonly #types: readonly TaskType[];
  readonly #endsTasks: boolean;
  readonly #entries: Entries;
  /** Where the first record of a drain stands. */
  readonly #records: number;
  /** Records of the drain that are being read. */
  #drained = 0;
  /** Their slots, as soon as one is looked for: whoever fails may drop tens of thousands. */
  #drainedSlots: ReadonlySet<number> | undefined;

  constructor(options: InFlightOptions, counts: Counts) {
    const { engine, tasks, capacity, payloadLimit, now, endsTasks = true } = options;
    this.#engine = engine;
    this.#counts = counts;
    this.#types = [...tasks.values()];
    this.#endsTasks = endsTasks;
    this.#entries = new Entries(capacity);
    this.#records = engine.submitterBlock + (layout.SUBMITTER_RECORDS >> 2);
    this.limits = new Limits(engine, now);
    this.kept = new KeptTasks(engine, capacity);
    this.reader = new RecordReader(engine, counts, payloadLimit);
  }

  enter(index: number, entry: Pending | Resolve): void {
    this.#entries.set(index, entry);
    this.count += 1;
  }

  enterMember(index: number, group: Group, position: number): void {
    this.#entries.setMember(index, group, position);
    this.count += 1;
  }

  singleOut(group: Group): void {
    this.#entries.singleOut(group);
  }

  enterKept(id: TaskId): void {
    this.count += 1;
    this.kept.add(id);
  }

  /** Takes a task out before it ends. @returns false when it has been settled already */
  drop(pending: Pending): boolean {
    const { index } = pending;
    if (this.#entries.at(index) !== pending) return false;
    pending.control?.release();
    if (this.#isDrained(index)) {
      this.#entries.set(index, Pending.settled(pending.task, pending.shared)); // its slot may be another's already
    } else if (this.#engine.exports.cancel(index) === 1) {
      this.#entries.clear(index);
      this.count -= 1;
      pending.giveBack();
    } else {
      this.limits.ask(index, pending.killGraceMs);
      const standIn = Pending.settled(pending.task, pending.shared);
      this.#entries.set(index, standIn);
      if (this.#endsTasks && pending.killGraceMs < Infinity && !this.#hasEnded(index)) {
        this.#killAfter(standIn, index, pending.killGraceMs);
      }
    }
    return true;
  }

  // Its slot comes back when it ends, or when its worker has been ended.
  #killAfter(standIn: Pending, index: number, graceMs: number): void {
    standIn.control = new Control(undefined, ignore);
    standIn.control.after(graceMs, () => {
      if (this.#entries.at(index) === standIn) this.#engine.exports.condemn(index);
    });
  }

  /** The result of a kept task; releases it. */
  awaitKept(id: TaskId, settler: Settler): void {
    const index = this.kept.indexOf(id);
    if (!this.kept.isEnded(index)) {
      this.kept.await(index, settler);
      return;
    }
    this.#engine.exports.readKept(index);
    this.reader.deliver(this.#taskOf(this.#records), settler, this.#records);
    this.kept.release(index);
  }

  releaseKept(id: TaskId): void {
    if (this.kept.releaseLost(id)) return;
    const index = this.kept.indexOf(id);
    if (this.kept.isEnded(index)) {
      this.#releaseEnded(index);
    } else if (this.#engine.exports.cancel(index) === 1) {
      this.kept.forget(index);
      this.#counts.cancelled += 1;
      this.count -= 1;
    } else {
      this.kept.drop(index);
    }
  }

  /** Gives up the results nobody asked for. */
  releaseAllEnded(): void {
    for (const index of this.kept.ended()) this.#releaseEnded(index);
  }

  /** So many tasks ended, as the records of a drain tell: settles their promises, or keeps them for whoever asks. */
  completeAll(drained: number): void {
    this.#drained = drained;
    for (let i = 0, record = this.#records; i < drained; ++i, record += RECORD_WORDS) this.#complete(record);
    this.#drained = 0;
    this.#drainedSlots = undefined;
  }

  // One that settles may drop others, which have ended as well: map and runMany do.
  #isDrained(index: number): boolean {
    if (this.#drained === 0) return false;
    this.#drainedSlots ??= this.#slotsOfRecords();
    return this.#drainedSlots.has(index);
  }

  #slotsOfRecords(): ReadonlySet<number> {
    const slots = new Set<number>();
    for (let i = 0, record = this.#records; i < this.#drained; ++i, record += RECORD_WORDS) {
      slots.add(this.#engine.i32[record] ?? 0);
    }
    return slots;
  }

  // Its record comes with one of the next drains.
  #hasEnded(index: number): boolean {
    const status = this.#engine.exports.statusAt(index);
    return status === DONE || status === FAILED || status === CANCELLED;
  }

  #complete(record: number): void {
    const index = this.#engine.i32[record] ?? 0;
    const entry = this.#entries.at(index);
    if (entry === undefined) {
      if (this.kept.has(index)) this.#completeKept(index, record);
      else this.#freeForeign(index, record);
      return;
    }
    this.count -= 1;
    this.#entries.clear(index);
    const isNumber = this.reader.isNumber(record);
    if (isNumber && typeof entry === 'function') entry(this.reader.takeNumber(record));
    else if (isNumber && entry instanceof Group)
      entry.put(this.#entries.positionAt(index), this.reader.takeNumber(record));
    else if (entry instanceof Pending) this.#settle(entry, record);
    else this.reader.settle(this.#taskOf(record), this.#entries.settlerOf(entry, index), record);
  }

  #settle(pending: Pending, record: number): void {
    pending.control?.release();
    pending.giveBack();
    if (pending.isSettled) this.reader.freePayload(record);
    else this.reader.settle(pending.task, pending, record);
  }

  /** Of a slot that belongs to this thread; whoever runs it leaves these bits as they are. */
  priorityOf(index: number): number {
    const { i32, u32 } = this.#engine;
    const slot = (u32[layout.HEADER_SLAB >> 2] ?? 0) + index * layout.SLOT_BYTES;
    return ((i32[(slot + layout.SLOT_META) >>> 2] ?? 0) >> META_PRIORITY_SHIFT) & 3;
  }

  /** Rejects and forgets what `take` agrees to. @param as how they count */
  endWhere(take: (index: number) => boolean, makeError: () => Error, as: keyof Counts): void {
    for (let index = 0; index < this.#entries.slots; ++index) {
      const entry = this.#entries.at(index);
      if (entry === undefined || !take(index)) continue;
      this.#entries.clear(index);
      this.count -= 1;
      if (!(entry instanceof Pending && entry.isSettled)) this.#counts[as] += 1;
      if (entry instanceof Pending) entry.giveBack();
      rejectEntry(entry, makeError());
    }
    for (const index of this.kept.unended()) {
      const id = this.kept.idAt(index); // whoever pops a cancelled task frees its slot
      if (!take(index)) continue;
      this.kept.lose(index, id, makeError);
      this.#counts[as] += 1;
      this.count -= 1;
    }
  }

  /** Asks every running task to stop that was not asked before: those have their own time for it. */
  requestCancel(): void {
    for (let index = 0; index < this.#entries.slots; ++index) {
      const entry = this.#entries.at(index);
      if (entry === undefined || (entry instanceof Pending && entry.isSettled)) continue;
      this.limits.ask(index, entry instanceof Pending ? entry.killGraceMs : KILL_GRACE_MS);
    }
    for (const index of this.kept.unended()) this.limits.ask(index, KILL_GRACE_MS);
  }

  // Of a thread that was this submitter before and is gone.
  #freeForeign(index: number, record: number): void {
    const { exports, i32 } = this.#engine;
    if (((i32[record + (layout.RECORD_META >> 2)] ?? 0) & META_KEPT) !== 0) {
      exports.readKept(index);
      this.reader.freePayload(this.#records);
      exports.release(index);
    } else this.reader.freePayload(record);
    const foreign = this.#engine.submitterBlock + (layout.SUBMITTER_FOREIGN >> 2);
    if (Atomics.load(i32, foreign) > 0) Atomics.sub(i32, foreign, 1);
  }

  #completeKept(index: number, record: number): void {
    this.count -= 1;
    const waiter = this.kept.end(index);
    if (waiter === undefined) {
      // It stays until wait or release; how it ended counts now.
      this.reader.count(record);
      return;
    }
    const task = this.#taskOf(record);
    this.#engine.exports.readKept(index); // over a record that has been read, or this one
    if (waiter === 'released') {
      this.reader.count(this.#records);
      this.reader.freePayload(this.#records);
    } else {
      this.reader.settle(task, waiter, this.#records);
    }
    this.kept.release(index);
  }

  #releaseEnded(index: number): void {
    this.#engine.exports.readKept(index);
    this.reader.freePayload(this.#records);
    this.kept.release(index);
  }

  #taskOf(record: number): TaskType {
    const type = this.#engine.i32[record + (layout.RECORD_TYPE >> 2)] ?? 0;
    return this.#types[type] ?? { name: `type ${String(type)}`, type, kernel: false };
  }
}

function ignore(): void {
  // Nothing but the timer ends it.
}
