import { DONE, FAILED, TAG_ENGINE_ERROR, TAG_POOL_EXHAUSTED } from '../abi/codes.ts';
import { PayloadWriter } from '../client/payload.ts';
import { Tag } from '../codec/tags.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** Ends a worker's tasks: the outcome goes to the pool and the slot to its submitter. */
export class OutcomeWriter {
  readonly #engine: EngineInstance;
  readonly #writer: PayloadWriter;

  constructor(engine: EngineInstance, writer: PayloadWriter) {
    this.#engine = engine;
    this.#writer = writer;
  }

  /** One with a writer of its own. @param payloadLimit bytes of the largest payload */
  static on(engine: EngineInstance, payloadLimit: number): OutcomeWriter {
    return new OutcomeWriter(engine, new PayloadWriter(engine, payloadLimit));
  }

  /** The task returned. */
  finishWith(slot: number, result: unknown): void {
    if (typeof result === 'number') {
      this.#engine.exports.finish(slot, DONE, Tag.Number, result, 0, 0);
      return;
    }
    try {
      this.#writer.prepareResult(result);
    } catch (error) {
      this.#failWith(slot, error, TAG_ENGINE_ERROR);
      return;
    }
    this.#finishPrepared(slot, DONE, this.#writer.encoder.tag);
  }

  /** The task threw, rejected or trapped. */
  fail(slot: number, error: unknown): void {
    this.#failWith(slot, error, Tag.Error);
  }

  /** The task never ran: its input could not be read. */
  refuse(slot: number, error: unknown): void {
    this.#failWith(slot, error, TAG_ENGINE_ERROR);
  }

  #failWith(slot: number, error: unknown, tag: number): void {
    this.#writer.encoder.prepareError(error);
    this.#finishPrepared(slot, FAILED, tag);
  }

  #finishPrepared(slot: number, status: number, tag: number): void {
    const { number, length } = this.#writer.encoder;
    if (this.#writer.store()) {
      this.#engine.exports.finish(slot, status, tag, number, this.#writer.address, length);
      return;
    }
    this.#writer.encoder.discard();
    this.#engine.exports.finish(slot, FAILED, TAG_POOL_EXHAUSTED, length, 0, 0);
  }
}
