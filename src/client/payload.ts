import { copyIn } from '../codec/copies.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { InputWriter } from './input-writer.ts';

const NO_BYTES = new Uint8Array(0);

/** Brings values into the pool: prepare, then store in shared memory or, when there is no room, in a copy of its own. */
export class PayloadWriter extends InputWriter {
  /** Where `store` put the bytes; 0 when there are none. */
  address = 0;
  readonly #engine: EngineInstance;

  /** @param limit bytes of the largest payload the pool can hold */
  constructor(engine: EngineInstance, limit: number) {
    super(limit, engine);
    this.#engine = engine;
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

  /** Writes bytes that `detach` gave. @returns false when the pool has no room */
  storeBytes(bytes: Uint8Array): boolean {
    this.address = 0;
    if (bytes.length === 0) return true;
    const address = this.#engine.exports.allocBlock(bytes.length) >>> 0;
    if (address === 0) return false;
    copyIn(this.#engine.buffer, address, bytes);
    this.address = address;
    return true;
  }
}
