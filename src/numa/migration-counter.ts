import type { ProcessSchedule } from './thread-migrations.ts';

/**
 * Counts moves of threads since a process was first seen, over threads that come and go: a thread that ends takes its number with
 * it, so that the sum over those that live would fall. What its threads had done before counts for nothing.
 */
export class MigrationCounter {
  /** Last reading of each thread of each process: by pid, by thread id. */
  readonly #last = new Map<number, Map<number, number>>();
  #total = 0;
  #isKnown = false;

  /** Since each process was first seen; null as long as no reading has told. */
  get total(): number | null {
    return this.#isKnown ? this.#total : null;
  }

  /** @param threads null: the kernel does not tell, which changes nothing */
  observe(pid: number, threads: ProcessSchedule | null): void {
    if (threads === null) return;
    const before = this.#last.get(pid);
    const after = new Map<number, number>();
    for (const [tid, { migrations }] of threads) {
      if (migrations === null) continue;
      after.set(tid, migrations);
      if (before !== undefined) this.#total += movesSince(before.get(tid), migrations);
    }
    if (after.size === 0) return;
    this.#isKnown = true;
    this.#last.set(pid, after);
  }

  /** Keeps no more than these processes in mind; the total stays. */
  keep(pids: readonly number[]): void {
    for (const pid of this.#last.keys()) if (!pids.includes(pid)) this.#last.delete(pid);
  }
}

// A number that falls is that of another thread, which has got the id anew.
function movesSince(before: number | undefined, now: number): number {
  return before === undefined || now < before ? now : now - before;
}
