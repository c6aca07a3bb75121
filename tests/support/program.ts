import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { within } from './until.ts';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process that is talked to by lines. */
export class Program {
  /** Lines of its stdout so far. */
  readonly lines: string[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<Ending>;
  #stderr = '';
  #onLine: () => void = () => undefined;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args);
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#onLine();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.#child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        resolve({ code, signal });
        this.#onLine();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Until it has printed this line. */
  async says(line: string): Promise<void> {
    const said = new Promise<void>((resolve, reject) => {
      this.#onLine = () => {
        if (this.lines.includes(line)) resolve();
        else if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
          reject(new Error(`expected it to say ${line}, but it ended: ${this.lines.join('; ')} ${this.#stderr}`));
        }
      };
      this.#onLine();
    });
    await within(said, `the program to say ${line}; it said ${this.lines.join('; ')}`);
  }

  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** How it ended; it is killed if that takes too long. */
  async ended(): Promise<Ending> {
    try {
      return await within(this.#ended, `the program to end; it said ${this.lines.join('; ')}`);
    } finally {
      this.#child.kill('SIGKILL');
    }
  }
}
