import { QUIET_WAITERS, SUBMITTER_BUSY } from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** Tells the host whether this thread has tasks pending: it waits until nobody has (scheduler/quiet.ts). */
export class BusyWord {
  readonly #i32: Int32Array<SharedArrayBuffer>;
  readonly #word: number;
  #isBusy = false;

  constructor({ i32, submitterBlock }: EngineInstance) {
    this.#i32 = i32;
    this.#word = submitterBlock + (SUBMITTER_BUSY >> 2);
  }

  set(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    Atomics.store(this.#i32, this.#word, 1);
  }

  /** Rings only for a host that waits: the bell is a lock of the whole process. */
  clear(): void {
    if (!this.#isBusy) return;
    this.#isBusy = false;
    Atomics.store(this.#i32, this.#word, 0);
    // Pairs with the host: it counts itself as a waiter, then looks at our word.
    if (Atomics.load(this.#i32, QUIET_WAITERS >> 2) !== 0) Atomics.notify(this.#i32, this.#word);
  }
}
