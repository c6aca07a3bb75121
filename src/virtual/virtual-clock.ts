/**
 * Microseconds that pass only when the engine looks at them: so much for each look. Every kernel takes one step of it, and
 * batches are as large as that allows.
 */
export class VirtualClock {
  readonly #stepUs: number;
  #us = 0;

  constructor(stepUs: number) {
    this.#stepUs = stepUs;
  }

  /** As `Clock.now`; time passes. */
  readonly now = (): number => {
    this.#us += this.#stepUs;
    return this.#us;
  };

  /** The same without passing time. */
  get elapsedUs(): number {
    return this.#us;
  }
}
