import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import type { TestEngine } from './engines.ts';

/** How a promise ended. */
export interface Outcomes<T> {
  readonly values: readonly T[];
  /** Positions of the tasks that were lost. */
  readonly lost: readonly number[];
}

/** Waits for all; whatever rejects must be ERR_WORKER_LOST. */
export async function outcomesOf<T>(tasks: readonly Promise<T>[]): Promise<Outcomes<T>> {
  const settled = await Promise.allSettled(tasks);
  const values: T[] = [];
  const lost: number[] = [];
  for (const [position, outcome] of settled.entries()) {
    if (outcome.status === 'fulfilled') {
      values.push(outcome.value);
      continue;
    }
    const reason = outcome.reason as { code?: unknown; attempts?: unknown };
    assert.deepEqual([reason.code, reason.attempts], ['ERR_WORKER_LOST', 1], String(outcome.reason));
    lost.push(position);
  }
  return { values, lost };
}

/** Whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${String(pid)}/status`;
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
}

/** Most memory that a process had, in bytes; 0 where the system does not tell. */
export function peakBytes(pid: number): number {
  const status = `/proc/${String(pid)}/status`;
  if (!existsSync(status)) return 0;
  return 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(status, 'utf8'))?.[1] ?? 0);
}

/** All that was submitted has ended one way or another. */
export function assertBalance(engine: TestEngine): void {
  const { submitted, completed, failed, cancelled, timedOut, lost } = engine.stats();
  assert.equal(completed + failed + cancelled + timedOut + lost, submitted);
}
