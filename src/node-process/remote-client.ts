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
import type { Placement } from '../numa/placement.ts';
import { Balance } from './balance.ts';
import { NodeTasks } from './node-tasks.ts';
import type { NodePlace } from './remote-node.ts';
import { RemoteKept } from './remote-kept.ts';

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
  /** Memory is short. */
  pressure: MemoryPressure | undefined;
  readonly #options: RemoteClientOptions;
  readonly #types: readonly TaskType[];
  readonly #placement: Placement;
  readonly #balance: Balance;
  /** Tasks wait for `publish`. */
  #keeps = false;
  #looksSoon = false;
  #refusal: (() => Error) | undefined;

  constructor(options: RemoteClientOptions) {
    const { tasks, now, capacity, retry, concurrency, payloadLimit, placement } = options;
    const types = [...tasks.values()];
    this.tasks = tasks;
    this.now = now;
    this.writer = new InputWriter(payloadLimit);
    const common = { types, counts: this.counts, now, capacity, retry, payloadLimit, placement };
    this.nodes = options.nodes.map(
      ({ workers, firstWorker }, index) =>
        new NodeTasks({ ...common, index, firstWorker, places: workers * concurrency }),
    );
    this.#options = options;
    this.#types = types;
    this.#placement = placement;
    this.#balance = new Balance(this.nodes, placement);
  }

  /** Submitted and not settled, or not ended. */
  get pendingCount(): number {
    let count = 0;
    for (const node of this.nodes) count += node.pendingCount;
    return count;
  }

  refusal(): Error | undefined {
    return this.#refusal?.();
  }

  pressed(priority: number): Error | undefined {
    return refusalBy(this.pressure, priority);
  }

  nodeIndex(id: number): number {
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

  submitMembers(group: Group, priority: number, numbers: readonly number[], from: number): number {
    const count = numbers.length - from;
    if (this.#options.retry > 0 || !this.#hasPlaces(priority, count)) return 0;
    let begin = from;
    for (const { index, share } of this.#shares(count)) {
      this.nodes[index]?.submitMembers(group, priority, numbers, begin, begin + share);
      this.#placement.assigned(index, share);
      begin += share;
    }
    return count;
  }

  singleOut(group: Group): void {
    for (const node of this.nodes) node.singleOut(group);
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
    const bytes = this.writer.detach();
    const { index, local } = worker < 0 ? this.#anyWorker(pending.preferred) : this.#workerAt(worker);
    this.#keeps ||= later;
    this.#placement.assigned(index, 1);
    this.nodes[index]?.submit({ pending, priority, tag, number, bytes, worker: local, losses: 0 }, later);
    if (pending.index === WAITING && !later) this.#lookSoon();
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
    const index = this.#placement.choose(-1);
    this.#placement.assigned(index, 1);
    this.nodes[index]?.submitKept(pending, argument, priority);
    return id;
  }

  releaseKept(id: TaskId): void {
    const pending = this.inFlight.release(id);
    if (pending !== undefined) this.nodes[pending.home]?.endKept(pending);
  }

  settleEarly(pending: Pending, error: Error): boolean {
    return this.nodes[pending.home]?.settleEarly(pending, error) === true;
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
    for (const node of this.nodes) node.cancelWaiting(makeError, from, as);
  }

  /** Rejects whatever is pending; nothing more will come. */
  abandon(makeError: () => Error): void {
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
    return this.#balance.evacuate(index, makeError);
  }

  // Whether so many more tasks may be pending.
  #hasPlaces(priority: number, count: number): boolean {
    const { capacity, maxQueue } = this.#options;
    const slots = priority === CRITICAL ? capacity : ordinaryCapacity(capacity);
    return this.pendingCount + this.inFlight.endedCount + count <= slots + maxQueue;
  }

  #anyWorker(preferred: number): { readonly index: number; readonly local: number } {
    return { index: this.#placement.choose(preferred), local: -1 };
  }

  #workerAt(worker: number): { readonly index: number; readonly local: number } {
    let local = worker;
    let index = 0;
    for (const { workers } of this.#options.nodes) {
      if (local < workers) break;
      local -= workers;
      index += 1;
    }
    return { index, local };
  }

  // A share for each node process that is there, by its places; few members stay together.
  #shares(count: number): { readonly index: number; readonly share: number }[] {
    const open = this.nodes.flatMap((node, index) => (node.isConnected ? [{ index, places: node.places }] : []));
    const places = open.reduce((sum, node) => sum + node.places, 0);
    if (open.length < 2 || count < places) return [{ index: this.#placement.choose(-1), share: count }];
    let placesLeft = places;
    let left = count;
    return open.map((node) => {
      const share = Math.round((left * node.places) / placesLeft);
      placesLeft -= node.places;
      left -= share;
      return { index: node.index, share };
    });
  }

  // Something waits: there may be processes that have nothing to do, and are told nothing.
  #lookSoon(): void {
    if (this.#looksSoon || this.nodes.length < 2) return;
    this.#looksSoon = true;
    queueMicrotask(() => {
      this.#looksSoon = false;
      this.#balance.look();
    });
  }
}
