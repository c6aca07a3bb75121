import { offAbort, onAbort } from './abort-hub.ts';
import { abortedError } from './refusal.ts';
import { checkRunOptions, invalid, type RunOptions } from './run-options.ts';

/** How `map` runs its tasks. */
export interface MapOptions extends RunOptions {
  /** Tasks in flight or waiting to be consumed, at most. @default 4 × workers */
  readonly concurrency?: number | undefined;
  /** Yields in the order of the items. @default true */
  readonly ordered?: boolean | undefined;
}

type Run = (input: unknown, options: RunOptions) => Promise<unknown>;

/**
 * Runs a task for each item. The source is pulled only while fewer than `concurrency` results are in flight or not yet
 * consumed. The first failure, of a task or of the source, ends it; `return()` cancels what is in flight.
 */
export function mapTasks(
  run: Run,
  check: () => void,
  items: Iterable<unknown> | AsyncIterable<unknown>,
  options: MapOptions,
  defaultConcurrency: number,
): AsyncIterableIterator<unknown> {
  return iterate(() => {
    checkRunOptions(options, ['concurrency', 'ordered']);
    check();
    const { concurrency = defaultConcurrency, ordered = true, ...runOptions } = options;
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw invalid('concurrency', 'a whole number of at least 1', concurrency);
    }
    if (typeof ordered !== 'boolean') throw invalid('ordered', 'true or false', ordered);
    return new TaskMap(run, iteratorOf(items), runOptions, concurrency, ordered);
  });
}

// A generator queues return() behind a next() that waits: the tasks that one waits for are cancelled before.
function iterate(begin: () => TaskMap): AsyncIterableIterator<unknown> {
  let map: TaskMap | undefined;
  const results = generate(() => (map = begin()));
  const end = results.return.bind(results);
  results.return = (value) => {
    map?.stop();
    return end(value);
  };
  return results;
}

async function* generate(begin: () => TaskMap): AsyncGenerator<unknown, undefined> {
  const map = begin();
  try {
    for (let result = await map.next(); !result.done; result = await map.next()) yield result.value;
    return undefined;
  } finally {
    await map.close();
  }
}

function iteratorOf(items: unknown): Iterator<unknown> | AsyncIterator<unknown> {
  const source = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  const iterator = source?.[Symbol.asyncIterator]?.() ?? source?.[Symbol.iterator]?.();
  if (iterator === undefined) throw invalid('items', 'an iterable or an async iterable', items);
  return iterator;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** One run of `map`: pulls, submits, hands out. */
class TaskMap {
  readonly #run: Run;
  readonly #source: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #options: RunOptions;
  readonly #concurrency: number;
  readonly #ordered: boolean;
  readonly #abort = new AbortController();
  readonly #stopListening: () => void;
  /** Outcomes by place: of the item when ordered, of the completion when not. */
  readonly #outcomes = new Map<number, Outcome>();
  #nextPlace = 0;
  #placed = 0;
  #pulled = 0;
  #pulling = false;
  #exhausted = false;
  #closed = false;
  #sourceError: Outcome | undefined;
  #wake: (() => void) | undefined;

  constructor(
    run: Run,
    source: Iterator<unknown> | AsyncIterator<unknown>,
    options: RunOptions,
    concurrency: number,
    ordered: boolean,
  ) {
    this.#run = run;
    this.#source = source;
    this.#concurrency = concurrency;
    this.#ordered = ordered;
    const { signal } = options;
    const abort = (): void => {
      this.#abort.abort(signal?.reason);
      this.#signalChange();
    };
    if (signal?.aborted === true) abort();
    else if (signal !== undefined) onAbort(signal, abort);
    this.#stopListening = () => {
      if (signal !== undefined) offAbort(signal, abort);
    };
    this.#options = { ...options, signal: this.#abort.signal };
  }

  async next(): Promise<{ done: true } | { done: false; value: unknown }> {
    for (;;) {
      if (this.#closed) return { done: true };
      void this.#pull();
      const outcome = this.#outcomes.get(this.#nextPlace);
      if (outcome !== undefined) {
        this.#outcomes.delete(this.#nextPlace);
        this.#nextPlace += 1;
        if ('error' in outcome) throw outcome.error;
        return { done: false, value: outcome.value };
      }
      if (this.#exhausted && this.#nextPlace === this.#pulled) {
        if (this.#sourceError !== undefined && 'error' in this.#sourceError) throw this.#sourceError.error;
        return { done: true };
      }
      // Tasks in flight reject by themselves; a source that is waited for does not.
      if (this.#abort.signal.aborted && this.#nextPlace === this.#pulled) {
        throw abortedError('its signal', this.#abort.signal.reason);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Cancels what is in flight; `next` yields nothing more. */
  stop(): void {
    this.#closed = true;
    this.#stopListening();
    this.#abort.abort();
    this.#signalChange();
  }

  /** Stops, and tells the source; one that is being pulled is not waited for, it may never answer. */
  async close(): Promise<void> {
    this.stop();
    if (this.#exhausted) return;
    this.#exhausted = true;
    const returned = Promise.resolve(this.#source.return?.());
    if (this.#pulling) returned.catch(() => undefined);
    else await returned;
  }

  // One puller at a time; it goes on while there is room, so that a slow source holds no result back.
  async #pull(): Promise<void> {
    if (this.#pulling) return;
    this.#pulling = true;
    try {
      while (!this.#exhausted && this.#pulled - this.#nextPlace < this.#concurrency) {
        const step = this.#source.next();
        const result = (isPromise(step) ? await step : step) as IteratorResult<unknown, unknown>;
        if (this.#closed) return;
        if (result.done === true) this.#exhausted = true;
        else this.#start(result.value);
      }
    } catch (error) {
      this.#exhausted = true;
      this.#sourceError = { error };
    } finally {
      this.#pulling = false;
      this.#signalChange();
    }
  }

  #start(input: unknown): void {
    const place = this.#pulled;
    this.#pulled += 1;
    const settle = (outcome: Outcome): void => {
      this.#outcomes.set(this.#ordered ? place : this.#placed, outcome);
      this.#placed += 1;
      this.#signalChange();
    };
    this.#run(input, this.#options).then(
      (value) => {
        settle({ value });
      },
      (error: unknown) => {
        settle({ error });
      },
    );
  }

  #signalChange(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function isPromise<T>(step: T | Promise<T>): step is Promise<T> {
  return typeof (step as Partial<Promise<T>>).then === 'function';
}
