import type { AttachHandle } from '../worker/attach.ts';
import { Submitter } from '../worker/submitter.ts';
import type { AnyTasks, RunArgs, TaskInput, TaskName, TaskResult } from '../worker/task-signature.ts';
import type { CloseOptions } from './close-options.ts';
import type { CloseReport, SchedulerEvents } from './events.ts';
import type { EngineStats } from './stats.ts';

/** A scheduler as its owner sees it, wherever its workers live: in this process, or in one of their own. */
export abstract class TaskEngine<T = AnyTasks> extends Submitter<T, SchedulerEvents> implements AsyncDisposable {
  /** Runs a task once on every worker. @returns results by worker index */
  broadcast<K extends TaskName<T>>(name: K, ...args: RunArgs<TaskInput<T, K>, never>): Promise<TaskResult<T, K>[]> {
    return this.runner.broadcast(name, args[0]) as Promise<TaskResult<T, K>[]>;
  }

  /**
   * A handle that other threads of this process attach with: `attach(handle)` of 'tallyio/worker'. A thread that ends gives its
   * place back; one that is terminated does if this thread started it after the scheduler.
   *
   * @throws WorkStealingError ERR_INVALID_OPTION with isolation 'process'
   */
  abstract attach(): AttachHandle;

  /** Counters, histograms, queues: a frozen snapshot. */
  abstract stats(): EngineStats;

  /** Resolves when nothing is queued or running. */
  abstract drain(): Promise<void>;

  /** Ends the scheduler. Idempotent; a later `drain: false` forces an earlier draining close. */
  abstract close(options?: CloseOptions): Promise<CloseReport>;

  /** `await using engine = …` closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
