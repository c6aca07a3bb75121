import { Worker } from 'node:worker_threads';
import type { Pool, Tasks, TaskName } from '../pool.ts';

/** Bare worker threads and postMessage, round robin; a worker answers in order, so no ids are needed. */
export class RawPool implements Pool {
  readonly #workers: readonly RawWorker[];
  #next = 0;

  private constructor(workers: readonly RawWorker[]) {
    this.#workers = workers;
  }

  static async open(workers: number): Promise<RawPool> {
    return new RawPool(await Promise.all(Array.from({ length: workers }, () => RawWorker.start())));
  }

  run(name: TaskName, input: Tasks[TaskName]['input']): Promise<unknown> {
    const worker = this.#workers[this.#next++ % this.#workers.length];
    if (worker === undefined) throw new RangeError('expected at least one worker');
    return worker.run(name, input);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

class RawWorker {
  readonly #worker: Worker;
  #waiting: ((value: unknown) => void)[] = [];
  #answered = 0;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (value: unknown) => {
      this.#waiting[this.#answered++]?.(value);
      if (this.#answered === this.#waiting.length) {
        this.#waiting = [];
        this.#answered = 0;
      }
    });
  }

  static start(): Promise<RawWorker> {
    const worker = new Worker(new URL('./echo-worker.js', import.meta.url));
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('online', () => {
        resolve(new RawWorker(worker));
      });
    });
  }

  run(name: TaskName, input: Tasks[TaskName]['input']): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage([name, input]);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
