import { type ChildProcess, fork, type SerializationType } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./echo-process.js', import.meta.url));

/** A bare child process and its `send`: a message for each task, another one for its answer. */
export class RawProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #lastId = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => {
      const { id, value } = message as { readonly id: number; readonly value: unknown };
      const resolve = this.#waiting.get(id);
      this.#waiting.delete(id);
      resolve?.(value);
    });
  }

  static async open(serialization: SerializationType): Promise<RawProcess> {
    const child = fork(SCRIPT, { serialization });
    await once(child, 'spawn');
    return new RawProcess(child);
  }

  run(value: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, resolve);
      this.#child.send({ id: this.#lastId, value });
    });
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
