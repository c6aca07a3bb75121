import { LIMIT_LOOK } from '../abi/layout.ts';
import { clearTimeout, setTimeout } from '../base/timers.ts';
import { wrapMs } from '../client/limits.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** Looks take no larger a part of the host's time: a limit may be kept that much too late. A guess. */
const LOOK_SHARE = 1 / 20;

/**
 * Keeps the limits of tasks that other threads have submitted; this thread's own have timers. One timer for all of them, which
 * runs while there is something to keep. docs/protocols/limits.md
 */
export class LimitWatch {
  readonly #engine: EngineInstance;
  readonly #now: () => number;
  readonly #onKept: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** The look that the timer is for, as the word has it; 0 = none. */
  #planned = 0;
  #restsUntilUs = 0;

  /** @param onKept told after each look: workers may be doomed */
  constructor(engine: EngineInstance, now: () => number, onKept: () => void) {
    this.#engine = engine;
    this.#now = now;
    this.#onKept = onKept;
  }

  /** Somebody may have brought the next look forward. */
  see(): void {
    const planned = Atomics.load(this.#engine.i32, LIMIT_LOOK >> 2);
    if (planned === this.#planned) return;
    this.#planned = planned;
    clearTimeout(this.#timer);
    if (planned === 0) return;
    const nowUs = this.#now();
    const restMs = Math.ceil((this.#restsUntilUs - nowUs) / 1000);
    this.#timer = setTimeout(this.#look, Math.max((planned - wrapMs(nowUs)) | 0, restMs, 0));
    this.#timer.unref(); // whoever waits for these tasks holds the process
  }

  /** A thread is gone: it may have asked a task to stop and not said so. */
  lookNow(): void {
    this.#engine.exports.expectLimit(wrapMs(this.#now()));
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  readonly #look = (): void => {
    const beganUs = this.#now();
    this.#engine.exports.keepLimits(wrapMs(beganUs));
    const endedUs = this.#now();
    this.#restsUntilUs = endedUs + (endedUs - beganUs) / LOOK_SHARE;
    this.#planned = 0;
    this.see();
    this.#onKept();
  };
}
