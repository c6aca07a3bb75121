import { HOST_CALLS } from '../abi/layout.ts';

/** What only the host can do for other threads: they raise a count, and it looks. docs/protocols/recovery.md */
export class HostCalls {
  readonly #i32: Int32Array<SharedArrayBuffer>;
  readonly #look: () => void;
  #closed = false;

  /** @param look told, in a turn of its own, each time somebody has called */
  constructor(i32: Int32Array<SharedArrayBuffer>, look: () => void) {
    this.#i32 = i32;
    this.#look = look;
    void this.#listen();
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true;
    Atomics.notify(this.#i32, HOST_CALLS >> 2);
  }

  async #listen(): Promise<void> {
    for (let seen = 0; ;) {
      const result = Atomics.waitAsync(this.#i32, HOST_CALLS >> 2, seen);
      if (result.async) await result.value;
      if (this.#closed) return;
      seen = Atomics.load(this.#i32, HOST_CALLS >> 2); // before the look: who calls later is heard next time
      this.#look();
    }
  }
}
