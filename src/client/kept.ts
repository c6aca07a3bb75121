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
   * @throws WorkStealingError ERR_STALE_TASK
   */
  indexOf(id: TaskId): number {
    const index = Number.isSafeInteger(id) ? slotOf(id) : -1; // parsed here: the border to untyped callers
    const state = this.#states[index] ?? NONE;
    if (state === PENDING || state === ENDED) {
      const generation = (id - index) / MAX_CAPACITY;
      if (this.#engine.exports.statusOfId(index, generation) !== STALE) return index;
    }
    throw new WorkStealingError(
      'ERR_STALE_TASK',
      `expected the id of a task that is neither awaited nor released, got ${typeof id === 'number' ? String(id) : typeof id}: each id is good for one wait() or release()`,
    );
  }

  stateOf(index: number): TaskState {
    return STATES.get(this.#engine.exports.statusAt(index)) ?? 'cancelled';
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
  forget(index: number): Settler | undefined {
    this.#states[index] = NONE;
    const waiter = this.#waiters.get(index);
    this.#waiters.delete(index);
    return waiter;
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
