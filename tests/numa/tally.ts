import type { CheckRecord } from './record.ts';

const MARKS = { ok: 'ok  ', failed: 'FAIL', skipped: 'skip' } satisfies Record<CheckRecord['outcome'], string>;

/** How many checks had which outcome, and how long that took. */
export class Tally {
  readonly #counts = { ok: 0, failed: 0, skipped: 0 };
  #seconds: number;

  constructor(seconds = 0) {
    this.#seconds = seconds;
  }

  get failed(): number {
    return this.#counts.failed;
  }

  /** Counts a check. @returns the lines that tell of it */
  count(program: string, { check, outcome, message }: CheckRecord): string {
    this.#counts[outcome]++;
    const line = `  ${MARKS[outcome]} ${program}: ${check}`;
    if (message === undefined) return line;
    return outcome === 'skipped' ? `${line} (${message})` : `${line}\n${message.replaceAll(/^/gm, '         ')}`;
  }

  add(other: Tally): void {
    for (const outcome of ['ok', 'failed', 'skipped'] as const) this.#counts[outcome] += other.#counts[outcome];
    this.#seconds += other.#seconds;
  }

  toString(): string {
    const { ok, failed, skipped } = this.#counts;
    return `${String(ok)} ok, ${String(failed)} failed, ${String(skipped)} skipped, ${this.#seconds.toFixed(0)} s`;
  }
}
