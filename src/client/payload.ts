import { WorkStealingError } from '../base/errors.ts';
import { Encoder } from '../codec/encode.ts';
import type { EngineInstance } from '../wasm/engine.ts';

const NO_BYTES = new Uint8Array(0);

/** Brings values into the pool: prepare, then store in shared memory or, when there is no room, in a copy of its own. */
export class PayloadWriter {
  readonly encoder = new Encoder();
  /** Where `store` put the bytes; 0 when there are none. */
  address = 0;
  readonly #engine: EngineInstance;
  readonly #limit: number;

  /** @param limit bytes of the largest payload the pool can hold */
  constructor(engine: EngineInstance, limit: number) {
    this.#engine = engine;
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

  /** Writes what was prepared into the pool. @returns false when the pool has no room: what was prepared stays */
  store(): boolean {
    this.address = 0;
    if (this.encoder.length === 0) return true;
    const address = this.#engine.exports.allocBlock(this.encoder.length) >>> 0;
    if (address === 0) return false;
    this.encoder.write(this.#engine.buffer, address);
    this.address = address;
    return true;
  }

  /** Gives back what `store` wrote. */
  unstore(length: number): void {
    if (this.address !== 0) this.#engine.exports.freeBlock(this.address, length);
    this.address = 0;
  }

  /** Takes back what `store` wrote. @returns a copy of it */
  retract(length: number): Uint8Array {
    if (this.address === 0) return NO_BYTES;
    const copy = Buffer.allocUnsafe(length);
    this.#engine.buffer.copy(copy, 0, this.address, this.address + length);
    this.unstore(length);
    return copy;
  }

  /** Copies what was prepared out of the encoder. */
  detach(): Uint8Array {
    if (this.encoder.length === 0) return NO_BYTES;
    const copy = Buffer.allocUnsafe(this.encoder.length);
    this.encoder.write(copy, 0);
    return copy;
  }

  /** Writes bytes that `detach` gave. @returns false when the pool has no room */
  storeBytes(bytes: Uint8Array): boolean {
    this.address = 0;
    if (bytes.length === 0) return true;
    const address = this.#engine.exports.allocBlock(bytes.length) >>> 0;
    if (address === 0) return false;
    this.#engine.buffer.set(bytes, address);
    this.address = address;
    return true;
  }
}
