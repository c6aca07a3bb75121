import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Where a process writes to. */
export type OutputStream = 'stdout' | 'stderr';

/** Told of whole lines, without their ends. @returns false when nobody wants them as lines */
export type OutputListener = (stream: OutputStream, lines: readonly string[]) => boolean;

/** A line that is longer is told in parts. */
const LONGEST_LINE = 1 << 16;

/** What a node process writes, on its way to whoever listens, else to the same stream of this process. */
export class Output {
  /** Undefined: everything is passed on as it is. */
  listener: OutputListener | undefined;
  readonly #pipes: readonly Readable[];

  /** @param pipes those of the process that there are */
  constructor(pipes: Readonly<Record<OutputStream, Readable | null>>) {
    this.#pipes = [pipes.stdout, pipes.stderr].flatMap((pipe) => pipe ?? []);
    for (const stream of ['stdout', 'stderr'] as const) {
      const pipe = pipes[stream];
      if (pipe !== null) this.#read(stream, pipe);
    }
  }

  /** Whether this process lives as long as something may come. */
  hold(holds: boolean): void {
    for (const pipe of this.#pipes) {
      const handle = pipe as Partial<Record<'ref' | 'unref', () => void>>;
      if (holds) handle.ref?.();
      else handle.unref?.();
    }
  }

  #read(stream: OutputStream, pipe: Readable): void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    pipe.on('error', () => undefined); // its exit says more
    pipe.on('data', (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) lines.push(rest);
      const isTold = this.listener?.(stream, lines) === true;
      if (!isTold) process[stream].write(chunk);
      if (!isTold || rest.length > LONGEST_LINE) rest = '';
    });
    pipe.on('end', () => {
      if (rest !== '') this.listener?.(stream, [rest]);
    });
  }
}
