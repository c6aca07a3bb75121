import type { TaskClient } from '../client/task-client.ts';
import type { AttachHandle } from '../worker/attach.ts';
import { Submitter } from '../worker/submitter.ts';
import type { AnyTasks, RunArgs, TaskInput, TaskName, TaskResult } from '../worker/task-signature.ts';
import type { CloseOptions } from './close-options.ts';
import type { CloseReport, SchedulerEvents } from './events.ts';
import { resolveSignalOptions, type SignalOptions } from './signal-options.ts';
import { type Closable, signalWatch } from './signal-watch.ts';
import type { EngineStats } from './stats.ts';

/** A scheduler as its owner sees it, wherever its workers live: in this process, or in one of their own. */
export abstract class TaskEngine<T = AnyTasks> extends Submitter<T, SchedulerEvents> implements AsyncDisposable {
  readonly #closable: Closable;

  /** @internal */
  protected constructor(client: TaskClient, workers: number, name: string) {
    super(client, workers);
    this.#closable = { name, close: (drain) => this.close({ drain }) };
  }

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

  /**
   * Closes by signals of the operating system: the first one drains, another one or the time limit forces, a third one is not
   * caught. When every engine of the process that listens has closed, the process ends as the signal would have ended it, unless
   * somebody else listens for that signal. Called again it replaces the options; of a closed engine it does nothing.
   *
   * @throws WorkStealingError ERR_INVALID_OPTION, also in a worker thread, where no signal arrives
   */
  closeOnSignal(options: SignalOptions = {}): void {
    const resolved = resolveSignalOptions(options);
    if (!this.isClosed) signalWatch.add(this.#closable, resolved);
  }

  /** `await using engine = …` closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  protected abstract get isClosed(): boolean;

  /** It has closed: signals are none of its business. @internal */
  protected hearNoSignals(): void {
    signalWatch.delete(this.#closable);
  }
}
