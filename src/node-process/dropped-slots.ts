import { requestCancel } from '../client/cancel.ts';
import { clearTimeout, setTimeout } from '../base/timers.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** Slots of tasks that run though nobody waits for their outcomes: each has a time to stop, then its worker is ended. */
export class DroppedSlots {
  readonly #engine: EngineInstance;
  readonly #timers = new Map<number, NodeJS.Timeout | undefined>();

  constructor(engine: EngineInstance) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** Asks a task to stop; its slot comes back when it ends, or when its worker has been ended. @param graceMs Infinity: as it likes */
  drop(slot: number, graceMs: number): void {
    requestCancel(this.#engine, slot);
    const condemn = (): void => {
      this.#engine.exports.condemn(slot);
    };
    this.#timers.set(slot, graceMs === Infinity ? undefined : setTimeout(condemn, graceMs).unref());
  }

  /** A slot came back. @returns whether its task was dropped */
  take(slot: number): boolean {
    clearTimeout(this.#timers.get(slot));
    return this.#timers.delete(slot);
  }
}
