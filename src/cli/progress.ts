import { clearInterval, setInterval } from '../base/timers.ts';

/** How far a run has come, for people: a bar on a terminal, nothing otherwise. */
export interface Progress {
  /** Prints a line on stderr, above the bar if there is one. */
  log(text: string): void;
  stop(): void;
}

/** What the bar shows. */
export interface ProgressSource {
  /** Size of the input; null when it is not known, as of a pipe. */
  readonly totalBytes: number | null;
  readonly bytesRead: () => number;
  readonly lines: () => number;
}

const REFRESH_MS = 100;

/** Starts showing progress on stderr; a bar only when that is a terminal. */
export async function startProgress({ totalBytes, bytesRead, lines }: ProgressSource): Promise<Progress> {
  if (!process.stderr.isTTY) {
    return {
      log: (text) => void process.stderr.write(`${text}\n`),
      stop: () => undefined,
    };
  }
  const { default: cliProgress } = await import('cli-progress');
  const format =
    totalBytes === null
      ? '{lines} lines in {duration_formatted}'
      : '{bar} {percentage}% {lines} lines, {eta_formatted} left';
  const bars = new cliProgress.MultiBar(
    { format, stream: process.stderr, clearOnComplete: true },
    cliProgress.Presets.shades_classic,
  );
  const bar = bars.create(totalBytes ?? 0, 0, { lines: 0 });
  const refresh = setInterval(() => {
    bar.update(bytesRead(), { lines: lines() });
  }, REFRESH_MS);
  return {
    log: (text) => {
      bars.log(`${text}\n`);
    },
    stop: () => {
      clearInterval(refresh);
      bars.stop();
    },
  };
}
