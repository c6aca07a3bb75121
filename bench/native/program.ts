import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Sample } from '../case.ts';
import { parseFigures } from '../child.ts';

/** A native rival that runs and waits for its next round: the size goes in on a line, the figures come out on one. */
export class NativeProgram {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #kill = (): void => {
    this.#child.kill();
  };

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    // A program that has ended is reported by the end of its output.
    child.stdin.on('error', () => undefined);
    process.once('exit', this.#kill);
  }

  static async start(file: string, args: readonly string[]): Promise<NativeProgram> {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child, 'spawn');
    return new NativeProgram(child);
  }

  /** One round of `count` units of work. @throws Error when the program ends instead, or prints something else */
  async run(count: number): Promise<Sample> {
    const { spawnfile } = this.#child;
    this.#child.stdin.write(`${String(count)}\n`);
    const next = await this.#lines.next();
    if (next.done === true) throw new Error(`expected a line of figures from ${spawnfile}, but it ended`);
    return parseFigures(next.value, spawnfile);
  }

  async close(): Promise<void> {
    process.off('exit', this.#kill);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill();
    await gone;
  }
}
