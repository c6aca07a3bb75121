import { setImmediate } from '../base/timers.ts';

/** Whether tasks are pending, told to whoever holds the process meanwhile. */
export class Rest {
  /** Told when the first task is pending, and a turn after the last one was. */
  onBusy: (() => void) | undefined;
  onIdle: (() => void) | undefined;
  readonly #mayRest: () => boolean;
  readonly #whole: Rest | undefined;
  #isBusy = false;
  #isScheduled = false;

  /** @param whole what this is a part of: told as well */
  constructor(mayRest: () => boolean, whole?: Rest) {
    this.#mayRest = mayRest;
    this.#whole = whole;
  }

  /** A task is pending. */
  end(): void {
    this.#whole?.end();
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.onBusy?.();
  }

  /** Something has ended. Not told at the end of each task: who awaits one after the other would pay for it each time. */
  see(): void {
    this.#whole?.see();
    if (!this.#isBusy || this.#isScheduled || !this.#mayRest()) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (!this.#mayRest()) return;
      this.#isBusy = false;
      this.onIdle?.();
    });
  }
}
