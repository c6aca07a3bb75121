/** One line of the input, without its end. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

/** Longest line, in UTF-16 units: no payload may be larger, and input without line ends must not fill the memory. */
const MAX_LINE_LENGTH = 64 * 1024 * 1024;

/** What lines are read from; every Readable of bytes is one. */
export type ByteSource = AsyncIterable<Uint8Array> & { destroy(): unknown };

/**
 * The lines of a byte stream of UTF-8, read as they are asked for. Lines end with LF or CR LF, the last one with or
 * without; U+2028 and a lone CR are text (`node:readline` splits there). A byte order mark at the start is dropped.
 */
export class LineReader implements AsyncIterable<Line> {
  readonly #source: ByteSource;
  readonly #stop: AbortSignal;
  readonly #maximumLength: number;
  #bytesRead = 0;

  /** @param stop ends the lines at once: nothing is read any more, and a line cut in half is not handed out */
  constructor(source: ByteSource, stop: AbortSignal, maximumLength = MAX_LINE_LENGTH) {
    this.#source = source;
    this.#stop = stop;
    this.#maximumLength = maximumLength;
  }

  /** Bytes taken from the stream so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Line, void, undefined> {
    let number = 0;
    let rest = '';
    for await (const text of this.#texts()) {
      const lines = text.split('\n');
      const last = lines.pop() ?? '';
      for (const line of lines) {
        if (this.#stop.aborted) return;
        yield { number: ++number, text: withoutCarriageReturn(rest + line) };
        rest = '';
      }
      rest += last;
      if (rest.length > this.#maximumLength) {
        throw new Error(
          `line ${String(number + 1)}: expected at most ${String(this.#maximumLength)} characters before a line end, ` +
            'got more; split the input into lines',
        );
      }
    }
    if (rest !== '' && !this.#stop.aborted) yield { number: number + 1, text: withoutCarriageReturn(rest) };
  }

  async *#texts(): AsyncGenerator<string, void, undefined> {
    const decoder = new TextDecoder();
    const halt = (): void => void this.#source.destroy();
    if (this.#stop.aborted) halt();
    this.#stop.addEventListener('abort', halt);
    try {
      for await (const chunk of this.#source) {
        this.#bytesRead += chunk.byteLength;
        yield decoder.decode(chunk, { stream: true });
      }
      yield decoder.decode();
    } catch (error) {
      // A stream destroyed between two chunks ends its iteration with an error; here it was asked for.
      if (!this.#stop.aborted) throw error;
    } finally {
      this.#stop.removeEventListener('abort', halt);
    }
  }
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
