import type { EngineInstance } from '../wasm/engine.ts';
import type { PayloadWriter } from './payload.ts';

/**
 * Room for payloads that wait. Idle workers keep a few free blocks each, and those may be what is missing: they are asked for
 * them once, and the payload is tried again when they have answered. docs/protocols/pool.md#recall
 */
export class Recall {
  /** The last try was not the last word: look again at the next turn of the event loop. */
  pending = false;
  readonly #engine: EngineInstance;
  readonly #writer: PayloadWriter;
  /** The payload that workers were asked for. */
  #askedFor: Uint8Array | undefined;

  constructor(engine: EngineInstance, writer: PayloadWriter) {
    this.#engine = engine;
    this.#writer = writer;
  }

  /** Before each look at what waits. */
  begin(): void {
    this.pending = false;
  }

  /** Tasks have ended: workers may keep other blocks than those they were asked for. */
  renew(): void {
    this.#askedFor = undefined;
  }

  /** Stores bytes that waited. @returns false when the pool has no room; only `pending` or the end of other tasks changes that */
  store(bytes: Uint8Array): boolean {
    const { exports } = this.#engine;
    const asked = this.#askedFor === bytes;
    this.pending = asked && exports.isRecalling() === 1; // before the try, which sees what was answered by now
    if (this.#writer.storeBytes(bytes)) {
      this.pending = false;
      this.#askedFor = undefined;
      return true;
    }
    if (!asked) {
      this.#askedFor = bytes;
      this.pending = exports.recall(bytes.length) === 1;
    }
    return false;
  }
}
