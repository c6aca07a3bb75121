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

async function* iterate(begin: () => TaskMap): AsyncGenerator<unknown, undefined> {
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
    const onAbort = (): void => {
      this.#abort.abort(signal?.reason);
    };
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#stopListening = () => {
      signal?.removeEventListener('abort', onAbort);
    };
    this.#options = { ...options, signal: this.#abort.signal };
  }

  async next(): Promise<{ done: true } | { done: false; value: unknown }> {
    for (;;) {
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
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Cancels what is in flight and tells the source. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#closed = true;
    this.#abort.abort();
    if (this.#exhausted) return;
    this.#exhausted = true;
    await this.#source.return?.();
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
