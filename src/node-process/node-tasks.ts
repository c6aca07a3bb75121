import { CRITICAL, LEVELS } from '../abi/codes.ts';
import { MAX_WORKERS } from '../abi/layout.ts';
import type { Counts } from '../client/counts.ts';
import { type Entry, pendingOf, rejectEntry } from '../client/entries.ts';
import { Group } from '../client/group.ts';
import { workerLost } from '../client/outcome.ts';
import { Pending, type Resolve } from '../client/pending.ts';
import type { TaskType } from '../client/task-type.ts';
import { WaitingQueues } from '../client/waiting.ts';
import type { Encoder } from '../codec/encode.ts';
import type { Placement } from '../numa/placement.ts';
import { JobPlacement } from './job-placement.ts';
import { Outcomes } from './outcomes.ts';
import type { Outbox } from './outbox.ts';
import { FLAG_IF_QUEUED, INLINE_MOST } from './protocol.ts';
import { type ChannelRecord, isLoss, type RecordBytes } from './record.ts';
import { Questions } from './questions.ts';
import { type Job, type Members, Released, startOf } from './released.ts';
import { Rest } from './rest.ts';
import { Sender } from './sender.ts';
import { Turns } from './turns.ts';

/** What the host knows of the scheduler in a node process. */
export interface NodeTasksOptions {
  /** Which of the node processes. */
  readonly index: number;
  /** The index of its first worker among all of the engine. */
  readonly firstWorker: number;
  /** By number. */
  readonly types: readonly TaskType[];
  readonly counts: Counts;
  readonly now: () => number;
  readonly capacity: number;
  /** How often a task may be run again if nothing else is said. */
  readonly retry: number;
  /** Tasks that the workers can run at once. */
  readonly places: number;
  readonly payloadLimit: number;
  readonly placement: Pick<Placement, 'assigned' | 'released' | 'putBack' | 'isLate' | 'load'>;
  /** Tasks that wait for any of the node processes. */
  readonly commons: WaitingQueues<Job>;
  /** Of all node processes. */
  readonly rest: Rest;
}

/**
 * The host's tasks for one node process. They wait here, and as many as the window lets out are released: they go over the channel
 * and may run from then on. docs/protocols/channel.md
 */
export class NodeTasks {
  /** Tasks that the workers can run at once. */
  readonly places: number;
  /** Tasks that wait on the host. */
  readonly backlog: WaitingQueues<Job>;
  /** Nothing is pending, and no question is open. */
  readonly rest: Rest;
  /** Why each worker exited the last time. */
  readonly exits = new Map<number, unknown>();
  /** Told when what waits here was released, as far as there is room: what waits for other processes may come. */
  onHungry: (() => void) | undefined;
  /** Told when a task that was recalled has come back. @returns false: nobody else takes it */
  onReturned: ((job: Job) => boolean) | undefined;
  /** Told when something that was here waits again. */
  onPutBack: (() => void) | undefined;
  readonly #options: NodeTasksOptions;
  readonly #counts: Counts;
  readonly #turns: Turns;
  readonly #released: Released;
  readonly #sender: Sender;
  readonly #outcomes: Outcomes;
  readonly #questions: Questions;

