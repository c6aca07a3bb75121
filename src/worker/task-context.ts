import type { RunOptions } from '../client/run-options.ts';

/** Which worker it is. */
export interface WorkerPlace {
  /** Within its scheduler. */
  readonly index: number;
  /** The index of the first one of its scheduler among all of the engine. */
  readonly firstWorker: number;
  /** Its NUMA node. */
  readonly node: number;
}

/** What a handler may ask of the worker that runs it. */
export interface ContextOwner {
  readonly place: WorkerPlace;
  isCancelRequested(slot: number): boolean;
  signalOf(context: TaskContext): AbortSignal;
  runNested(context: TaskContext, name: string, input: unknown, options: RunOptions | undefined): Promise<unknown>;
}

/** Second argument of every handler: the task it runs for. */
export class TaskContext {
  /** Slot of the task; −1 for a nested task that runs inline. @internal */
  readonly slot: number;
  /** Nested tasks it waits for. @internal */
  nested = 0;
  readonly #owner: ContextOwner;
  #ended = false;

  /** @internal */
  constructor(owner: ContextOwner, slot: number) {
    this.#owner = owner;
    this.slot = slot;
  }

  /** Whether the task was asked to stop; may be read in a synchronous loop. */
  get cancelled(): boolean {
    return !this.#ended && this.#owner.isCancelRequested(this.slot);
  }

  /** Aborts when the task is asked to stop and the event loop gets a turn; never if it is first read after the handler ended. */
  get signal(): AbortSignal {
    return this.#ended ? new AbortController().signal : this.#owner.signalOf(this);
  }

  /** NUMA node of the worker. */
  get node(): number {
    return this.#owner.place.node;
  }

  /** Index of the worker, 0 … workers − 1. */
  get workerIndex(): number {
    const { firstWorker, index } = this.#owner.place;
    return firstWorker + index;
  }

  /**
   * Runs a nested task. While the handler awaits it, its place is lent to nested tasks, so that nothing deadlocks.
   *
   * @returns its result; rejects as `engine.run` does. Its limits hold while this worker is blocked, too, even by the nested task,
   * which then ends this worker and its other tasks. Only where no slot was free does it run as a part of the outer task, which
   * the limits of that one end.
   */
  run(name: string, input?: unknown, options?: RunOptions): Promise<unknown> {
    return this.#owner.runNested(this, name, input, options);
  }

  /** Whether it has a place among the worker's handlers: it runs, and not inline on top of another. @internal */
  get holdsPlace(): boolean {
    return !this.#ended && this.slot >= 0;
  }

  /** The slot belongs to another task from here on. @internal */
  end(): void {
    this.#ended = true;
  }
}
