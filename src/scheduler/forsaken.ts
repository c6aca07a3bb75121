import { NOBODY } from '../abi/codes.ts';
import { setTimeout } from '../base/timers.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** A kernel that was spawned by a task of a lost worker, and stolen, may run so much longer before its own worker is ended. */
const HOLDER_MS = 5000;
const FIRST_LOOK_MS = 1;
const LONGEST_PAUSE_MS = 32;

/** Kernels that workers had spawned which have ended: whoever has stolen one may use memory of its task, and is waited for. */
export class Forsaken {
  readonly #engine: EngineInstance;
  readonly #endWorker: (worker: number) => void;

  /** @param endWorker ends a worker that does not come back from such a kernel */
  constructor(engine: EngineInstance, endWorker: (worker: number) => void) {
    this.#engine = engine;
    this.#endWorker = endWorker;
  }

  /** @param then called at once if nobody runs any, as a rule */
  settle(worker: number, then: () => void): void {
    this.#look(worker, then, FIRST_LOOK_MS, HOLDER_MS);
  }

  /** When no worker is left. */
  settleAll(workers: readonly number[]): void {
    for (const worker of workers) this.#engine.exports.forsake(worker); // they know of each other only now
    for (const worker of workers) this.#engine.exports.forsake(worker);
  }

  #look(worker: number, then: () => void, pauseMs: number, leftMs: number): void {
    const holder = this.#engine.exports.forsake(worker);
    if (holder === NOBODY) {
      then();
      return;
    }
    if (leftMs <= 0 && holder >= 0) this.#endWorker(holder);
    const next = leftMs <= 0 && holder >= 0 ? HOLDER_MS : leftMs - pauseMs;
    setTimeout(() => {
      this.#look(worker, then, Math.min(2 * pauseMs, LONGEST_PAUSE_MS), next);
    }, pauseMs);
  }
}