  constructor(options: NodeTasksOptions) {
    const { index, types, counts, places, capacity, placement, payloadLimit } = options;
    this.places = places;
    this.rest = new Rest(() => this.pendingCount === 0 && this.#questions.size === 0, options.rest);
    this.#options = options;
    this.#counts = counts;
    this.backlog = new WaitingQueues<Job>(index);
    this.#turns = new Turns(this.backlog, options.commons, new JobPlacement(index, placement));
    this.#released = new Released(places, types.length, capacity, index);
    this.#sender = new Sender(this.#released);
    this.#questions = new Questions(this.#sender, this.#released, options.now);
    this.#outcomes = new Outcomes(this.#released, counts, payloadLimit);
  }

  /** Submitted and not settled, or not ended. */
  get pendingCount(): number {
    return this.#released.count + this.backlog.size;
  }

  /** Tasks of a priority that were ever released. */
  releasedAt(priority: number): number {
    return this.#released.ever[priority] ?? 0;
  }

  /** How many more tasks it has than its workers run at once. */
  get excess(): number {
    return this.#released.count - this.places;
  }

  /** Released tasks that it has no more. */
  get endedCount(): number {
    return this.#released.ended;
  }

  get isConnected(): boolean {
    return this.#sender.isConnected;
  }

  connect(outbox: Outbox): void {
    this.#sender.connect(outbox, () => {
      this.release();
    });
    this.release();
  }

  /** The process will not do anything more: it is given nothing. */
  stop(): void {
    this.#sender.disconnect();
    this.#tellLoad();
  }

  /** The process is gone. What it had may have run and is lost; what was on its way waits again. */
  disconnect(makeError: (task: TaskType, attempts: number) => Error): void {
    this.#sender.disconnect();
    this.#tellLoad();
    for (const id of this.#released.ids().reverse()) {
      const unsent = this.#released.unsentOf(id);
      const repeatable = this.#released.repeatableOf(id);
      const task = this.#taskOf(id);
      const entry = this.#leave(id);
      if (entry === undefined) continue;
      if (unsent === undefined) this.#lose(entry, repeatable, (attempts) => makeError(task, attempts));
      else this.#putBack(unsent);
    }
    this.#questions.close();
    this.rest.see();
  }

  /** As of a TaskClient. */
  submitNumber(type: number, priority: number, value: number, entry: Pending | Resolve): boolean {
    if (this.#options.retry > 0 || !this.#mayRelease(priority, type)) return false;
    this.#sender.sendNumber(entry, priority, type, value);
    this.#submitted(1);
    return true;
  }

  /** Submits members of a group, from `from` on, as far as there is room. @returns how many */
  submitMembers(members: Members, priority: number, from: number): number {
    if (!this.#mayRelease(priority, members.group.task.type)) return 0;
    const released = this.#sender.sendMembers(members, priority, from);
    this.#submitted(released);
    return released;
  }

  singleOut(group: Group): void {
    this.#released.singleOut(group);
  }

  /** Submits a task for any worker whose input the encoder has prepared. @returns false when that cannot be written at once */
  submitEncoded(pending: Pending, priority: number, encoder: Encoder): boolean {
    if (encoder.length > INLINE_MOST || this.#retriesOf(pending) > 0) return false;
    if (!this.#mayRelease(priority, pending.task.type)) return false;
    this.#sender.sendEncoded(pending, priority, encoder);
    this.#submitted(1);
    return true;
  }

  /** Submits a task if there is room. @returns false when it must wait */
  submitNow(job: Job): boolean {
    if (!this.#mayRelease(job.priority, job.pending.task.type, job.worker)) return false;
    this.#release(job);
    this.#submitted(1);
    return true;
  }

  /** Submits tasks that wait for this process. */
  wait(job: Job): void {
    this.#counts.submitted += job.pending.size;
    this.adopt(job);
    this.#tellLoad();
  }

  /** Takes over a task that waited for another process. */
  adopt(job: Job): void {
    this.rest.end();
    this.backlog.push(job);
  }

  /** A task that waited here and was taken out will not run. */
  lose({ pending }: Job, error: Error): void {
    this.#counts.lost += pending.size;
    rejectEntry(pending, error);
  }

  /** Nobody wants the result of a task of `submitTask` that has not ended. */
  endKept(pending: Pending): void {
    if (this.backlog.drop(pending)) {
      this.#counts.cancelled += 1;
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
    if (waits) pending.reject(error);
    else this.#questions.cancel(pending, error);
    this.rest.see();
    return true;
  }

  /** Calls when every task that `settleEarly` was given has been rejected. */
  afterCancels(act: () => void): void {
    this.#questions.after(act);
  }

  /** As of a TaskClient. */
  askStart(pending: Pending, tell: (startedUs: number) => void, cancels: boolean): void {
    this.#questions.askStart(pending, tell, cancels);
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

  /** How many more tasks the process could take, all of one type. */
  room(priority: number, type: number): number {
    return this.#sender.room(priority, type);
  }

  /** How many tasks of one type its workers take at once. */
  grasp(type: number): number {
    return this.#released.grasp(type);
  }

  /** Released tasks have ended. @returns the index of the first record that `complete` must be told */
  completeMany(records: RecordBytes, from: number, to: number): number {
    return this.#outcomes.settleMany(records, from, to);
  }

  /** Asks for so many tasks, the youngest ones, as far as others may run them. */
  recall(most: number): void {
    for (const id of this.#released.recall(Math.min(most, this.excess))) this.#sender.recall(id);
  }

  /** A task that was recalled has not run, and is not there any more. */
  takeBack(record: Readonly<ChannelRecord>, bytes: Buffer, offset: number): void {
    const { id, length, level: priority, tag, number } = record;
    const losses = this.#released.repeatableOf(id)?.losses ?? 0;
    const entry = this.#leave(id);
    if (entry === undefined) return; // cancelled meanwhile
    const pending = pendingOf(entry, this.#taskOf(id), this.#released.positionOf(id));
    const input = Buffer.from(bytes.subarray(offset, offset + length));
    const job = this.#turns.returned({ pending, priority, tag, number, bytes: input, worker: -1, losses });
    if (this.onReturned?.(job) === true) return;
    this.backlog.putBack(job);
    this.onPutBack?.();
  }

  /** Whether the outcome of a task is to come. */
  expects(id: number): boolean {
    return this.#released.entryOf(id) !== undefined;
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
      this.#lose(entry, repeatable, (attempts) =>
        workerLost(this.#taskOf(id), this.#options.firstWorker + worker, attempts, cause),
      );
    } else {
      if (entry instanceof Pending) entry.control?.release();
      this.#outcomes.settle(this.#taskOf(id), this.#released.settlerOf(entry, id), record, bytes, offset);
    }
  }

  /** All that has come for now was told: others may be released. */
  release(): void {
    for (let level = 0; level < LEVELS; ++level) {
      while (this.#releaseNext(level));
    }
    this.#tellLoad();
    this.onHungry?.();
    this.rest.see();
  }

  /** Ends what has not been released. @param from the most urgent priority of that */
  cancelWaiting(makeError: () => Error, from = CRITICAL, as: keyof Counts = 'cancelled'): void {
    for (const { pending, priority } of [...this.backlog]) {
      if (priority >= from && this.settleEarly(pending, makeError())) this.#counts[as] += pending.size;
    }
  }

  /** Rejects what was released, and what a process that died gave back; nothing more will come. */
  abandon(makeError: () => Error): void {
    this.#sender.disconnect();
    this.cancelWaiting(makeError);
    for (const id of this.#released.ids()) {
      const entry = this.#leave(id);
      if (entry === undefined) continue;
      this.#counts.cancelled += 1;
      rejectEntry(entry, makeError());
    }
    this.#questions.close();
    this.rest.see();
  }

  // So many more were released.
  #submitted(count: number): void {
    this.#counts.submitted += count;
    this.rest.end();
    this.#tellLoad();
  }

  #tellLoad(): void {
    const { index, placement } = this.#options;
    placement.load(index, this.pendingCount, this.isConnected ? this.places : 0);
  }

  // Returns false when there is none, or no room.
  #releaseNext(level: number): boolean {
    const queue = this.#turns.next(level);
    const job = queue.peekAt(level);
    if (job === undefined || !this.#sender.hasRoom(level, job.pending.task.type, job.worker)) return false;
    this.rest.end();
    const { members } = job;
    const count = members === undefined ? 1 : this.#sender.sendMembers(members, level, startOf(job, members));
    if (members === undefined) {
      queue.shift(job);
      this.#release(job);
    } else {
      queue.take(job, count);
    }
    this.#turns.taken(queue, job, count);
    return true;
  }

  // It was here, and is to run again: before all others.
  #putBack(job: Job): void {
    this.#turns.putBack(job, this.#options.placement.isLate);
    this.onPutBack?.();
  }

  #mayRelease(priority: number, type: number, worker = -1): boolean {
    return !this.#turns.blocks(priority, worker >= 0) && this.#sender.hasRoom(priority, type, worker);
  }

  // It was released, and its worker or its process is gone: it runs again if it may.
  #lose(entry: Entry, job: Job | undefined, makeError: (attempts: number) => Error): void {
    const losses = (job?.losses ?? 0) + 1;
    if (job !== undefined && losses <= this.#retriesOf(job.pending)) {
      this.#putBack({ ...job, losses, sinceUs: undefined });
      return;
    }
    this.#counts.lost += 1;
    rejectEntry(entry, makeError(losses));
  }

  #retriesOf({ retry }: Pending): number {
    return retry < 0 ? this.#options.retry : retry;
  }

  #release(job: Job): void {
    this.#sender.sendJob(job, this.#retriesOf(job.pending) > 0);
  }

  // Returns who waits for the outcome.
  #leave(id: number): Entry | undefined {
    const entry = this.#released.leave(id);
    return entry instanceof Pending && entry.isSettled ? undefined : entry;
  }

  #taskOf(id: number): TaskType {
    const type = this.#released.typeOf(id);
    return this.#options.types[type] ?? { name: `type ${String(type)}`, type, kernel: false };
  }
}
