import type { Counts } from '../client/counts.ts';
import type { TaskClient } from '../client/task-client.ts';
import type { SharedBuffer } from '../codec/shared-buffer.ts';
import type { NumaCore } from '../numa/numa-core.ts';
import { NumaScheduler } from '../numa/numa-scheduler.ts';
import type { AttachHandle } from '../worker/attach.ts';
import { Submitter } from '../worker/submitter.ts';
import type { AnyTasks, GivenInput, RunArgs, TaskInput, TaskName, TaskResult } from '../worker/task-signature.ts';
import { checkCloseOptions, type CloseOptions } from './close-options.ts';
import type { CloseReport, SchedulerEvents } from './events.ts';
import { Patience } from './patience.ts';
import { resolveSignalOptions, type SignalOptions } from './signal-options.ts';
import { type Closable, signalWatch } from './signal-watch.ts';
import type { EngineStats } from './stats.ts';
import type { Degradation } from '../numa/alarms.ts';

/**
 * A scheduler as its owner sees it, wherever its workers live: in this process, or in one of their own. It keeps the lifecycle;
 * what each step of a close does is the scheduler's. docs/lifecycle.md
 */
export abstract class TaskEngine<T = AnyTasks> extends Submitter<T, SchedulerEvents> implements AsyncDisposable {
  readonly #closable: Closable;
  readonly #counts: Readonly<Counts>;
  readonly #makeNuma: () => NumaCore;
  #numa: NumaScheduler | undefined;
  #closing: Promise<CloseReport> | undefined;
  /** Of a close that is under way: without it, it goes on by force. */
  #patience: Patience | undefined;

  /** @internal @param numa makes what `numa` is of, when somebody asks */
  protected constructor(client: TaskClient, workers: number, name: string, numa: () => NumaCore) {
    super(client, workers);
    this.#makeNuma = numa;
    this.#counts = client.counts;
    this.#closable = { name, close: (drain) => this.close({ drain }) };
  }

  /** Runs a task once on every worker. @returns results by worker index */
  broadcast<K extends TaskName<T>>(
    name: K,
    ...args: RunArgs<GivenInput<TaskInput<T, K>>, never>
  ): Promise<TaskResult<T, K>[]> {
    return this.runner.broadcast(name, args[0]) as Promise<TaskResult<T, K>[]>;
  }

  /**
   * Memory of the pool that payloads are in: tasks of this engine get it without a copy. It is zero, and the caller's until it is freed.
   * docs/kernels.md#memory-without-copies
   *
   * @throws WorkStealingError ERR_INVALID_OPTION for what is no whole number of bytes, and with isolation 'process' or several NUMA nodes;
   *   ERR_PAYLOAD_TOO_LARGE, ERR_RESOURCE_EXHAUSTED, ERR_CLOSED
   */
  abstract allocate(bytes: number): SharedBuffer;

  /**
   * A handle that other threads of this process attach with: `attach(handle)` of 'tallyio/worker'. A thread that ends gives its
   * place back; one that is terminated does if this thread started it after the scheduler.
   *
   * @throws WorkStealingError ERR_INVALID_OPTION with isolation 'process'
   */
  abstract attach(): AttachHandle;

  /** The NUMA nodes of the machine, and how well this engine uses them. docs/numa.md */
  get numa(): NumaScheduler {
    this.#numa ??= this.#startNuma();
    return this.#numa;
  }

  /** Counters, histograms, queues: a frozen snapshot. */
  abstract stats(): EngineStats;

  /** The objective of option `objectives` that is missed by most; undefined when none is. @internal */
  abstract checkObjectives(): Degradation | undefined;

  /** Resolves when nothing is queued or running. */
  abstract drain(): Promise<void>;

  /** Ends the scheduler. Idempotent; a later `drain: false` forces an earlier draining close. */
  async close(options: CloseOptions = {}): Promise<CloseReport> {
    const { drain, timeoutMs } = checkCloseOptions(options);
    if (this.#closing === undefined) this.#closing = this.#close(drain, timeoutMs);
    else if (!drain) this.#patience?.cut();
    return this.#closing;
  }

  /**
   * Closes by signals of the operating system: the first one drains, another one or the time limit forces, a third one is not
   * caught. When every engine of the process that listens has closed, the process ends as the signal would have ended it, unless
   * somebody else listens for that signal. Called again it replaces the options; of a closed engine it does nothing.
   *
   * @throws WorkStealingError ERR_INVALID_OPTION, also in a worker thread, where no signal arrives
   */
  closeOnSignal(options: SignalOptions = {}): void {
    const resolved = resolveSignalOptions(options);
    const isClosed = this.#closing !== undefined && this.#patience === undefined;
    if (!isClosed) signalWatch.add(this.#closable, resolved);
  }

  /** `await using engine = …` closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** `close()` was called. @internal */
  protected get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Draining begins: nothing new is accepted, and the process lives until all has ended. @internal */
  protected abstract beginClose(): void;

  /** Resolves at a moment at which nothing was queued or running. @internal */
  protected abstract quiet(): Promise<void>;

  /**
   * Ends the workers, and everything else.
   *
   * @param drained nothing is queued or running; else that is ended first, and the patience is over
   * @param patience when it is over, what is left has its grace only
   * @returns whether something was cut off
   * @internal
   */
  protected abstract endAll(drained: boolean, patience: Patience): Promise<boolean>;

  #startNuma(): NumaScheduler {
    const core = this.#makeNuma();
    core.alsoCheck = () => this.checkObjectives();
    return NumaScheduler.over(core);
  }

  async #close(drain: boolean, timeoutMs: number): Promise<CloseReport> {
    const patience = new Patience(timeoutMs);
    this.#patience = patience;
    this.beginClose();
    const drained = drain && (await patience.wait(this.quiet())) !== undefined;
    if (!drained) patience.cut();
    const cutOff = await this.endAll(drained, patience);
    patience.end();
    this.#patience = undefined;
    signalWatch.delete(this.#closable); // signals are none of its business any more
    const { completed, failed, cancelled, timedOut, lost } = this.#counts;
    const report = Object.freeze({ completed, failed, cancelled, timedOut, lost, forced: !drained || cutOff });
    this.announce('close', report);
    return report;
  }
}
