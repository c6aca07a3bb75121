import { Pending, type Settler } from './pending.ts';
import type { TaskType } from './task-type.ts';

/**
 * Settles one promise with the results of many tasks of one type, in their order; the first failure rejects it. A member without
 * options may be known by its position alone: it costs neither an object nor a closure. Any other one has a `Pending`.
 */
export class Group {
  readonly task: TaskType;
  /** The slot that each member got when it was known by its position. */
  readonly slots: Int32Array;
  /** Of the other members, those that have settled as well. */
  readonly pendings: Pending[] = [];
  /** The promise rejects, now or when the others have been cancelled. */
  failed = false;
  readonly #results: unknown[];
  #missing: number;
  readonly #promise: Settler;
  readonly #cancelRest: (cancelled: () => void) => void;
  readonly #fail = (error: unknown): void => {
    this.fail(error);
  };

  /** @param cancelRest calls when none of the others starts any more */
  constructor(task: TaskType, size: number, promise: Settler, cancelRest: (cancelled: () => void) => void) {
    this.task = task;
    this.slots = new Int32Array(size);
    this.#results = new Array<unknown>(size);
    this.#missing = size;
    this.#promise = promise;
    this.#cancelRest = cancelRest;
  }

  /** The result that stands at `position`. */
  put(position: number, value: unknown): void {
    this.#results[position] = value;
    this.#missing -= 1;
    if (this.#missing === 0) this.#promise.resolve(this.#results);
  }

  /** A member has failed. */
  fail(error: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.#cancelRest(() => {
      this.#promise.reject(error);
    });
  }

  /** Who gets the outcome of the member whose result stands at `position`. */
  settlerAt(position: number): Settler {
    return {
      resolve: (value) => {
        this.put(position, value);
      },
      reject: this.#fail,
    };
  }

  /** `count` members from `position` on, which wait together: more is known of none. */
  range(position: number, count: number): Pending {
    const pending = this.member(position);
    pending.size = count;
    return pending;
  }

  /** The member whose result stands at `position`, as one of which more is known. */
  member(position: number): Pending {
    const put = (value: unknown): void => {
      this.put(position, value);
    };
    const pending = new Pending(this.task, put, this.#fail);
    this.pendings.push(pending);
    return pending;
  }
}
