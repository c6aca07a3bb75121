import { LEVELS } from '../abi/codes.ts';
import { Fifo } from '../client/fifo.ts';
import { NOWHERE, type Pending, WAITING } from '../client/pending.ts';

/** A task that has not been released; its input is encoded already. */
export interface Job {
  readonly pending: Pending;
  readonly priority: number;
  readonly tag: number;
  readonly number: number;
  readonly bytes: Uint8Array;
  /** The only worker that may run it, −1 for any. */
  readonly worker: number;
  /** How often it was released and lost. */
  readonly losses: number;
}

/** Tasks that wait on the host, FIFO per priority; each priority is let out by a window of its own. */
export class Backlog {
  /** Waiting and not dropped. */
  size = 0;
  /** Those that were on their way when their process died go before the others. */
  readonly #returned = queues();
  readonly #queues = queues();

  push(job: Job): void {
    this.#add(this.#queues, job);
  }

  /** Takes a job back that was on its way. */
  putBack(job: Job): void {
    this.#add(this.#returned, job);
  }

  /** The next one of a priority; undefined when none waits. */
  peek(level: number): Job | undefined {
    if (this.size === 0) return undefined;
    return first(this.#returned[level]) ?? first(this.#queues[level]);
  }

  /** Takes out what `peek` gave. */
  shift(level: number): void {
    const queue = (this.#returned[level]?.size ?? 0) > 0 ? this.#returned[level] : this.#queues[level];
    const job = queue?.shift();
    if (job !== undefined) this.#remove(job.pending);
  }

  /** Takes a task out wherever it stands. @returns false when it does not wait here */
  drop(pending: Pending): boolean {
    if (pending.index !== WAITING) return false;
    this.#remove(pending);
    return true;
  }

  /** Waiting tasks of a priority. */
  countAt(level: number): number {
    let count = 0;
    for (const { priority } of this) if (priority === level) count += 1;
    return count;
  }

  *[Symbol.iterator](): IterableIterator<Job> {
    for (const lanes of [this.#returned, this.#queues]) {
      for (const queue of lanes) for (const job of queue) if (job.pending.index === WAITING) yield job;
    }
  }

  #add(lanes: readonly Fifo<Job>[], job: Job): void {
    job.pending.index = WAITING;
    lanes[job.priority]?.push(job);
    this.size += 1;
  }

  #remove(pending: Pending): void {
    pending.index = NOWHERE;
    this.size -= 1;
  }
}

function queues(): readonly Fifo<Job>[] {
  return Array.from({ length: LEVELS }, () => new Fifo<Job>());
}

// Dropped ones are skipped when their turn comes.
function first(queue: Fifo<Job> | undefined): Job | undefined {
  let job = queue?.peek();
  while (job !== undefined && job.pending.index !== WAITING) {
    queue?.shift();
    job = queue?.peek();
  }
  return job;
}
