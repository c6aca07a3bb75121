import { CANCELLED, DONE, FAILED, QUEUED, RUNNING, STALE } from '../abi/codes.ts';
import { MAX_CAPACITY } from '../abi/layout.ts';
import { WorkStealingError } from '../base/errors.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import type { Settler } from './pending.ts';
import type { TaskId, TaskState } from './task-id.ts';

const NONE = 0;
/** Submitted, not ended yet. */
const PENDING = 1;
const ENDED = 2;
/** Released before it ended: its slot is freed when it does. */
const DROPPED = 3;

const STATES = new Map<number, TaskState>([
  [QUEUED, 'queued'],
  [RUNNING, 'running'],
  [DONE, 'done'],
  [FAILED, 'failed'],
  [CANCELLED, 'cancelled'],
]);

// The remainder of a division, in half the time of one.
function slotOf(id: number): number {
  return id - Math.floor(id / MAX_CAPACITY) * MAX_CAPACITY;
}

/** The tasks of `submitTask`: no promise and no allocation per task; their slots stay until they are released. */
export class KeptTasks {
  readonly #engine: EngineInstance;
  readonly #states: Uint8Array;
  readonly #waiters = new Map<number, Settler>();
  /** Ended by a close while nobody waited for them, and why. */
  readonly #lost = new Map<TaskId, () => Error>();

  constructor(engine: EngineInstance, capacity: number) {
    this.#engine = engine;
    this.#states = new Uint8Array(capacity);
  }

  /** A task was submitted. */
  add(id: TaskId): void {
    this.#states[slotOf(id)] = PENDING;
  }

  has(index: number): boolean {
    return (this.#states[index] ?? NONE) !== NONE;
  }

  /**
   * The slot of an id that this thread submitted and did not release.
   *
   * @throws WorkStealingError ERR_STALE_TASK; why the task was lost, once
   */
  indexOf(id: TaskId): number {
    const index = Number.isSafeInteger(id) ? slotOf(id) : -1; // parsed here: the border to untyped callers
    const state = this.#states[index] ?? NONE;
    if (state === PENDING || state === ENDED) {
      const generation = (id - index) / MAX_CAPACITY;
      if (this.#engine.exports.statusOfId(index, generation) !== STALE) return index;
    }
    const lost = this.#lost.get(id);
    this.#lost.delete(id);
    if (lost !== undefined) throw lost();
    throw new WorkStealingError(
      'ERR_STALE_TASK',
      `expected the id of a task that is neither awaited nor released, got ${typeof id === 'number' ? String(id) : typeof id}: each id is good for one wait() or release()`,
    );
  }

  /** @throws WorkStealingError ERR_STALE_TASK */
  stateOf(id: TaskId): TaskState {
    if (this.#lost.size > 0 && this.#lost.has(id)) return 'cancelled';
    return STATES.get(this.#engine.exports.statusAt(this.indexOf(id))) ?? 'cancelled';
  }

  isEnded(index: number): boolean {
    return this.#states[index] === ENDED;
  }

  /** Whoever waits for a task that has not ended. From here on its id is stale. */
  await(index: number, waiter: Settler): void {
    this.#states[index] = DROPPED;
    this.#waiters.set(index, waiter);
  }

  /** Gives up a task that has not ended. */
  drop(index: number): void {
    this.#states[index] = DROPPED;
  }

  /** A task ended. @returns its waiter, when its result goes now and its slot can be released; undefined when it stays */
  end(index: number): Settler | 'released' | undefined {
    if (this.#states[index] === PENDING) {
      this.#states[index] = ENDED;
      return undefined;
    }
    const waiter = this.#waiters.get(index);
    this.#waiters.delete(index);
    return waiter ?? 'released';
  }

  /** Frees the slot; it has ended and its payload is gone. */
  release(index: number): void {
    this.#states[index] = NONE;
    this.#engine.exports.release(index);
  }

  /** A queued task was cancelled: whoever pops it frees the slot. */
  forget(index: number): void {
    this.#states[index] = NONE;
  }

  /** The id of a slot; it may not be free yet. */
  idAt(index: number): TaskId {
    return this.#engine.exports.idOf(index) as TaskId;
  }

  /** A task will not end any more: whoever waits for it, or asks later, is told why. */
  lose(index: number, id: TaskId, makeError: () => Error): void {
    const waiter = this.#waiters.get(index);
    if (this.#states[index] === PENDING) this.#lost.set(id, makeError);
    this.#states[index] = NONE;
    this.#waiters.delete(index);
    waiter?.reject(makeError());
  }

  /** Gives up a lost task. @returns false when it is none */
  releaseLost(id: TaskId): boolean {
    return this.#lost.size > 0 && this.#lost.delete(id);
  }

  /** Slots of tasks that have ended and were neither awaited nor released. */
  *ended(): IterableIterator<number> {
    for (let index = 0; index < this.#states.length; ++index) if (this.#states[index] === ENDED) yield index;
  }

  /** Slots of tasks that have not ended. */
  *unended(): IterableIterator<number> {
    for (let index = 0; index < this.#states.length; ++index) {
      if (this.#states[index] === PENDING || this.#states[index] === DROPPED) yield index;
    }
  }
}
