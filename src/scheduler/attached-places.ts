import { THREAD_GONE, THREAD_RECOVERED } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** The submitter blocks of attached threads, as the host sees them. */
export class AttachedPlaces {
  readonly #engine: EngineInstance;
  readonly #first: number;
  readonly #end: number;
  /** Places whose owner is gone, though not all of its tasks have ended. */
  readonly #orphans = new Set<number>();

  /** @param first the first submitter that may belong to an attached thread */
  constructor(engine: EngineInstance, first: number, end: number) {
    this.#engine = engine;
    this.#first = first;
    this.#end = end;
  }

  /** Attached threads that sleep wake up and see what the host has told all of them: it is closed, memory is short. */
  ring(): void {
    const { i32 } = this.#engine;
    Atomics.add(i32, layout.HOST_RINGS >> 2, 1); // first: who is about to sleep sees that, or we see its bell
    for (const submitter of this.#places()) {
      const word = this.#word(submitter, layout.SUBMITTER_ARMED);
      Atomics.store(i32, word, 0);
      Atomics.notify(i32, word);
    }
  }

  /** A thread exited. What it had in flight runs, and nobody waits for it: its place is free when all of that has ended. */
  forget(threadId: number): void {
    this.#recover(threadId + 1);
  }

  #recover(owner: number): void {
    const { i32 } = this.#engine;
    for (const submitter of this.#places()) {
      const word = this.#word(submitter, layout.SUBMITTER_TAKEN);
      if (Atomics.load(i32, word) !== owner) continue;
      Atomics.store(i32, word, THREAD_RECOVERED);
      this.#leaveIfDone(submitter, this.#engine.exports.recoverAttached(submitter));
    }
  }

  /** Somebody called: a thread may have left with tasks in flight, and tasks of such may have ended. */
  look(): void {
    for (const submitter of this.#orphans) this.#leaveIfDone(submitter, this.#engine.exports.clearPlace(submitter));
    this.#recover(THREAD_GONE);
  }

  #leaveIfDone(submitter: number, outstanding: number): void {
    if (outstanding > 0) {
      this.#orphans.add(submitter);
      return;
    }
    this.#orphans.delete(submitter);
    Atomics.store(this.#engine.i32, this.#word(submitter, layout.SUBMITTER_TAKEN), 0);
  }

  #word(submitter: number, offset: number): number {
    const blocks = this.#engine.u32[layout.HEADER_SUBMITTER_BLOCKS >> 2] ?? 0;
    return (blocks + submitter * layout.SUBMITTER_BYTES + offset) >>> 2;
  }

  *#places(): IterableIterator<number> {
    for (let submitter = this.#first; submitter < this.#end; ++submitter) yield submitter;
  }
}
