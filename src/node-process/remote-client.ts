import { CRITICAL } from '../abi/codes.ts';
import { queueMicrotask } from '../base/timers.ts';
import { type Counts, noCounts } from '../client/counts.ts';
import type { Group } from '../client/group.ts';
import { InputWriter } from '../client/input-writer.ts';
import { nodeUnavailable } from '../client/node-preference.ts';
import { type Pending, type Resolve, WAITING } from '../client/pending.ts';
import { type MemoryPressure, refusalBy } from '../client/pressure.ts';
import { queueFull, slotsFull } from '../client/refusal.ts';
import { ordinaryCapacity } from '../client/reserve.ts';
import type { TaskClient } from '../client/task-client.ts';
import type { TaskId } from '../client/task-id.ts';
import type { TaskTable, TaskType } from '../client/task-type.ts';
import { type WaitRecorder, WaitingQueues } from '../client/waiting.ts';
import type { Placement } from '../numa/placement.ts';
import { Balance } from './balance.ts';
import { PackPool } from './pack-pool.ts';
import { NodeTasks } from './node-tasks.ts';
import { type Job, type Members, plainJob, tailOf } from './released.ts';
import type { NodePlace } from './node-place.ts';
import { RemoteKept } from './remote-kept.ts';
import { Rest } from './rest.ts';
import { sharesOf } from './shares.ts';

/** What the host knows of the schedulers in its node processes. */
export interface RemoteClientOptions {
  readonly tasks: TaskTable;
  readonly now: () => number;
  /** Tasks that may be pending in all, and wait beyond that. */
  readonly capacity: number;
  readonly maxQueue: number;
  /** How often a task may be run again if nothing else is said. */
  readonly retry: number;
  /** Handlers in flight per worker. */
  readonly concurrency: number;
  readonly payloadLimit: number;
  readonly nodes: readonly NodePlace[];
  readonly placement: Placement;
}

/**
 * The host's door to schedulers in other processes: each task is placed on one of them, and moved as long as it waits here if
 * another one has nothing to do. docs/protocols/channel.md, docs/numa.md
 */
export class RemoteClient implements TaskClient {
  readonly tasks: TaskTable;
  readonly now: () => number;
  readonly counts: Counts = noCounts();
  readonly writer: InputWriter;
  readonly inFlight = new RemoteKept();
  /** By index. */
  readonly nodes: readonly NodeTasks[];
  /** Nothing is pending. */
  readonly rest = new Rest(() => this.pendingCount === 0);
  /** What a node means where one process uses all of them. @throws NumaError ERR_NODE_UNAVAILABLE */
  anyNode: ((id: number) => number) | undefined;
  /** Memory is short. */
  pressure: MemoryPressure | undefined;
  readonly #options: RemoteClientOptions;
  readonly #types: readonly TaskType[];
  readonly #placement: Placement;
  readonly #balance: Balance;
  /** Tasks that wait for any of the node processes. */
  readonly #commons: WaitingQueues<Job>;
  /** Tasks wait for `publish`. */
  #keeps = false;
  #looksSoon = false;
  readonly #packs = new PackPool();
  /** Why a node process will not come again, by index. */
  readonly #gone = new Map<number, () => Error>();
  #refusal: (() => Error) | undefined;

