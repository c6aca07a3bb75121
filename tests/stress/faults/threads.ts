import type { Worker } from 'node:worker_threads';
import { nowMs } from './diary.ts';

/** The threads that this one has started since: each can be terminated, and when it exited is known. */
export class Threads {
  readonly #workers = new Map<number, Worker>();
  readonly #exits = new Map<number, number>();
  readonly #terminations = new Map<number, number>();
  #marks = 0;
  readonly #watch = (worker: Worker): void => {
    const { threadId } = worker;
    this.#workers.set(threadId, worker);
    worker.once('exit', () => {
      this.#workers.delete(threadId);
      this.#exits.set(threadId, nowMs());
    });
  };

  constructor() {
    process.on('worker', this.#watch);
  }

  /** Watches no further threads. */
  close(): void {
    process.off('worker', this.#watch);
  }

  /** A size that no other engine has: workers with it as their limit of old space are known by it, those that start too. */
  nextMark(mebibytes: number): number {
    this.#marks += 1;
    return mebibytes + this.#marks / 4096; // a fraction that a double holds exactly
  }

  /** Threads of the engine with this mark, in the order of their start. */
  marked(mark: number): readonly number[] {
    return [...this.#workers]
      .filter(([, { resourceLimits }]) => resourceLimits?.maxOldGenerationSizeMb === mark)
      .map(([threadId]) => threadId);
  }

  isAlive(threadId: number): boolean {
    return this.#workers.has(threadId);
  }

  /** When a thread was terminated by `terminate`, else when it exited. */
  endOf(threadId: number): number | undefined {
    return this.#terminations.get(threadId) ?? this.#exits.get(threadId);
  }

  /** @returns false when it is gone already */
  async terminate(threadId: number): Promise<boolean> {
    const worker = this.#workers.get(threadId);
    if (worker === undefined) return false;
    this.#terminations.set(threadId, nowMs());
    await worker.terminate();
    return true;
  }
}
