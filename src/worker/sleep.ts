import { AWAKE, PARK_PARKED } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** Where a worker with nothing to do waits. */
export interface Sleeper {
  /** Announces and goes to sleep. @returns false when there is work after all */
  park(): boolean;
  /** Sleeps until an alert. @returns false when there is one */
  doze(): boolean;
  /** Back to work, whoever caused it. */
  end(): void;
}

/**
 * Sleep of a worker with an event loop: `waitAsync` on its park word, at most one outstanding; a stale one is used again.
 *
 * - parked: no work anywhere; on the roster, so that a submitter may wake it.
 * - dozing: all places taken; only alerts wake it.
 */
export class Sleep implements Sleeper {
  readonly #engine: EngineInstance;
  readonly #word: number;
  readonly #wake: () => void;
  #state: 'awake' | 'parked' | 'dozing' = 'awake';
  #waiting = false;

  /** @param wake called in a turn of its own after a notification */
  constructor(engine: EngineInstance, worker: number, wake: () => void) {
    const blocks = engine.u32[layout.HEADER_WORKER_BLOCKS >> 2] ?? 0;
    this.#engine = engine;
    this.#word = (blocks + worker * layout.WORKER_BYTES + layout.WORKER_PARK) >>> 2;
    this.#wake = wake;
  }

  park(): boolean {
    if (this.#engine.exports.announce() === AWAKE) return false;
    this.#state = 'parked';
    return this.#wait();
  }

  doze(): boolean {
    if (this.#engine.exports.doze() === AWAKE) return false;
    this.#state = 'dozing';
    return this.#wait();
  }

  end(): void {
    if (this.#state === 'parked') this.#engine.exports.resume();
    else if (this.#state === 'dozing') this.#engine.exports.endDoze();
    this.#state = 'awake';
  }

  #wait(): boolean {
    if (this.#waiting) {
      // The outstanding wait hears the notification, unless that came between the announcement and here.
      if (Atomics.load(this.#engine.i32, this.#word) === PARK_PARKED) return true;
      this.end();
      return false;
    }
    const result = Atomics.waitAsync(this.#engine.i32, this.#word, PARK_PARKED);
    if (!result.async) {
      this.end();
      return false;
    }
    this.#waiting = true;
    void result.value.then(() => {
      this.#waiting = false;
      if (this.#state !== 'awake') this.#wake();
    });
    return true;
  }
}
