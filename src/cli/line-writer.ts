import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { clearImmediate, setImmediate } from '../base/timers.ts';

/** Text is collected up to this many UTF-16 units before it is written; a guess, large enough to make writes rare. */
const BATCH_LENGTH = 64 * 1024;

/**
 * Writes lines in batches: a batch leaves when it is full, or when the event loop comes round, so that a slow producer
 * is not held back. After the stream has failed, lines are dropped and `onFailure` has been told once.
 */
export class LineWriter {
  readonly #stream: Writable;
  readonly #onFailure: (error: NodeJS.ErrnoException) => void;
  #batch = '';
  #flush: NodeJS.Immediate | null = null;
  #failed = false;
  #resume: (() => void) | null = null;

  constructor(stream: Writable, onFailure: (error: NodeJS.ErrnoException) => void) {
    this.#stream = stream;
    this.#onFailure = onFailure;
    stream.on('error', (error) => {
      this.#fail(error);
    });
    stream.on('drain', () => this.#resume?.());
  }

  /** Takes a line; the promise, when there is one, tells that the stream can take more. */
  write(line: string): Promise<void> | undefined {
    if (this.#failed) return undefined;
    this.#batch += `${line}\n`;
    if (this.#batch.length >= BATCH_LENGTH) return this.#send() ? undefined : this.#drained();
    this.#flush ??= setImmediate(() => {
      this.#flush = null;
      this.#send();
    });
    return undefined;
  }

  /** Everything written has left the process; ends the stream unless it is one of the process's own. */
  async close(): Promise<void> {
    this.#send();
    if (this.#failed) return;
    if (this.#stream === process.stdout) {
      await new Promise<void>((resolve) =>
        this.#stream.write('', () => {
          resolve();
        }),
      );
    } else {
      this.#stream.end();
      await finished(this.#stream).catch(() => undefined); // told through onFailure
    }
  }

  #send(): boolean {
    if (this.#flush !== null) clearImmediate(this.#flush);
    this.#flush = null;
    const batch = this.#batch;
    this.#batch = '';
    return batch === '' || this.#failed || this.#stream.write(batch);
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = () => {
        this.#resume = null;
        resolve();
      };
    });
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#resume?.();
    this.#onFailure(error);
  }
}
