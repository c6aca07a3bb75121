import { Worker } from 'node:worker_threads';
import type { AttachHandle } from '../../src/worker/attach.ts';
import type { Answer, Order } from './attached.ts';
import { within } from './until.ts';

/** The parent's side of an attached thread. */
export class AttachedThread {
  readonly #worker: Worker;
  readonly #open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #exited: Promise<unknown>;
  #last = 0;

  private constructor(handle: AttachHandle) {
    this.#worker = new Worker(new URL('./attached.js', import.meta.url), { workerData: handle });
    this.#worker.on('error', () => undefined);
    this.#exited = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.on('message', ({ id, value, error }: Answer) => {
      const order = this.#open.get(id);
      this.#open.delete(id);
      if (error === undefined) order?.resolve(value);
      else order?.reject(Object.assign(new Error(error.message), { code: error.code }));
    });
  }

  static async start(handle: AttachHandle): Promise<AttachedThread> {
    const thread = new AttachedThread(handle);
    const started = new Promise<unknown>((resolve, reject) => {
      thread.#open.set(0, { resolve, reject });
      thread.#worker.once('error', reject);
    });
    await within(started, 'the thread to attach');
    return thread;
  }

  ask(call: Order['call'], name = '', input?: unknown): Promise<unknown> {
    const id = ++this.#last;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
    });
    this.#worker.postMessage({ id, call, name, input } satisfies Order);
    return answer;
  }

  /** Resolves when the thread is gone. */
  async exited(): Promise<void> {
    await within(this.#exited, 'the thread to exit');
  }

  /** Terminates it. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
