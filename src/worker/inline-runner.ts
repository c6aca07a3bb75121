import { TAG_KERNEL_CODE } from '../abi/codes.ts';
import { SUBMITTER_RECORDS } from '../abi/layout.ts';
import type { Client } from '../client/client.ts';
import { decodeFailure, decodeResult, taskFailed } from '../client/outcome.ts';
import type { Pending } from '../client/pending.ts';
import { poolExhausted } from '../client/refusal.ts';
import type { TaskType } from '../client/task-type.ts';
import { deserializeFailure, serializeFailure } from '../codec/failure.ts';
import type { ForeignTasks } from './foreign-tasks.ts';
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
  readonly #foreign: ForeignTasks | undefined;

  constructor(client: Client, loop: HandlerLoop, foreign: ForeignTasks | undefined) {
    this.#client = client;
    this.#loop = loop;
    this.#foreign = foreign;
  }

  /** @param bytes the encoded input */
  run(pending: Pending, tag: number, number: number, bytes: Uint8Array): void {
    const { kernel } = pending.task;
    if (kernel && this.#foreign !== undefined) this.#runForeign(this.#foreign, pending, tag, number, bytes);
    else if (kernel) this.#runKernel(pending, tag, number, bytes);
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
      engine.exports.abandon();
      engine.exports.dropInline();
      this.#reject(pending, failed(task, trap));
      return;
    }
    inFlight.reader.settle(task, pending, engine.submitterBlock + (SUBMITTER_RECORDS >> 2));
  }

  #runForeign(foreign: ForeignTasks, pending: Pending, tag: number, number: number, bytes: Uint8Array): void {
    const { task } = pending;
    pending.control?.release();
    let length: number;
    try {
      length = foreign.call(task.type, tag, number, bufferOf(bytes), 0, bytes.length);
    } catch (trap) {
      this.#reject(pending, failed(task, trap));
      return;
    }
    if (length < 0) {
      this.#reject(pending, decodeFailure(task, TAG_KERNEL_CODE, length, bufferOf(bytes), 0, 0, 0));
      return;
    }
    try {
      const result = this.#copy(foreign.result);
      this.#client.counts.completed += 1;
      pending.resolve(result);
    } catch (tooLarge) {
      this.#reject(pending, tooLarge);
    }
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
  return decodeResult(tag, number, bufferOf(bytes), 0, bytes.length);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function failed(task: TaskType, thrown: unknown): Error {
  return taskFailed(task, deserializeFailure(serializeFailure(thrown)));
}
