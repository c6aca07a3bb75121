/**
 * One time base for all threads: microseconds since an epoch that the scheduler's host chose. `performance.now()` has
 * an origin of its own in every thread; the monotonic clock behind `process.hrtime` is common to all of them.
 */
export interface Clock {
  /** Hand this to `joinClock` in the other threads. */
  readonly epochNs: bigint;
  /** Microseconds since the epoch; about 40 ns a call, no allocation. */
  readonly now: () => number;
}

/** Milliseconds since an epoch of this thread: `performance.now` as it was when this file was loaded, see timers.ts. */
export const monotonicMs = performance.now.bind(performance);
const hrtimeNs = process.hrtime.bigint.bind(process.hrtime);

/** Begins a time base: now is 0. */
export function startClock(): Clock {
  return joinClock(hrtimeNs());
}

/** The time base that `startClock` of another thread began. */
export function joinClock(epochNs: bigint): Clock {
  // Measured a few times: a preemption between the two readings would shift this thread for good.
  let offsetUs = Infinity;
  for (let i = 0; i < 3; ++i) {
    const originUs = monotonicMs() * 1000;
    offsetUs = Math.min(offsetUs, Number(hrtimeNs() - epochNs) / 1000 - originUs);
  }
  return { epochNs, now: () => monotonicMs() * 1000 + offsetUs };
}

/** The longest delay that Node's timers take. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1;
