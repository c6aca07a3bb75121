/**
 * Follow-up: completions that are taken out in microtasks between two turns of the event loop. docs/protocols/arming.md
 *
 *     portions   what waited for the first completions of a turn submits its next tasks before the last ones are settled, so
 *                that workers do not run dry
 *     spin       a few tasks whose answers come sooner than a turn of the loop would
 */
import type { EngineInstance } from '../wasm/engine.ts';

type Spinner = Pick<EngineInstance['exports'], 'spinForCompletion'>;

/** Completions settled at once; kernel-promise and handler-promise guard it. */
export const PORTION = 128;
/** Then the event loop has its turn. */
const MOST_A_TURN = 1024;
const LONGEST_TURN_US = 1000;
/** With so few tasks pending, whoever submitted them waits for just these. Guess. */
export const FEW = 4;
/** Looks of about a nanosecond: twice what a round trip takes; one-at-a-time guards it. */
const SPIN_SWEEPS = 2000;
/** After a spin for nothing the next one is left out, then two, four … and so many. */
const MOST_LEFT_OUT = 64;

/** Whose completions these are. */
export interface FollowUpOwner {
  /** Takes completions out. @returns how many there were, at most `most` */
  drain(most: number): number;
  /** Tasks whose completions are still to come. */
  readonly pendingCount: number;
}

/** One per bell, which has the turns. */
export class FollowUp {
  readonly #spinner: Spinner;
  readonly #owner: FollowUpOwner;
  readonly #now: () => number;
  readonly #isLooking: () => boolean;
  #turnedAtUs = 0;
  #drained = 0;
  /** What the portions of this turn may still be. */
  #left = 0;
  #spins = false;
  #leaveOut = 0;
  #leaveOutNext = 1;

  /** @param isLooking whether the bell has turns: else it is armed, or there is nothing to wait for */
  constructor(spinner: Spinner, owner: FollowUpOwner, now: () => number, isLooking: () => boolean) {
    this.#spinner = spinner;
    this.#owner = owner;
    this.#now = now;
    this.#isLooking = isLooking;
  }

  /** A turn of the event loop begins. */
  beginTurn(nowUs: number): void {
    this.#turnedAtUs = nowUs;
    this.#left = MOST_A_TURN;
  }

  /** After a full portion there may be more. */
  goOnLater(): void {
    this.#left -= PORTION;
    if (this.#left > 0) void Promise.resolve().then(this.#goOn);
  }

  /** After a submission. */
  spinLater(): void {
    if (this.#spins || this.#owner.pendingCount > FEW) return;
    this.#spins = true;
    void Promise.resolve().then(this.#spin);
  }

  /** Completions that were taken out elsewhere. */
  count(drained: number): void {
    this.#drained += drained;
  }

  /** @returns how many completions were taken out since the last call */
  takeCount(): number {
    const drained = this.#drained;
    this.#drained = 0;
    return drained;
  }

  readonly #goOn = (): void => {
    if (!this.#isLooking() || this.#isTurnOver()) return;
    if (this.#drain() === PORTION) this.goOnLater();
  };

  readonly #spin = (): void => {
    this.#spins = false;
    if (!this.#isLooking() || this.#owner.pendingCount === 0) return;
    if (this.#leaveOut > 0) {
      this.#leaveOut -= 1;
      return;
    }
    if (this.#isTurnOver()) return;
    if (this.#spinner.spinForCompletion(SPIN_SWEEPS) === 1) {
      this.#leaveOutNext = 1;
      this.#drain();
    } else {
      this.#leaveOut = this.#leaveOutNext;
      this.#leaveOutNext = Math.min(MOST_LEFT_OUT, 2 * this.#leaveOutNext);
    }
  };

  // Microtasks that follow each other hold up timers and sockets.
  #isTurnOver(): boolean {
    return this.#now() - this.#turnedAtUs > LONGEST_TURN_US;
  }

  #drain(): number {
    const drained = this.#owner.drain(PORTION);
    this.#drained += drained;
    return drained;
  }
}
