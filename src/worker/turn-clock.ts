import { monotonicMs } from '../base/clock.ts';

/** How much of a turn goes between two looks at the clock. */
const SHARE = 0.25;
const MOST_TASKS = 64;

/** How long a turn of the event loop has lasted: a look at the time is not for each task, as a short one would pay for it. */
export class TurnClock {
  #startedMs = 0;
  #untilLook = 1;
  #sinceLook = 0;
  #lookedMs = 0;

  /** A turn begins. */
  begin(): void {
    this.#startedMs = monotonicMs();
    this.#lookedMs = this.#startedMs;
    this.#sinceLook = 0;
  }

  get elapsedMs(): number {
    return monotonicMs() - this.#startedMs;
  }

  /** After each task. @returns whether the turn is over, seen about a quarter of its limit late at most */
  isDue(limitMs: number): boolean {
    this.#sinceLook += 1;
    if (this.#sinceLook < this.#untilLook) return false;
    const nowMs = monotonicMs();
    const meanMs = (nowMs - this.#lookedMs) / this.#sinceLook;
    this.#untilLook = Math.max(1, Math.min(MOST_TASKS, Math.floor((SHARE * limitMs) / meanMs)));
    this.#sinceLook = 0;
    this.#lookedMs = nowMs;
    return nowMs - this.#startedMs >= limitMs;
  }
}
