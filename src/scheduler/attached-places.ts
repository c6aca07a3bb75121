import * as layout from '../abi/layout.ts';
import type { SharedViews } from '../wasm/memory.ts';

/** The submitter blocks of attached threads, as the host sees them. */
export class AttachedPlaces {
  readonly #views: SharedViews;
  readonly #first: number;
  readonly #end: number;

  /** @param first the first submitter that may belong to an attached thread */
  constructor(views: SharedViews, first: number, end: number) {
    this.#views = views;
    this.#first = first;
    this.#end = end;
  }

  /** Attached threads that sleep wake up and see that the scheduler is closed. */
  ring(): void {
    const { i32 } = this.#views;
    for (const block of this.#blocks()) {
      const word = (block + layout.SUBMITTER_ARMED) >>> 2;
      Atomics.store(i32, word, 0);
      Atomics.notify(i32, word);
    }
  }

  /**
   * A thread exited. What it had in flight runs, and nobody waits for it; whoever gets the place next frees what comes in. Its
   * caches are dropped: it may have been terminated while it gave them back, so that they are in two places.
   */
  forget(threadId: number): void {
    const { i32 } = this.#views;
    for (const block of this.#blocks()) {
      const taken = (block + layout.SUBMITTER_TAKEN) >>> 2;
      const thread = (block + layout.SUBMITTER_THREAD) >>> 2;
      if (Atomics.load(i32, taken) === 0 || Atomics.load(i32, thread) !== threadId) continue;
      const caches = (block + layout.SUBMITTER_CACHES) >>> 2;
      i32.fill(0, caches, caches + ((layout.CLASSES * layout.CACHE_BYTES) >> 2));
      Atomics.store(i32, thread, 0);
      const busy = (block + layout.SUBMITTER_BUSY) >>> 2;
      Atomics.store(i32, busy, 0);
      Atomics.notify(i32, busy);
      Atomics.store(i32, taken, 0);
    }
  }

  *#blocks(): IterableIterator<number> {
    const blocks = this.#views.u32[layout.HEADER_SUBMITTER_BLOCKS >> 2] ?? 0;
    for (let submitter = this.#first; submitter < this.#end; ++submitter) {
      yield blocks + submitter * layout.SUBMITTER_BYTES;
    }
  }
}
