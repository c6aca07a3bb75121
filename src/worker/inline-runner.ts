import { SUBMITTER_RECORDS } from '../abi/layout.ts';
import type { Client } from '../client/client.ts';
import { decodeResult, taskFailed } from '../client/outcome.ts';
import type { Pending } from '../client/pending.ts';
import { poolExhausted } from '../client/refusal.ts';
import type { TaskType } from '../client/task-type.ts';
import { deserializeFailure, serializeFailure } from '../codec/failure.ts';
import type { HandlerLoop } from './handler-loop.ts';
import { InlineTask } from './inline-task.ts';
import type { TaskContext } from './task-context.ts';

/**
 * Runs nested tasks when no slot is free, on top of the handler that asked: tasks that hold all slots while they wait for
 * nested ones would otherwise wait for ever. Input, result and error are copied and wrapped as between threads.
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
      engine.exports.dropInline();
      this.#reject(pending, failed(task, trap));
      return;
    }
    inFlight.reader.settle(task, pending, engine.submitterBlock + (SUBMITTER_RECORDS >> 2));
  }

  async #runHandler(pending: Pending, tag: number, number: number, bytes: Uint8Array): Promise<void> {
    const client = this.#client;
    const run = new InlineTask(this.#loop, client.now());
    client.beginInline(pending, run);
    try {
      const result = this.#copy(await this.#call(pending.task, valueOf(tag, number, bytes), run.context));
      if (!client.endInline(pending)) return;
      client.counts.completed += 1;
      pending.resolve(result);
    } catch (error) {
      if (client.endInline(pending)) this.#reject(pending, error);
    } finally {
      run.context.end();
      pending.control?.release();
    }
  }

  async #call(task: TaskType, input: unknown, context: TaskContext): Promise<unknown> {
    try {
      return await this.#loop.call(task.type, input, context);
    } catch (thrown) {
      throw failed(task, thrown);
    }
  }

  #copy(result: unknown): unknown {
    const { writer } = this.#client;
    writer.prepareResult(result);
    const { tag, number } = writer.encoder;
    return valueOf(tag, number, writer.detach());
  }

  #reject(pending: Pending, error: unknown): void {
    this.#client.counts.failed += 1;
    pending.reject(error);
  }
}

function valueOf(tag: number, number: number, bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decodeResult(tag, number, buffer, 0, bytes.length);
}

function failed(task: TaskType, thrown: unknown): Error {
  return taskFailed(task, deserializeFailure(serializeFailure(thrown)));
}
