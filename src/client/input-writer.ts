import { WorkStealingError } from '../base/errors.ts';
import { Encoder } from '../codec/encode.ts';

const NO_BYTES = new Uint8Array(0);

/** Finds how values travel, and refuses those that are too large. */
export class InputWriter {
  readonly encoder = new Encoder();
  readonly #limit: number;

  /** @param limit bytes of the largest payload the pool can hold */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Runs all of the user's code (getters) and finds the representation.
   *
   * @throws WorkStealingError ERR_NOT_SHAREABLE, ERR_PAYLOAD_TOO_LARGE
   */
  prepareInput(value: unknown, kernel: boolean): void {
    if (kernel) this.encoder.prepareKernelInput(value);
    else this.encoder.prepare(value);
    this.#checkSize();
  }

  /** As `prepareInput`, for what a handler returned. */
  prepareResult(value: unknown): void {
    this.encoder.prepare(value, 'result');
    this.#checkSize();
  }

  /** Copies what was prepared out of the encoder. */
  detach(): Uint8Array {
    if (this.encoder.length === 0) return NO_BYTES;
    const copy = Buffer.allocUnsafe(this.encoder.length);
    this.encoder.write(copy, 0);
    return copy;
  }

  #checkSize(): void {
    const size = this.encoder.length;
    if (size <= this.#limit) return;
    this.encoder.discard();
    throw new WorkStealingError(
      'ERR_PAYLOAD_TOO_LARGE',
      `expected a payload of at most ${String(this.#limit)} bytes, got ${String(size)}: split it, or raise memory.poolBytes`,
      { size, limit: this.#limit },
    );
  }
}
