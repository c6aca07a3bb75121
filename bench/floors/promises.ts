/**
 * Promises alone: made by one thread and settled by itself at the next turn of its loop, with no task behind them. What
 * this costs, whoever answers with a promise pays.
 */
export class BarePromises {
  #waiting: ((value: unknown) => void)[] = [];
  #settling: ((value: unknown) => void)[] = [];

  run(): Promise<unknown> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(this.#settle);
    });
  }

  readonly #settle = (): void => {
    const settling = this.#waiting;
    this.#waiting = this.#settling; // emptied by the turn before
    this.#settling = settling;
    for (const resolve of settling) resolve(0);
    settling.length = 0;
  };
}
