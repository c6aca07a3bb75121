import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { within } from './until.ts';

/** What a command line came to. */
export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const PROGRAM = new URL('./command-line-program.js', import.meta.url);

/** Runs command lines that read no stdin in one process, one after the other: what takes time is to start a process. */
export class CommandLine {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  /** @param cwd of the process */
  constructor(cwd: string) {
    this.#child = fork(PROGRAM, { cwd });
    this.#ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`expected the command line to return, but it ended its process: ${String(code)}`);
    });
    this.#ended.catch(() => undefined);
  }

  async run(args: readonly string[]): Promise<Answer> {
    const answers = once(this.#child, 'message') as Promise<[Answer]>;
    this.#child.send(args);
    const [answer] = await within(Promise.race([answers, this.#ended]), `tallyio ${args.join(' ')} to end`);
    return answer;
  }

  end(): void {
    this.#child.kill();
  }
}