  constructor(options: RemoteClientOptions) {
    const { tasks, now, capacity, retry, concurrency, payloadLimit, placement } = options;
    const types = [...tasks.values()];
    this.tasks = tasks;
    this.now = now;
    this.writer = new InputWriter(payloadLimit);
    this.#commons = new WaitingQueues<Job>(options.nodes.length);
    const shared = { counts: this.counts, commons: this.#commons, rest: this.rest, placement };
    const common = { ...shared, types, now, capacity, retry, payloadLimit };
    this.nodes = options.nodes.map(
      ({ workers, firstWorker }, index) =>
        new NodeTasks({ ...common, index, firstWorker, places: workers * concurrency }),
    );
    this.#options = options;
    this.#types = types;
    this.#placement = placement;
    this.#balance = new Balance(this.nodes, placement);
    for (const node of this.nodes) {
      node.onPutBack = () => {
        this.#lookSoon();
      };
    }
  }

  /** Submitted and not settled, or not ended. */
  get pendingCount(): number {
    let count = this.#commons.size;
    for (const node of this.nodes) count += node.pendingCount;
    return count;
  }

  /** Tasks of a priority that wait here. */
  waitingAt(priority: number): number {
    return this.nodes.reduce(
      (count, { backlog }) => count + backlog.countAt(priority),
      this.#commons.countAt(priority),
    );
  }

  /** Tasks of a priority that were ever released. */
  releasedAt(priority: number): number {
    return this.nodes.reduce((count, node) => count + node.releasedAt(priority), 0);
  }

  /** Whoever wants to know how long tasks wait here. */
  set recorder(recorder: WaitRecorder) {
    this.#commons.recorder = recorder;
    for (const { backlog } of this.nodes) backlog.recorder = recorder;
  }

  /** The task of a priority that has waited longest, as far as that is recorded. */
  oldestAt(priority: number): object | undefined {
    let oldest = this.#commons.peekAt(priority);
    for (const { backlog } of this.nodes) {
      const first = backlog.peekAt(priority);
      if ((first?.sinceUs ?? Infinity) < (oldest?.sinceUs ?? Infinity)) oldest = first;
    }
    return oldest;
  }

  refusal(): Error | undefined {
    return this.#refusal?.();
  }

  pressed(priority: number): Error | undefined {
    return refusalBy(this.pressure, priority);
  }

  nodeIndex(id: number): number {
    if (this.anyNode !== undefined) return this.anyNode(id);
    const index = this.#options.nodes.findIndex((node) => node.id === id);
    if (index >= 0) return index;
    throw nodeUnavailable(
      id,
      this.#options.nodes.map((node) => node.id),
    );
  }

  /** Nothing is accepted from here on. */
  refuse(reason: () => Error): void {
    this.#refusal = reason;
  }

  submitNumber(type: number, priority: number, value: number, entry: Pending | Resolve): boolean {
    if (this.#options.retry > 0) return false;
    const index = this.#placement.choose(-1);
    if (this.nodes[index]?.submitNumber(type, priority, value, entry) !== true) return false;
    this.#placement.assigned(index, 1);
    return true;
  }

  submitMembers(group: Group, priority: number, inputs: readonly unknown[], from: number): number {
    if (this.#options.retry > 0) return 0;
    const numbers = countNumbers(inputs, from);
    if (numbers === 0) return this.#submitPacked(group, priority, inputs, from);
    if (!this.#hasPlaces(priority, numbers)) return 0;
    this.#submitInputs(group, inputs, priority, from, numbers);
    return numbers;
  }

  singleOut(group: Group): void {
    for (const node of this.nodes) node.singleOut(group);
  }

  makeRoom(): void {
    // Outcomes come with the event loop only.
  }

  submitPrepared(pending: Pending, priority: number, worker: number, later = false): void {
    const refused = this.#refusalOf(priority, 1);
    if (refused !== undefined) {
      this.writer.encoder.discard();
      throw refused;
    }
    if (worker >= 0) {
      this.#submitTo(worker, this.#jobOf(pending, priority));
      return;
    }
    const index = this.#placement.choose(pending.preferred);
    const isSent = !later && this.nodes[index]?.submitEncoded(pending, priority, this.writer.encoder) === true;
    if (isSent) this.#placement.assigned(index, 1);
    else this.#submit(this.#jobOf(pending, priority), index, later);
  }

  publish(): void {
    if (!this.#keeps) return;
    this.#keeps = false;
    for (const node of this.nodes) node.release();
    this.#lookSoon();
  }

  submitKept(type: number, argument: number, priority: number): TaskId {
    const { capacity } = this.#options;
    const task = this.#types[type];
    if (task === undefined || this.pendingCount + this.inFlight.endedCount >= capacity) throw slotsFull(capacity);
    const { id, pending } = this.inFlight.add(task);
    if (!this.submitNumber(type, priority, argument, pending)) {
      this.#submit(plainJob(pending, priority, argument), this.#placement.choose(-1), false);
    }
    return id;
  }

  releaseKept(id: TaskId): void {
    const pending = this.inFlight.release(id);
    if (pending === undefined) return;
    if (this.#dropCommon(pending)) this.counts.cancelled += 1;
    else this.nodes[pending.home]?.endKept(pending);
  }

  settleEarly(pending: Pending, error: Error): boolean {
    if (!this.#dropCommon(pending)) return this.nodes[pending.home]?.settleEarly(pending, error) === true;
    pending.control?.release();
    pending.reject(error);
    return true;
  }

  afterCancels(act: () => void): void {
    let left = this.nodes.length;
    const see = (): void => {
      left -= 1;
      if (left === 0) act();
    };
    for (const node of this.nodes) node.afterCancels(see);
  }

  askStart(pending: Pending, tell: (startedUs: number) => void, cancels: boolean): void {
    const node = this.nodes[pending.home];
    if (node === undefined) tell(-1);
    else node.askStart(pending, tell, cancels);
  }

  /** Ends what has not been released. @param from the most urgent priority of that */
  cancelWaiting(makeError: () => Error, from = CRITICAL, as: keyof Counts = 'cancelled'): void {
    for (const { pending, priority } of [...this.#commons]) {
      if (priority >= from && this.settleEarly(pending, makeError())) this.counts[as] += pending.size;
    }
    for (const node of this.nodes) node.cancelWaiting(makeError, from, as);
  }

  /** Rejects whatever is pending; nothing more will come. */
  abandon(makeError: () => Error): void {
    this.cancelWaiting(makeError);
    for (const node of this.nodes) node.abandon(makeError);
  }

  /**
   * A node process will not come again: what waits for it goes to others.
   *
   * @param makeError for tasks that only one of its workers may run
   * @returns false when there is no other one
   */
  evacuate(index: number, makeError: () => Error): boolean {
    this.#placement.close(index);
    this.#gone.set(index, makeError);
    return this.#balance.evacuate(index, makeError);
  }

  // Whether so many more tasks may be pending.
  #hasPlaces(priority: number, count: number): boolean {
    const { capacity, maxQueue } = this.#options;
    const slots = priority === CRITICAL ? capacity : ordinaryCapacity(capacity);
    return this.pendingCount + this.inFlight.endedCount + count <= slots + maxQueue;
  }

  #refusalOf(priority: number, count: number): Error | undefined {
    if (this.#hasPlaces(priority, count)) return undefined;
    return queueFull(this.#options.capacity, this.#options.maxQueue);
  }

  // One that only a certain worker may run, by its index among all.
  #submitTo(worker: number, job: Job): void {
    let local = worker;
    let index = 0;
    for (const { workers } of this.#options.nodes) {
      if (local < workers) break;
      local -= workers;
      index += 1;
    }
    const gone = this.#gone.get(index);
    if (gone !== undefined) throw gone();
    const node = this.nodes[index];
    const own = { ...job, worker: local };
    if (node?.submitNow(own) === false) node.wait(own);
  }

  // Of what the writer has prepared.
  #jobOf(pending: Pending, priority: number): Job {
    const { tag, number } = this.writer.encoder;
    return { pending, priority, tag, number, bytes: this.writer.detach(), worker: -1, losses: 0 };
  }

  // Later: not before `publish`, and what is cancelled until then is never sent.
  #submit(job: Job, index: number, later: boolean): void {
    const { preferred } = job.pending;
    const node = this.nodes[index];
    if (node === undefined) return;
    this.#keeps ||= later;
    if (!later && node.submitNow(job)) this.#placement.assigned(index, 1);
    else if (preferred < 0 && this.#placement.isLate) {
      this.#placement.assigned(index, 0);
      this.#waitForAny(job);
    } else {
      this.#placement.assigned(index, 1);
      this.#placement.waits(1);
      node.wait(job);
    }
    if (!later && job.pending.index === WAITING) this.#lookSoon();
  }

  // Returns how many; whoever closes the engine or throws in a getter of an input submits none.
  #submitPacked(group: Group, priority: number, inputs: readonly unknown[], from: number): number {
    const packed = this.#packs.take(); // a getter may submit others
    packed.pack(this.writer, group.task, priority, inputs, from);
    const { count, hasMore } = packed;
    const refused = this.refusal() ?? this.#refusalOf(priority, count);
    if (refused !== undefined) {
      this.writer.encoder.discard();
      throw refused;
    }
    if (count > 0) this.#submitInputs(group, packed, priority, from, count);
    this.#packs.giveBack(packed);
    if (!hasMore) return count;
    this.submitPrepared(group.member(from + count), priority, -1, true);
    return count + 1;
  }

  #submitInputs(group: Group, inputs: Members['inputs'], priority: number, from: number, count: number): void {
    let begin = from;
    const shares = sharesOf(this.nodes, count);
    if (shares.length === 0) shares.push({ index: this.#placement.choose(-1), share: count });
    for (const { index, share } of shares) {
      this.#submitShare({ group, inputs, end: begin + share }, priority, begin, index);
      begin += share;
    }
  }

  #submitShare(members: Members, priority: number, from: number, index: number): void {
    const node = this.nodes[index];
    if (node === undefined) return;
    const released = node.submitMembers(members, priority, from);
    const left = members.end - from - released;
    this.#placement.assigned(index, this.#placement.isLate ? released : released + left);
    if (left === 0) return;
    const pending = members.group.range(from + released, left);
    const job = plainJob(pending, priority, 0, tailOf(members, from + released));
    if (this.#placement.isLate) {
      this.#waitForAny(job);
    } else {
      this.#placement.waits(left);
      node.wait(job);
    }
    this.#lookSoon();
  }

  #waitForAny(job: Job): void {
    this.counts.submitted += job.pending.size;
    this.rest.end();
    this.#commons.push(job);
  }

  // Returns false when it does not wait for any process.
  #dropCommon(pending: Pending): boolean {
    if (pending.home !== this.nodes.length || !this.#commons.drop(pending)) return false;
    this.rest.see();
    return true;
  }

  // Something waits: there may be processes that have nothing to do, and are told nothing.
  #lookSoon(): void {
    if (this.#looksSoon || this.nodes.length < 2) return;
    this.#looksSoon = true;
    queueMicrotask(() => {
      this.#looksSoon = false;
      for (const node of this.nodes) if (node.isConnected) node.release();
      this.#balance.look();
    });
  }
}

// From a position on.
function countNumbers(inputs: readonly unknown[], from: number): number {
  let end = from;
  while (typeof inputs[end] === 'number') ++end;
  return end - from;
}
