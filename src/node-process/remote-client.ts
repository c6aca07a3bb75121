import { CANCELLED, CRITICAL, DONE, LEVELS, TAG_NUMBER } from '../abi/codes.ts';
import { MAX_WORKERS } from '../abi/layout.ts';
import { type Counts, noCounts } from '../client/counts.ts';
import { type Entry, rejectEntry } from '../client/entries.ts';
import { Group } from '../client/group.ts';
import { InputWriter } from '../client/input-writer.ts';
import { settleOutcome, workerLost } from '../client/outcome.ts';
import { Pending, type Resolve, type Settler, WAITING } from '../client/pending.ts';
import { type MemoryPressure, refusalBy } from '../client/pressure.ts';
import { closedError, queueFull, slotsFull } from '../client/refusal.ts';
import { ordinaryCapacity } from '../client/reserve.ts';
import type { TaskClient } from '../client/task-client.ts';
import type { TaskId } from '../client/task-id.ts';
import type { TaskTable, TaskType } from '../client/task-type.ts';
import { WaitingQueues } from '../client/waiting.ts';
import type { Outbox } from './outbox.ts';
import { FLAG_IF_QUEUED } from './protocol.ts';
import { type ChannelRecord, ID_WORD, isLoss, isNumberOutcome, NUMBER_WORD, RECORD_WORDS } from './record.ts';
import { Questions } from './questions.ts';
import { type Job, Released } from './released.ts';
import { RemoteKept } from './remote-kept.ts';
import { Rest } from './rest.ts';
import { Sender } from './sender.ts';

const NO_BYTES = new Uint8Array(0);

/** What the host knows of the scheduler in the node process. */
export interface RemoteClientOptions {
  readonly tasks: TaskTable;
  readonly now: () => number;
  readonly capacity: number;
  readonly maxQueue: number;
  /** How often a task may be run again if nothing else is said. */
  readonly retry: number;
  /** Tasks that the workers can run at once. */
  readonly places: number;
  readonly payloadLimit: number;
}

/**
 * The host's door to a scheduler in another process. Tasks wait here, and as many as the window lets out are released: they go
 * over the channel and may run from then on. docs/protocols/channel.md
 */
