import { SUBMITTER_RECORDS } from '../abi/layout.ts';
import { WorkStealingError } from '../base/errors.ts';
import type { Client } from '../client/client.ts';
import { decodeResult, taskFailed } from '../client/outcome.ts';
import type { Pending } from '../client/pending.ts';
import { poolExhausted } from '../client/refusal.ts';
import { Encoder } from '../codec/encode.ts';
import type { HandlerLoop } from './handler-loop.ts';
import { InlineTask } from './inline-task.ts';

/**
 * Runs nested tasks when no slot is free, on top of the handler that asked: tasks that hold all slots while they wait for
 * nested ones would otherwise wait for ever. Input and result are copied as between threads.
 */
export class InlineRunner {
  readonly #client: Client;
  readonly #loop: HandlerLoop;

  constructor(client: Client, loop: HandlerLoop) {
    this.#client = client;
    this.#loop = loop;
  }

  /** @param bytes the encoded input */
  run(pending: Pending, tag: number, number: number, bytes: Uint8Array): void {
    if (pending.task.kernel) this.#runKernel(pending, tag, number, bytes);
    else void this.#runHandler(pending, tag, number, bytes);
  }

  #runKernel(pending: Pending, tag: number, number: number, bytes: Uint8Array): void {
    const { task } = pending;
    const { engine, writer, inFlight } = this.#client;
    pending.control?.release();
    if (!writer.storeBytes(bytes)) {
      this.#reject(pending, poolExhausted(bytes.length, this.#client.payloadLimit));
      return;
    }
    try {
      engine.exports.runInline(task.type, tag, number, writer.address, bytes.length);
    } catch (trap) {
      engine.exports.dropResult();
      writer.unstore(bytes.length); // it trapped before its input was freed
      this.#reject(pending, taskFailed(task, trap));
      return;
    }
    inFlight.reader.settle(task, pending, engine.submitterBlock + (SUBMITTER_RECORDS >> 2));
  }

  async #runHandler(pending: Pending, tag: number, number: number, bytes: Uint8Array): Promise<void> {
    const { task } = pending;
    const { counts, runningInline, now } = this.#client;
    const run = new InlineTask(this.#loop, now());
    runningInline.set(pending, run);
    try {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const input = decodeResult(tag, number, buffer, 0, bytes.length);
      const result = copy(await this.#loop.call(task.type, input, run.context));
      if (!runningInline.delete(pending)) return;
      counts.completed += 1;
      pending.resolve(result);
    } catch (error) {
      if (!runningInline.delete(pending)) return;
      this.#reject(pending, error instanceof WorkStealingError ? error : taskFailed(task, error));
    } finally {
      run.context.end();
      pending.control?.release();
    }
  }

  #reject(pending: Pending, error: Error): void {
    this.#client.counts.failed += 1;
    pending.reject(error);
  }
}

function copy(result: unknown): unknown {
  const encoder = new Encoder();
  encoder.prepare(result, 'result');
  const bytes = Buffer.allocUnsafe(encoder.length);
  const { tag, number, length } = encoder;
  encoder.write(bytes, 0);
  return decodeResult(tag, number, bytes, 0, length);
}
