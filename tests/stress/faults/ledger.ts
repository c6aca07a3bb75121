/** What the promises of an engine's tasks told, against what the engine counts. */
import type { Counts } from '../../../src/client/counts.ts';

const OUTCOMES = ['completed', 'failed', 'cancelled', 'timedOut', 'lost'] as const;

/** How a task that was accepted may end. */
export type Ended = (typeof OUTCOMES)[number];

const BY_CODE = new Map<string | undefined, Ended>([
  [undefined, 'completed'],
  ['ERR_TASK_FAILED', 'failed'],
  ['ERR_NOT_SHAREABLE', 'failed'],
  ['ERR_RESOURCE_EXHAUSTED', 'failed'],
  ['ERR_TASK_ABORTED', 'cancelled'],
  ['ERR_CLOSED', 'cancelled'],
  ['ERR_TASK_TIMEOUT', 'timedOut'],
  ['ERR_DEADLINE', 'timedOut'],
  ['ERR_WORKER_LOST', 'lost'],
]);

/**
 * Books of one engine. A promise of a single task tells exactly how that ended; of tasks that stand and fall together the first
 * failure alone is told. So each count must be what was told, and at most as much more as was not.
 */
export class Ledger {
  readonly told: Record<Ended, number> = { completed: 0, failed: 0, cancelled: 0, timedOut: 0, lost: 0 };
  /** Accepted by the engine. */
  submitted = 0;
  /** Accepted, and nobody was told how they ended. */
  untold = 0;
  /** Perhaps accepted. */
  doubtful = 0;
  /** Accepted without a promise, and did not fail so far. */
  posted = 0;

  /** A task has ended. @param code of its error, undefined for a value. @throws RangeError when no task may end with it */
  end(code: string | undefined): void {
    const ended = BY_CODE.get(code);
    if (ended === undefined) throw new RangeError(`expected the code of an end, got ${String(code)}`);
    this.told[ended] += 1;
  }

  /** A posted task has failed. */
  endPosted(code: string | undefined): void {
    this.posted -= 1;
    this.end(code);
  }

  /** @returns what does not agree; nothing is queued or running */
  compare(counts: Omit<Counts, 'submitted'>, submitted: number): string[] {
    const slack = this.untold + this.doubtful;
    const problems: string[] = [];
    if (submitted < this.submitted || submitted > this.submitted + this.doubtful)
      problems.push(`${String(submitted)} counted as submitted, ${String(this.submitted)} were`);
    for (const ended of OUTCOMES) {
      const counted = counts[ended];
      const told = this.told[ended] + (ended === 'completed' ? this.posted : 0);
      if (counted < told || counted > told + slack)
        problems.push(
          `${String(counted)} counted as ${ended}, ${String(told)} promises told so, ${String(slack)} nothing`,
        );
    }
    const sum = OUTCOMES.reduce((total, ended) => total + counts[ended], 0);
    if (sum !== submitted) problems.push(`${String(submitted)} submitted, ${String(sum)} ended`);
    return problems;
  }
}
