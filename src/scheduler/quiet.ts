import * as layout from '../abi/layout.ts';
import type { Client } from '../client/client.ts';

/** Waits until no submitter has anything pending: the host, nested tasks of the workers, attached threads. */
export class Quiet {
  readonly #client: Client;
  readonly #submitters: number;
  readonly #nextIdle: (() => Promise<void>) | undefined;
  #waiters: (() => void)[] = [];
  #over = false;

  /** @param nextIdle when all submitters are on this thread: resolves the next time that none of them moves */
  constructor(client: Client, submitters: number, nextIdle?: () => Promise<void>) {
    this.#client = client;
    this.#submitters = submitters;
    this.#nextIdle = nextIdle;
  }

  /** The host has nothing pending any more. */
  hostIsIdle(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /** The scheduler has closed: nothing will end any more that has not, and whoever waits goes on. */
  end(): void {
    this.#over = true;
    this.hostIsIdle();
    for (const word of this.#busyWords()) Atomics.notify(this.#client.engine.i32, word);
  }

  /** Resolves at a moment at which nothing was queued or running. Somebody must hold the event loop. */
  async wait(): Promise<void> {
    const { i32 } = this.#client.engine;
    Atomics.add(i32, layout.QUIET_WAITERS >> 2, 1); // before any look at a busy word: who clears one looks here then
    try {
      while (!this.#over) {
        await this.#hostIdle();
        const busy = this.#firstBusy();
        if (busy < 0) return;
        if (this.#nextIdle === undefined) await Atomics.waitAsync(i32, busy, 1).value;
        else await this.#nextIdle();
      }
    } finally {
      Atomics.sub(i32, layout.QUIET_WAITERS >> 2, 1);
    }
  }

  async #hostIdle(): Promise<void> {
    while (this.#client.pending && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve);
      });
    }
  }

  // The word of a submitter that has something pending, −1 when none has.
  #firstBusy(): number {
    const { i32 } = this.#client.engine;
    for (const word of this.#busyWords()) if (Atomics.load(i32, word) === 1) return word;
    return -1;
  }

  *#busyWords(): IterableIterator<number> {
    const blocks = this.#client.engine.u32[layout.HEADER_SUBMITTER_BLOCKS >> 2] ?? 0;
    for (let submitter = 0; submitter < this.#submitters; ++submitter) {
      yield (blocks + submitter * layout.SUBMITTER_BYTES + layout.SUBMITTER_BUSY) >>> 2;
    }
  }
}
