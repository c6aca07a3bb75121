import { clearTimeout, setTimeout } from '../base/timers.ts';

/** Time to wait that runs out by a limit, or is cut short. */
export class Patience {
  /** Resolves when it is over; never when it ended before. */
  readonly over: Promise<void>;
  #cut: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  /** @param ms until it is over: at most LONGEST_DELAY_MS, or Infinity */
  constructor(ms: number) {
    this.over = new Promise((resolve) => {
      this.#cut = resolve;
    });
    this.limit(ms);
  }

  /** It is over so long from now. */
  limit(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#ended && ms < Infinity) this.#timer = setTimeout(this.#cut, ms);
  }

  /** It is over. */
  cut(): void {
    this.end();
    this.#cut();
  }

  /** It is not needed any more: its timer holds nobody. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  /** @returns the outcome, undefined when it is over first */
  async wait<T>(promise: Promise<T>): Promise<{ readonly value: T } | undefined> {
    return Promise.race([promise.then((value) => ({ value })), this.over.then(() => undefined)]);
  }
}
