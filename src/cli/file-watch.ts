import { statSync } from 'node:fs';
import { clearTimeout, setTimeout } from '../base/timers.ts';

/** How often files are looked at; a guess. */
const INTERVAL_MS = 200;

/** Waits until one of some files is changed, removed or made. Asks by name, so that it sees files that editors replace. */
export class FileWatch {
  readonly #stamps = new Map<string, string>();

  /** Remembers how a file is now: call it before the file is read. */
  note(path: string): void {
    if (!this.#stamps.has(path)) this.#stamps.set(path, stampOf(path));
  }

  /** Resolves when a file is no longer as it was noted, or `signal` aborts, and forgets them all. */
  async changed(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#differs()) await pause(signal);
    this.#stamps.clear();
  }

  #differs(): boolean {
    return [...this.#stamps].some(([path, stamp]) => stampOf(path) !== stamp);
  }
}

function stampOf(path: string): string {
  try {
    const { mtimeNs, size, ino } = statSync(path, { bigint: true });
    return [mtimeNs, size, ino].join();
  } catch {
    return 'none';
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, INTERVAL_MS);
    signal.addEventListener('abort', end);
  });
}
