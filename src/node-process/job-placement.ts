import type { Placement } from '../numa/placement.ts';
import type { Job } from './released.ts';

/** Counts which node process the tasks that waited, for this one or for any, were placed on and are released to: each task once. */
export class JobPlacement {
  readonly #index: number;
  readonly #placement: Pick<Placement, 'assigned' | 'released' | 'putBack'>;

  /** @param index of the process that they are released to */
  constructor(index: number, placement: Pick<Placement, 'assigned' | 'released' | 'putBack'>) {
    this.#index = index;
    this.#placement = placement;
  }

  /** Some of those that a job stands for are released. @param isCommon it waited for any process */
  released({ origin, worker }: Job, count: number, isCommon: boolean): void {
    if (worker >= 0) return; // nobody has placed it
    if (isCommon && origin === undefined) this.#placement.assigned(this.#index, count);
    else this.#placement.released(origin ?? this.#index, this.#index, count);
  }

  /** A task that was released is to wait again. @returns what is to wait: it keeps its place */
  putBack(job: Job): Job {
    if (job.worker >= 0) return job;
    const origin = job.origin ?? this.#index;
    this.#placement.putBack(origin, this.#index);
    return { ...job, origin };
  }
}
