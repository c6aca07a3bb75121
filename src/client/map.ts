import { bare } from '../base/given.ts';
import { type AbortListener, onAbort } from './abort-hub.ts';
import { Fifo } from './fifo.ts';
import type { Pending } from './pending.ts';
import { abortedError } from './refusal.ts';
import { checkMoreOptions, invalid, RUN_OPTIONS, type RunOptions } from './run-options.ts';

/** How `map` runs its tasks. */
export interface MapOptions extends RunOptions {
  /** Tasks in flight or waiting to be consumed, at most. @default 4 × workers */
  readonly concurrency?: number | undefined;
  /** Yields in the order of the items. @default true */
  readonly ordered?: boolean | undefined;
}

/** How a map runs its tasks, whatever their name. */
export interface MapRunner {
  /** Whether there is such a task and it can be run. @throws WorkStealingError */
  check(): void;
  /** Submits a task. @throws WorkStealingError when it cannot be submitted: then neither function is called */
  start(
    input: unknown,
    options: RunOptions,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): Pending;
  /** Rejects a task that has not settled. */
  cancel(pending: Pending, error: Error): void;
  /** Calls, at once or later, when none of those starts any more. */
  afterCancels(act: () => void): void;
}

const MAP_OPTIONS = [...RUN_OPTIONS, 'concurrency', 'ordered'];

type Step = IteratorResult<unknown>;

interface Request {
  resolve(step: Step): void;
  reject(error: unknown): void;
}

/**
 * A task for each item. The source is pulled only while fewer than `concurrency` results are in flight or not yet consumed.
 * The first failure, of a task or of the source, ends it; `return()` cancels what is in flight.
 *
 * Written out instead of an async generator: that and a signal for each task cost the host 5 µs a task.
 */
export class TaskMap implements AsyncIterableIterator<unknown> {
  readonly #runner: MapRunner;
  readonly #items: unknown;
  readonly #given: MapOptions;
  readonly #defaultConcurrency: number;
  #begun: Begun | undefined;
  #ended = false;

  constructor(runner: MapRunner, items: unknown, options: MapOptions, defaultConcurrency: number) {
    this.#runner = runner;
    this.#items = items;
    this.#given = options;
    this.#defaultConcurrency = defaultConcurrency;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    if (this.#ended) return Promise.resolve(done());
    try {
      this.#begun ??= this.#begin();
    } catch (error) {
      return this.throw(error);
    }
    return this.#begun.next();
  }

