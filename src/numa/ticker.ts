import { monotonicMs } from '../base/clock.ts';
import { clearTimeout, setTimeout } from '../base/timers.ts';

/** Time, and being called later. */
export interface Ticker {
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
  /** Calls once, unless it is called off. @returns calls it off */
  later(delayMs: number, callback: () => unknown): () => void;
}

/** The clock and the timers of this thread. They do not keep the process alive. */
export const THREAD_TICKER: Ticker = {
  nowMs: monotonicMs,
  later: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
