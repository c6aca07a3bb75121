import { clearTimeout, setTimeout } from '../base/timers.ts';
import type { SharedRange } from '../codec/shared-range.ts';
import { type AbortListener, onAbort } from './abort-hub.ts';
import { KILL_GRACE_MS } from './run-options.ts';
import type { TaskType } from './task-type.ts';

/** Who gets the outcome of a task. */
export interface Settler {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A task of which nothing but its promise is known: that promise's first function. */
export type Resolve = (value: unknown) => void;

/** Rejects a promise by the only function that is known of it: it takes over what became of another one. */
export function rejectBy(resolve: Resolve, error: unknown): void {
  resolve(Promise.reject(error instanceof Error ? error : new Error(String(error))));
}

/** In no slot: not submitted yet, taken out of the queue, or run on top of the task that asked for it. */
export const NOWHERE = -1;
/** In the queue of those that wait on this thread. */
export const WAITING = -2;

/** A task between `run` and its settlement, as its submitter knows it; the two functions are those of its promise. */
export class Pending implements Settler {
  readonly task: TaskType;
  readonly resolve: Resolve;
  readonly reject: (error: unknown) => void;
  /** Slot, or where else it is. */
  index = NOWHERE;
  /** Which of several clients has that slot, or the queue it waits in. */
  home = 0;
  /** The one that shall run it, −1 for any. */
  preferred = -1;
  control: Control | undefined = undefined;
  /** How many tasks it stands for: members of a group that wait together. */
  size = 1;
  /** How long it has to stop when it runs and is asked to. */
  killGraceMs = KILL_GRACE_MS;
  /** How often it may be run again after its worker was lost; −1: as the engine says. */
  retry = -1;
  /** Memory that it has until its slot comes back. */
  shared: SharedRange | undefined = undefined;

  readonly #isPlain: boolean;

  /** @param isPlain the two functions are those of one promise, which alone wants to know */
  constructor(task: TaskType, resolve: Resolve, reject: (error: unknown) => void, isPlain = false) {
    this.task = task;
    this.resolve = resolve;
    this.reject = reject;
    this.#isPlain = isPlain;
  }

  /** What has to be known while it has a slot: a waiting promise needs no more than its first function. */
  get entry(): Pending | Resolve {
    return this.#isPlain && this.control === undefined && this.shared === undefined ? this.resolve : this;
  }

  /** What stands in for a task whose promise has been rejected already: its slot still comes back, and only then its memory. */
  static settled(task: TaskType, shared?: SharedRange): Pending {
    const standIn = new Pending(task, toNobody, toNobody);
    standIn.shared = shared;
    return standIn;
  }

  get isSettled(): boolean {
    return this.resolve === toNobody;
  }

  /** Takes memory along, if there is some. @throws WorkStealingError ERR_BUFFER_FREED */
  borrow(shared: SharedRange | undefined): void {
    shared?.block.borrow();
    this.shared = shared;
  }

  /** It runs no more, or will not: the memory may be freed. */
  giveBack(): void {
    this.shared?.block.giveBack();
    this.shared = undefined;
  }
}

function toNobody(): void {
  // The promise has been rejected already.
}

const NO_TIMERS: readonly NodeJS.Timeout[] = [];

/** What can end a task before it ends by itself: a signal and two timers. */
export class Control {
  /** It waits longer than its `timeoutMs`, which begins when it starts. */
  unstarted: { off(): void } | undefined;
  /** From its start. */
  readonly timeoutMs: number;
  readonly #listener: AbortListener | undefined;
  #timers: readonly NodeJS.Timeout[] = NO_TIMERS;

  /** @param timeoutMs Infinity: none */
  constructor(signal: AbortSignal | undefined, abort: () => void, timeoutMs = Infinity) {
    this.timeoutMs = timeoutMs;
    this.#listener = signal === undefined ? undefined : onAbort(signal, abort);
  }

  after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      action();
    }, ms);
    this.#timers = [...this.#timers, timer];
  }

  /** The task has settled. */
  release(): void {
    this.#listener?.off();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = NO_TIMERS;
    this.unstarted?.off();
  }
}