export class RemoteClient implements TaskClient {
  readonly tasks: TaskTable;
  readonly now: () => number;
  readonly counts: Counts = noCounts();
  readonly writer: InputWriter;
  readonly inFlight = new RemoteKept();
  /** Tasks that wait on the host. */
  readonly backlog = new WaitingQueues<Job>();
  /** Nothing is pending, and no question is open. */
  readonly rest = new Rest(() => this.pendingCount === 0 && this.#questions.size === 0);
  /** Why each worker exited the last time. */
  readonly exits = new Map<number, unknown>();
  /** Memory is short. */
  pressure: MemoryPressure | undefined;
  readonly #options: RemoteClientOptions;
  readonly #types: readonly TaskType[];
  readonly #released: Released;
  readonly #sender: Sender;
  readonly #questions = new Questions();
  /** Tasks wait for `publish`. */
  #keeps = false;
  #refusal: (() => Error) | undefined;

  constructor(options: RemoteClientOptions) {
    this.tasks = options.tasks;
    this.now = options.now;
    this.#options = options;
    this.#types = [...options.tasks.values()];
    this.writer = new InputWriter(options.payloadLimit);
    this.#released = new Released(options.places, this.#types.length, options.capacity);
    this.#sender = new Sender(this.#released);
  }

  /** Submitted and not settled, or not ended. */
  get pendingCount(): number {
    return this.#released.count + this.backlog.size;
  }

  /** Tasks of a priority that were ever released. */
  releasedAt(priority: number): number {
    return this.#released.ever[priority] ?? 0;
  }

  refusal(): Error | undefined {
    return this.#refusal?.();
  }

  pressed(priority: number): Error | undefined {
    return refusalBy(this.pressure, priority);
  }

  /** Nothing is accepted from here on. */
  refuse(reason: () => Error): void {
    this.#refusal = reason;
  }

  /** A process is there. */
  connect(outbox: Outbox): void {
    this.#sender.connect(outbox, () => {
      this.release();
    });
    this.release();
  }

  /** The process is gone. What it had may have run and is lost; what was on its way waits again. */
  disconnect(makeError: (task: TaskType, attempts: number) => Error): void {
    this.#sender.disconnect();
    for (const id of this.#released.ids().reverse()) {
      const unsent = this.#released.unsentOf(id);
      const repeatable = this.#released.repeatableOf(id);
      const task = this.#taskOf(id);
      const entry = this.#leave(id);
      if (entry === undefined) continue;
      if (unsent === undefined) this.#lose(entry, repeatable, (attempts) => makeError(task, attempts));
      else this.backlog.putBack(unsent);
    }
    this.#questions.close();
    this.rest.see();
  }

  submitNumber(type: number, priority: number, value: number, entry: Pending | Resolve): boolean {
    if (this.#options.retry > 0 || !this.#mayRelease(priority, type)) return false;
    this.#sender.sendNumber(entry, priority, type, value);
    this.counts.submitted += 1;
    this.rest.end();
    return true;
  }

  submitMembers(group: Group, priority: number, numbers: readonly number[], from: number): number {
    const count = numbers.length - from;
    if (this.#options.retry > 0 || !this.#hasPlaces(priority, count)) return 0;
    const members = { group, numbers };
    const released = this.#mayRelease(priority, group.task.type)
      ? this.#sender.sendMembers(members, priority, from)
      : 0;
    this.counts.submitted += count;
    this.rest.end();
    if (released === count) return count;
    const pending = group.rest(count - released);
    this.backlog.push({
      pending,
      priority,
      tag: TAG_NUMBER,
      number: 0,
      bytes: NO_BYTES,
      worker: -1,
      losses: 0,
      members,
    });
    return count;
  }

  singleOut(group: Group): void {
    this.#released.singleOut(group);
  }

  makeRoom(): void {
    // Outcomes come with the event loop only.
  }

  submitPrepared(pending: Pending, priority: number, worker: number, later = false): void {
    const { tag, number } = this.writer.encoder;
    if (!this.#hasPlaces(priority, 1)) {
      this.writer.encoder.discard();
      throw queueFull(this.#options.capacity, this.#options.maxQueue);
    }
    this.#admit({ pending, priority, tag, number, bytes: this.writer.detach(), worker, losses: 0 }, later);
  }

  publish(): void {
    if (!this.#keeps) return;
    this.#keeps = false;
    this.release();
  }

  submitKept(type: number, argument: number, priority: number): TaskId {
    const { capacity } = this.#options;
    const task = this.#types[type];
    if (task === undefined || this.pendingCount + this.inFlight.endedCount >= capacity) throw slotsFull(capacity);
    const { id, pending } = this.inFlight.add(task);
    if (!this.submitNumber(type, priority, argument, pending)) {
      this.#admit({ pending, priority, tag: TAG_NUMBER, number: argument, bytes: NO_BYTES, worker: -1, losses: 0 });
    }
    return id;
  }

  releaseKept(id: TaskId): void {
    const pending = this.inFlight.release(id);
    if (pending === undefined) return;
    if (this.backlog.drop(pending)) {
      this.counts.cancelled += 1;
      this.rest.see();
    } else {
      this.#sender.cancel(pending.index, FLAG_IF_QUEUED, Infinity);
    }
  }

  /** One that was released is rejected when the process has answered: from then on it does not start. */
  settleEarly(pending: Pending, error: Error): boolean {
    const { index } = pending;
    const waits = this.backlog.drop(pending);
    if (!waits && (index < 0 || this.#released.entryOf(index) !== pending)) return false;
    pending.control?.release();
    if (waits) {
      pending.reject(error);
    } else {
      this.#released.replace(index, Pending.settled(pending.task));
      this.#sender.cancel(index, 0, pending.killGraceMs);
      this.#questions.ask(() => {
        pending.reject(error);
      });
    }
    this.rest.see();
    return true;
  }

  afterCancels(act: () => void): void {
    this.#questions.after(act);
  }

  askStart(pending: Pending, tell: (startedUs: number) => void, cancels: boolean): void {
    const { index } = pending;
    if (index < 0 || !this.#sender.isConnected) {
      tell(-1);
      return;
    }
    this.#sender.askStart(index, cancels);
    this.#questions.ask((ranUs) => {
      // It may have ended, or wait again after its process was lost.
      if (pending.index === WAITING) tell(-1);
      else if (this.#released.entryOf(pending.index) === pending) tell(ranUs < 0 ? -1 : this.now() - ranUs);
    });
  }

  /** The answer to the oldest question; its task may wait again by now. @param ranUs since the start of the task, −1 while it waits */
  answer(ranUs: number): void {
    this.#questions.answer(ranUs);
    this.rest.see();
  }

  /** What a task of a type takes. */
  learn(type: number, meanUs: number): void {
    this.#released.learn(type, meanUs);
  }

  /** Released tasks have ended: settles the promises of numbers. @returns the index of the first record that is another's, at most `to` */
  completeMany(words: Int32Array, numbers: Float64Array, from: number, to: number): number {
    let at = from;
    for (; at < to; at += RECORD_WORDS) {
      if (!isNumberOutcome(words, at)) break;
      const id = words[at + ID_WORD] ?? 0;
      const entry = this.#released.entryOf(id);
      const number = numbers[(at + NUMBER_WORD) >> 1];
      if (typeof entry === 'function') {
        this.#released.leave(id);
        entry(number);
      } else if (entry instanceof Group) {
        this.#released.leave(id);
        entry.put(this.#released.positionOf(id), number);
      } else break;
      this.counts.completed += 1;
    }
    return at;
  }

  /** A released task has ended. */
  complete(record: Readonly<ChannelRecord>, bytes: Buffer, offset: number): void {
    const { id } = record;
    const wasLost = isLoss(record);
    const repeatable = wasLost ? this.#released.repeatableOf(id) : undefined;
    const entry = this.#leave(id);
    if (entry === undefined) return;
    if (wasLost) {
      const worker = record.number % MAX_WORKERS;
      const cause = this.exits.get(worker);
      this.#lose(entry, repeatable, (attempts) => workerLost(this.#taskOf(id), worker, attempts, cause));
    } else {
      if (entry instanceof Pending) entry.control?.release();
      this.#settle(this.#taskOf(id), this.#released.settlerOf(entry, id), record, bytes, offset);
    }
  }

  /** All that has come for now was told: others may be released. */
  release(): void {
    for (let level = 0; level < LEVELS; ++level) {
      for (let job = this.backlog.peekAt(level); job !== undefined; job = this.backlog.peekAt(level)) {
        const { pending, worker, members } = job;
        if (!this.#sender.hasRoom(level, pending.task.type, worker)) break;
        if (members !== undefined) {
          this.backlog.take(job, this.#sender.sendMembers(members, level, members.numbers.length - pending.size));
          continue;
        }
        this.backlog.shift(job);
        this.#release(job);
      }
    }
    this.rest.see();
  }

  /** Ends what has not been released. @param from the most urgent priority of that */
  cancelWaiting(makeError: () => Error, from = CRITICAL, as: keyof Counts = 'cancelled'): void {
    for (const { pending, priority } of [...this.backlog]) {
      if (priority >= from && this.settleEarly(pending, makeError())) this.counts[as] += pending.size;
    }
  }

  /** Rejects what was released, and what a process that died gave back; nothing more will come. */
  abandon(makeError: () => Error): void {
    this.#sender.disconnect();
    this.cancelWaiting(makeError);
    for (const id of this.#released.ids()) {
      const entry = this.#leave(id);
      if (entry === undefined) continue;
      this.counts.cancelled += 1;
      rejectEntry(entry, makeError());
    }
    this.#questions.close();
    this.rest.see();
  }

  // Whether so many more tasks may be pending.
  #hasPlaces(priority: number, count: number): boolean {
    const { capacity, maxQueue } = this.#options;
    const slots = priority === CRITICAL ? capacity : ordinaryCapacity(capacity);
    return this.pendingCount + this.inFlight.endedCount + count <= slots + maxQueue;
  }

  #mayRelease(priority: number, type: number, worker = -1): boolean {
    return this.backlog.peekAt(priority) === undefined && this.#sender.hasRoom(priority, type, worker);
  }

  // Later: not before `publish`, and what is cancelled until then is never sent.
  #admit(job: Job, later = false): void {
    this.#keeps ||= later;
    this.counts.submitted += 1;
    this.rest.end();
    if (!later && this.#mayRelease(job.priority, job.pending.task.type, job.worker)) this.#release(job);
    else this.backlog.push(job);
  }

  // It was released, and its worker or its process is gone: it runs again if it may.
  #lose(entry: Entry, job: Job | undefined, makeError: (attempts: number) => Error): void {
    const losses = (job?.losses ?? 0) + 1;
    if (job !== undefined && losses <= this.#retriesOf(job.pending)) {
      this.backlog.putBack({ ...job, losses });
      return;
    }
    this.counts.lost += 1;
    rejectEntry(entry, makeError(losses));
  }

  #retriesOf({ retry }: Pending): number {
    return retry < 0 ? this.#options.retry : retry;
  }

  #release(job: Job): void {
    this.#sender.sendJob(job, this.#retriesOf(job.pending) > 0);
  }

  #settle(task: TaskType, settler: Settler, record: Readonly<ChannelRecord>, bytes: Buffer, offset: number): void {
    const { status, tag, number, length } = record;
    if (status === CANCELLED) {
      this.counts.cancelled += 1;
      settler.reject(closedError());
      return;
    }
    this.counts[status === DONE ? 'completed' : 'failed'] += 1;
    settleOutcome(task, settler, status === DONE, tag, number, bytes, offset, length, this.#options.payloadLimit);
  }

  // Returns who waits for the outcome.
  #leave(id: number): Entry | undefined {
    const entry = this.#released.leave(id);
    return entry instanceof Pending && entry.isSettled ? undefined : entry;
  }

  #taskOf(id: number): TaskType {
    const type = this.#released.typeOf(id);
    return this.#types[type] ?? { name: `type ${String(type)}`, type, kernel: false };
  }
}
