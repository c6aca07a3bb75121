import type { WaitingQueues } from '../client/waiting.ts';
import type { JobPlacement } from './job-placement.ts';
import type { Job } from './released.ts';

/** Who is next to be released to a process: of those that wait for it and those that wait for any, in turn. */
export class Turns {
  /** Those that wait for it. */
  readonly own: WaitingQueues<Job>;
  /** Those that wait for any. */
  readonly commons: WaitingQueues<Job>;
  readonly #places: Pick<JobPlacement, 'released' | 'putBack'>;
  #isCommonsTurn = false;

  /** @param places who counts where they were placed and are released to */
  constructor(
    own: WaitingQueues<Job>,
    commons: WaitingQueues<Job>,
    places: Pick<JobPlacement, 'released' | 'putBack'>,
  ) {
    this.own = own;
    this.commons = commons;
    this.#places = places;
  }

  /** The queue whose first one of a priority is next; both may be empty. */
  next(level: number): WaitingQueues<Job> {
    const isCommons =
      this.own.peekAt(level) === undefined || (this.#isCommonsTurn && this.commons.peekAt(level) !== undefined);
    return isCommons ? this.commons : this.own;
  }

  /** The first one of a queue was released, or `count` of those that it stands for. */
  taken(queue: WaitingQueues<Job>, job: Job, count: number): void {
    this.#isCommonsTurn = queue === this.own;
    this.#places.released(job, count, queue === this.commons);
  }

  /** Whether a task must queue behind others of its priority. @param isForOne only one certain worker may run it */
  blocks(level: number, isForOne: boolean): boolean {
    if (this.own.peekAt(level) !== undefined) return true;
    return !isForOne && this.commons.peekAt(level) !== undefined;
  }

  /** What was released came back and is to wait elsewhere. @returns it, as it knows where it was */
  returned(job: Job): Job {
    return this.#places.putBack(job);
  }

  /** What was released is to run again, before all others. @param isLate what prefers no node waits for any */
  putBack(job: Job, isLate: boolean): void {
    const isAnybodys = isLate && job.worker < 0 && job.pending.preferred < 0;
    (isAnybodys ? this.commons : this.own).putBack(this.#places.putBack(job));
  }
}
