import { SharedBlock } from '../codec/shared-block.ts';
import { SharedBuffer } from '../codec/shared-buffer.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { payloadTooLarge, poolExhausted } from './refusal.ts';
import { invalid, Priority } from './run-options.ts';

/** How long idle workers have to give back blocks that they keep, before there is no room: what a wake-up takes, many times. A guess. */
const LOOKS = 200;
const LOOK_MS = 0.1;
/** A word that nobody writes: to wait for a time. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** What it needs of the client of its thread. */
export interface AllocatorOwner {
  readonly engine: EngineInstance;
  /** Bytes of the largest payload. */
  readonly payloadLimit: number;
  refusal(): Error | undefined;
  pressed(priority: number): Error | undefined;
  drain(): number;
}

/** Takes memory for users out of the pool that payloads are in. */
export class Allocator {
  readonly #owner: AllocatorOwner;

  constructor(owner: AllocatorOwner) {
    this.#owner = owner;
  }

  /**
   * Bytes that are zero.
   *
   * @throws WorkStealingError ERR_INVALID_OPTION, ERR_PAYLOAD_TOO_LARGE, ERR_RESOURCE_EXHAUSTED, ERR_CLOSED
   */
  allocate(bytes: number): SharedBuffer {
    const owner = this.#owner;
    const { engine, payloadLimit } = owner;
    const refusal = owner.refusal() ?? owner.pressed(Priority.Normal);
    if (refusal !== undefined) throw refusal;
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw invalid('bytes', 'a whole number of bytes, at least 0', bytes);
    if (bytes > payloadLimit) throw payloadTooLarge(bytes, payloadLimit);
    const address = bytes === 0 ? 0 : this.#take(bytes);
    engine.buffer.fill(0, address, address + bytes);
    return new SharedBuffer(
      new SharedBlock(engine, engine.memory.buffer, address, bytes, () => {
        if (bytes > 0) engine.exports.freeBlock(address, bytes);
      }),
    );
  }

  #take(bytes: number): number {
    const { exports } = this.#owner.engine;
    const first = exports.allocBlock(bytes) >>> 0;
    if (first !== 0) return first;
    this.#owner.drain(); // results that nobody has read yet
    const asked = exports.recall(bytes) === 1;
    for (let look = 0; ; ++look) {
      const mayCome = asked && exports.isRecalling() === 1 && look < LOOKS; // before the try, which sees what was answered by now
      const address = exports.allocBlock(bytes) >>> 0;
      if (address !== 0) return address;
      if (!mayCome) throw poolExhausted(bytes, this.#owner.payloadLimit);
      Atomics.wait(NEVER, 0, 0, LOOK_MS);
    }
  }
}
