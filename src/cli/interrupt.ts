/**
 * SIGINT as an AbortSignal: the first one aborts it and leaves time to finish, the second ends the process at once.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #onSignal = (): void => {
    if (this.#controller.signal.aborted) this.#die();
    this.#controller.abort();
  };

  constructor() {
    process.on('SIGINT', this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** SIGINT does again what it did before. */
  close(): void {
    process.off('SIGINT', this.#onSignal);
  }

  /** By the signal itself: `process.exit` waits for threads, and one may be blocked in a read. */
  #die(): void {
    this.close();
    process.kill(process.pid, 'SIGINT');
  }
}
