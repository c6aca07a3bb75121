import type { Writable } from 'node:stream';
import { ExitCode } from './exit-code.ts';
import { feed, type Outcome } from './feed.ts';
import type { Line, LineReader } from './line-reader.ts';
import { LineWriter } from './line-writer.ts';
import { describe } from './print.ts';
import { type Progress, startProgress } from './progress.ts';
import { resultLine } from './result-line.ts';

/** What a job works on and how. */
export interface LineJobOptions {
  readonly lines: (stop: AbortSignal) => LineReader;
  /** Bytes of the input, null when not known; for the progress bar. */
  readonly size: number | null;
  readonly output: Writable;
  readonly run: (input: unknown) => Promise<unknown>;
  /** Called when the tasks in flight are of no use any more. */
  readonly giveUp: () => Promise<unknown>;
  readonly concurrency: number;
  readonly ordered: boolean;
  /** Lines are JSON values, blank ones are skipped; else each line is a string. */
  readonly ndjson: boolean;
  readonly continueOnError: boolean;
  /** Aborts when nothing more is to be read; what is in flight is finished. */
  readonly interrupt: AbortSignal;
}

/** Errors that every other line would meet too. */
const FATAL_CODES: ReadonlySet<unknown> = new Set(['ERR_UNKNOWN_TASK', 'ERR_MODULE_LOAD', 'ERR_CLOSED']);

/** Lines in, result lines out, failures with their line number on stderr. */
export class LineJob {
  readonly #options: LineJobOptions;
  readonly #stop = new AbortController();
  readonly #lines: LineReader;
  readonly #writer: LineWriter;
  #progress: Progress | undefined;
  #accepted = 0;
  #failed = 0;
  #halted = false;
  #givenUp: Promise<unknown> | undefined;

  constructor(options: LineJobOptions) {
    this.#options = options;
    this.#lines = options.lines(this.#stop.signal);
    this.#writer = new LineWriter(options.output, (error) => {
      this.#onOutputFailure(error);
    });
  }

  /** Does all of it; rejects when the input cannot be read. */
  async finish(): Promise<ExitCode> {
    const { interrupt, concurrency, ordered, ndjson, size } = this.#options;
    const stop = (): void => {
      this.#stop.abort();
    };
    if (interrupt.aborted) stop();
    interrupt.addEventListener('abort', stop);
    this.#progress = await startProgress({
      totalBytes: size,
      bytesRead: () => this.#lines.bytesRead,
      lines: () => this.#accepted,
    });
    try {
      await feed(ndjson ? nonBlank(this.#lines) : this.#lines, {
        concurrency,
        ordered,
        run: (text) => this.#run(text),
        accept: (outcome) => this.#accept(outcome),
      });
    } finally {
      interrupt.removeEventListener('abort', stop);
      await this.#writer.close();
      await this.#givenUp;
      this.#progress.stop();
    }
    return this.#conclude();
  }

  async #run(text: string): Promise<unknown> {
    return this.#options.run(this.#options.ndjson ? parseJson(text) : text);
  }

  #accept(outcome: Outcome): Promise<void> | undefined {
    if (this.#halted) return undefined;
    this.#accepted++;
    try {
      if (outcome.ok) return this.#writer.write(printable(outcome.value));
      this.#onLineFailure(outcome.line, outcome.error);
    } catch (error) {
      this.#onLineFailure(outcome.line, error);
    }
    return undefined;
  }

  #onLineFailure(line: number, error: unknown): void {
    this.#failed++;
    this.#log(`line ${String(line)}: ${describe(error)}`);
    if (!this.#options.continueOnError || isFatal(error)) this.#halt();
  }

  /** A reader that has gone (`| head`) has all it wanted: that is no failure. */
  #onOutputFailure(error: NodeJS.ErrnoException): void {
    if (error.code !== 'EPIPE') {
      this.#failed++;
      this.#log(`cannot write the results: ${describe(error)}`);
    }
    this.#halt();
  }

  #halt(): void {
    this.#halted = true;
    this.#stop.abort();
    this.#givenUp ??= this.#options.giveUp();
  }

  #conclude(): ExitCode {
    if (this.#failed > 0) {
      if (this.#options.continueOnError) {
        this.#log(`${String(this.#failed)} of ${String(this.#accepted)} lines failed`);
      }
      return ExitCode.Failed;
    }
    return this.#options.interrupt.aborted ? ExitCode.Interrupted : ExitCode.Done;
  }

  #log(text: string): void {
    this.#progress?.log(`tallyio run: ${text}`);
  }
}

async function* nonBlank(lines: AsyncIterable<Line>): AsyncGenerator<Line, void, undefined> {
  for await (const line of lines) {
    if (line.text.trim() !== '') yield line;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`expected one JSON value on the line, got ${describe(error)}`, { cause: error });
  }
}

function printable(value: unknown): string {
  try {
    return resultLine(value);
  } catch (error) {
    throw new Error(`expected a result that JSON can hold, got ${describe(error)}; return plain data`, {
      cause: error,
    });
  }
}

function isFatal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && FATAL_CODES.has(error.code);
}
