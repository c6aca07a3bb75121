/** What the job shows while it runs, on stderr: a bar on a terminal, else a line per phase. */
import { Presets, SingleBar } from 'cli-progress';

/** The terminal is redrawn at most this often; every update costs time that the engine's host thread does not have. */
const FRAMES_PER_SECOND = 10;

export interface Progress {
  /** Ends the phase before and starts the next, which takes `steps` calls of `step`. */
  phase: (name: string, steps: number) => void;
  step: () => void;
  end: () => void;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? new BarProgress(stream) : new LineProgress(stream);
}

class BarProgress implements Progress {
  readonly #bar: SingleBar;
  #done = 0;
  #lastFrame = 0;

  constructor(stream: NodeJS.WriteStream) {
    const format = '{phase} [{bar}] {percentage} % | {duration_formatted} | {value}/{total}';
    this.#bar = new SingleBar({ stream, format, fps: FRAMES_PER_SECOND, hideCursor: true }, Presets.shades_classic);
  }

  phase(name: string, steps: number): void {
    this.end();
    this.#done = 0;
    this.#bar.start(steps, 0, { phase: name.padEnd(16) });
  }

  step(): void {
    this.#done++;
    const now = performance.now();
    if (now - this.#lastFrame < 1000 / FRAMES_PER_SECOND) return;
    this.#lastFrame = now;
    this.#bar.update(this.#done);
  }

  end(): void {
    if (!this.#bar.isActive) return;
    this.#bar.update(this.#done);
    this.#bar.stop();
  }
}

class LineProgress implements Progress {
  readonly #stream: NodeJS.WriteStream;
  #current: { readonly name: string; readonly start: number } | undefined;
  #done = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  phase(name: string, steps: number): void {
    this.end();
    this.#current = { name, start: performance.now() };
    this.#done = 0;
    this.#stream.write(`${name}: ${String(steps)} steps …\n`);
  }

  step(): void {
    this.#done++;
  }

  end(): void {
    if (this.#current === undefined) return;
    const seconds = (performance.now() - this.#current.start) / 1000;
    this.#stream.write(`${this.#current.name}: ${String(this.#done)} done in ${seconds.toFixed(1)} s\n`);
    this.#current = undefined;
  }
}
