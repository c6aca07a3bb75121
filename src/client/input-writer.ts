import { Encoder } from '../codec/encode.ts';
import type { SharedRange } from '../codec/shared-range.ts';
import { foreignMemory, payloadTooLarge } from './refusal.ts';

const NO_BYTES = new Uint8Array(0);

/** Finds how values travel, and refuses those that are too large. */
export class InputWriter {
  readonly encoder = new Encoder();
  readonly #limit: number;
  readonly #owner: object | undefined;

  /**
   * @param limit bytes of the largest payload the pool can hold
   * @param owner of the memory that tasks may borrow; undefined: they cannot
   */
  constructor(limit: number, owner?: object) {
    this.#limit = limit;
    this.#owner = owner;
  }

  /**
   * Runs all of the user's code (getters) and finds the representation.
   *
   * @throws WorkStealingError ERR_NOT_SHAREABLE, ERR_PAYLOAD_TOO_LARGE, ERR_BUFFER_FREED
   */
  prepareInput(value: unknown, kernel: boolean): void {
    if (kernel) this.encoder.prepareKernelInput(value);
    else this.encoder.prepare(value);
    const { shared } = this.encoder;
    if (shared === undefined) this.#checkSize();
    else this.#checkShared(shared);
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

  #checkShared({ block }: SharedRange): void {
    try {
      if (block.owner !== this.#owner) throw foreignMemory();
      block.check();
    } catch (error) {
      this.encoder.discard();
      throw error;
    }
  }

  #checkSize(): void {
    const size = this.encoder.length;
    if (size <= this.#limit) return;
    this.encoder.discard();
    throw payloadTooLarge(size, this.#limit);
  }
}