  /** Ends it. @returns `value`, awaited, as a generator does */
  async return(value?: unknown): Promise<Step> {
    this.#ended = true;
    const [ended] = await Promise.all([value, this.#begun?.close()]);
    return { done: true, value: ended };
  }

  async throw(error: unknown): Promise<Step> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #begin(): Begun {
    const options = checkMoreOptions(this.#given, MAP_OPTIONS) as MapOptions;
    this.#runner.check();
    const { concurrency = this.#defaultConcurrency, ordered = true, signal, ...limits } = options;
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw invalid('concurrency', 'a whole number of at least 1', concurrency);
    }
    if (typeof ordered !== 'boolean') throw invalid('ordered', 'true or false', ordered);
    return new Begun(this.#runner, iteratorOf(this.#items), bare(limits), signal, concurrency, ordered);
  }
}

/** One task in flight or one outcome not consumed yet; used again for another when that is done. */
class Place {
  pending: Pending | undefined;
  settled = false;
  failed = false;
  outcome: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;

  constructor(onSettled: (place: Place) => void) {
    const settle = (outcome: unknown, failed: boolean): void => {
      this.pending = undefined;
      this.settled = true;
      this.failed = failed;
      this.outcome = outcome;
      onSettled(this);
    };
    this.resolve = (value) => {
      settle(value, false);
    };
    this.reject = (error) => {
      settle(error, true);
    };
  }

  clear(): void {
    this.settled = false;
    this.outcome = undefined;
  }
}

/** A map that has pulled its source: pulls, submits, hands out. */
class Begun {
  readonly #runner: MapRunner;
  readonly #source: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #limits: RunOptions;
  readonly #signal: AbortSignal | undefined;
  readonly #concurrency: number;
  readonly #ordered: boolean;
  readonly #places: Place[] = [];
  readonly #free: Place[] = [];
  /** What is handed out next: in the order of the items, or of the completions. */
  readonly #line = new Fifo<Place>();
  /** Calls of `next` that wait. */
  readonly #requests = new Fifo<Request>();
  /** Items pulled and not handed out. */
  #outstanding = 0;
  #pulling = false;
  #exhausted = false;
  #sourceError: { readonly error: unknown } | undefined;
  #aborted = false;
  #listener: AbortListener | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    runner: MapRunner,
    source: Iterator<unknown> | AsyncIterator<unknown>,
    limits: RunOptions,
    signal: AbortSignal | undefined,
    concurrency: number,
    ordered: boolean,
  ) {
    this.#runner = runner;
    this.#source = source;
    this.#limits = limits;
    this.#signal = signal;
    this.#concurrency = concurrency;
    this.#ordered = ordered;
    if (signal?.aborted === true) this.#aborted = true;
    else if (signal !== undefined) this.#listener = onAbort(signal, this.#abort);
  }

  next(): Promise<Step> {
    if (this.#closing !== undefined) return Promise.resolve(done());
    this.#pull();
    const first = this.#line.peek();
    if (first?.settled === true && !first.failed && this.#requests.size === 0) {
      return Promise.resolve(this.#handOut(first));
    }
    return new Promise((resolve, reject) => {
      this.#requests.push({ resolve, reject });
      this.#serve();
    });
  }

  /** Cancels what is in flight and tells the source; one that is being pulled is not waited for, it may never answer. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    const closing = this.#end();
    this.#closing = closing;
    this.#listener?.off();
    this.#cancelAll();
    const answer = (): void => {
      for (let request = this.#requests.shift(); request !== undefined; request = this.#requests.shift()) {
        request.resolve(done());
      }
    };
    closing.then(answer, answer);
    return closing;
  }

  async #end(): Promise<void> {
    const exhausted = this.#exhausted;
    this.#exhausted = true;
    // A task may settle while the source itself submits one, and a running generator takes no return.
    await Promise.resolve();
    await new Promise<void>((resolve) => {
      this.#runner.afterCancels(resolve);
    });
    if (exhausted) return;
    const returned = Promise.resolve(this.#source.return?.());
    if (this.#pulling) returned.catch(() => undefined);
    else await returned;
  }

  readonly #abort = (): void => {
    this.#aborted = true;
    this.#cancelAll();
    this.#serve();
  };

  #cancelAll(): void {
    // The youngest first, more or less: when a running one ends, its worker takes the next at once.
    for (const { pending } of this.#places.toReversed()) {
      if (pending !== undefined) this.#cancel(pending);
    }
  }

  #cancel(pending: Pending): void {
    this.#runner.cancel(pending, abortedError('its signal', this.#signal?.reason));
  }

  // One puller at a time; it goes on while there is room, so that a slow source holds no result back.
  #pull(): void {
    while (!this.#pulling && !this.#exhausted && !this.#aborted && this.#outstanding < this.#concurrency) {
      this.#pulling = true;
      try {
        const step = this.#source.next();
        if (isPromise(step)) {
          step.then(this.#onStep, this.#onSourceError);
          return;
        }
        this.#pulling = false;
        this.#take(step);
      } catch (error) {
        this.#onSourceError(error);
      }
    }
  }

  readonly #onStep = (step: IteratorResult<unknown, unknown>): void => {
    this.#pulling = false;
    try {
      this.#take(step);
    } catch (error) {
      this.#onSourceError(error);
    }
    this.#serve();
    this.#pull();
  };

  readonly #onSourceError = (error: unknown): void => {
    this.#pulling = false;
    this.#exhausted = true;
    this.#sourceError = { error };
    this.#serve();
  };

  #take(step: IteratorResult<unknown, unknown>): void {
    if (step.done === true) {
      this.#exhausted = true;
      return;
    }
    if (this.#isOver()) return; // the source itself may have aborted it
    const input = step.value;
    const place = this.#free.pop() ?? this.#newPlace();
    this.#outstanding += 1;
    if (this.#ordered) this.#line.push(place);
    try {
      const pending = this.#runner.start(input, this.#limits, place.resolve, place.reject);
      if (!place.settled) place.pending = pending;
      if (this.#isOver()) this.#cancel(pending); // by a getter of the item
    } catch (error) {
      place.reject(error);
    }
  }

  #isOver(): boolean {
    return this.#aborted || this.#closing !== undefined;
  }

  #newPlace(): Place {
    const place = new Place(this.#onSettled);
    this.#places.push(place);
    return place;
  }

  readonly #onSettled = (place: Place): void => {
    if (this.#closing !== undefined) return;
    if (!this.#ordered) this.#line.push(place);
    this.#serve();
  };

  #serve(): void {
    while (this.#requests.size > 0 && this.#closing === undefined) {
      const first = this.#line.peek();
      if (first?.settled === true) {
        if (first.failed) this.#fail(first.outcome);
        else this.#requests.shift()?.resolve(this.#handOut(first));
      } else if (this.#outstanding === 0 && this.#sourceError !== undefined) {
        this.#fail(this.#sourceError.error);
      } else if (this.#outstanding === 0 && this.#exhausted) {
        void this.close();
      } else if (this.#outstanding === 0 && this.#aborted) {
        // Tasks in flight reject by themselves; a source that is waited for does not.
        this.#fail(abortedError('its signal', this.#signal?.reason));
      } else {
        return;
      }
    }
  }

  #handOut(place: Place): Step {
    const value = place.outcome;
    this.#line.shift();
    this.#outstanding -= 1;
    place.clear();
    this.#free.push(place);
    return { done: false, value };
  }

  #fail(error: unknown): void {
    const request = this.#requests.shift();
    this.close().then(
      () => request?.reject(error),
      (closeError: unknown) => request?.reject(closeError),
    );
  }
}

function done(): Step {
  return { done: true, value: undefined };
}

function iteratorOf(items: unknown): Iterator<unknown> | AsyncIterator<unknown> {
  const source = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  const iterator = source?.[Symbol.asyncIterator]?.() ?? source?.[Symbol.iterator]?.();
  if (iterator === undefined) throw invalid('items', 'an iterable or an async iterable', items);
  return iterator;
}

function isPromise<T>(step: T | Promise<T>): step is Promise<T> {
  return typeof (step as Partial<Promise<T>>).then === 'function';
}
