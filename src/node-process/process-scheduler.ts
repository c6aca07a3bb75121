import { LOW } from '../abi/codes.ts';
import { WorkStealingError } from '../base/errors.ts';
import { type MemoryPressure, pressureError } from '../client/pressure.ts';
import { closedError } from '../client/refusal.ts';
import { deserializeFailure } from '../codec/failure.ts';
import { type Machine, MemoryWatch } from '../scheduler/memory-watch.ts';
import { type EngineOptions, resolveOptions, type ResolvedOptions } from '../scheduler/options.ts';
import type { Patience } from '../scheduler/patience.ts';
import type { Degradation, TargetEvent } from '../scheduler/target.ts';
import { refuseInTaskModule } from '../scheduler/scheduler.ts';
import type { EngineStats } from '../scheduler/stats.ts';
import { TaskEngine } from '../scheduler/task-engine.ts';
import type { AttachHandle } from '../worker/attach.ts';
import type { AnyTasks } from '../worker/task-signature.ts';
import type { EventMessage } from './messages.ts';
import type { ProcessExit } from './node-process.ts';
import { ProcessObjectives } from './process-objectives.ts';
import { RemoteNode } from './remote-node.ts';

/**
 * A scheduler whose workers and shared memory live in a child process; it can be lost and comes again. docs/isolation.md
 *
 *     state \ event   run      close(drain)       close(drain: false)   last task ends   process gone
 *     running         submit   → draining         → closing             –                lost tasks reject, another starts
 *     draining        reject   same promise       → closing             → closing        as running
 *     closing         reject   same promise       same promise          –                → closed
 *     closed          reject   same promise       same promise          –                –
 */
export class ProcessScheduler<T = AnyTasks> extends TaskEngine<T> {
  readonly #node: RemoteNode;
  readonly #workers: number;
  readonly #memory: MemoryWatch;
  readonly #objectives: ProcessObjectives | undefined;

  private constructor(node: RemoteNode, options: ResolvedOptions, machine: Machine) {
    super(node.client, options.workers, options.name);
    this.#node = node;
    this.#workers = options.workers;
    this.#memory = new MemoryWatch(
      options,
      machine,
      () => node.client.pendingCount > 0,
      (pressure, isNew) => {
        this.#seePressure(pressure, isNew);
      },
    );
    if (options.objectives !== undefined) {
      const tell = (event: TargetEvent, degradation: Degradation): void => {
        this.announce(event, degradation);
      };
      this.#objectives = new ProcessObjectives(options.objectives, node.client, machine.windowMs, tell);
    }
    node.listen({
      onEvent: (message) => {
        this.#tell(message);
      },
      onExit: (exit) => {
        this.#objectives?.forget();
        this.#tellLost(exit);
      },
      onStarted: (threadIds) => {
        this.#tellStarted(threadIds);
      },
      onBusy: () => {
        this.#memory.begin();
        this.#objectives?.begin();
      },
      onIdle: () => {
        if (this.listenerCount('drain') > 0) this.announce('drain');
      },
      onHopeless: (error) => {
        if (this.listenerCount('error') > 0) this.announce('error', error);
      },
    });
  }

  /**
   * Starts the process and waits until each of its workers has loaded its tasks.
   *
   * @throws WorkStealingError ERR_INVALID_OPTION, ERR_MODULE_LOAD, ERR_LAYOUT_VERSION, ERR_RESOURCE_EXHAUSTED
   */
  static start<T = AnyTasks>(options: EngineOptions): Promise<ProcessScheduler<T>> {
    return ProcessScheduler.startOn<T>({}, options);
  }

  /** As `start`, on a machine that a test has made. @internal */
  static async startOn<T = AnyTasks>(machine: Machine, options: EngineOptions): Promise<ProcessScheduler<T>> {
    refuseInTaskModule();
    const resolved = resolveOptions(options);
    return new ProcessScheduler<T>(await RemoteNode.start(resolved), resolved, machine);
  }

  /** @throws WorkStealingError ERR_INVALID_OPTION: threads of this process share no memory with the scheduler */
  override attach(): AttachHandle {
    throw new WorkStealingError(
      'ERR_INVALID_OPTION',
      "expected an engine with isolation 'thread', whose memory threads can share, got isolation 'process': submit from the " +
        "thread that has the engine, or create it with isolation 'thread'",
      { option: 'isolation' },
    );
  }

  /** Counters, histograms, queues: a frozen snapshot, of the process as of its last report. */
  override stats(): EngineStats {
    return this.#node.stats();
  }

  /** @internal */
  override checkObjectives(): Degradation | undefined {
    return this.#objectives?.check();
  }

  /** Resolves when nothing is queued or running and the last report is in. */
  override async drain(): Promise<void> {
    this.#node.hold();
    try {
      await this.#node.quiet();
    } finally {
      this.#node.letGo();
    }
  }

  /** @internal */
  protected override beginClose(): void {
    const { client } = this.#node;
    this.#node.hold();
    if (client.refusal() === undefined) client.refuse(closedError);
  }

  /** @internal */
  protected override quiet(): Promise<void> {
    return this.#node.quiet();
  }

  /** @internal */
  protected override async endAll(drained: boolean, patience: Patience): Promise<boolean> {
    const { client } = this.#node;
    if (!drained) client.cancelWaiting(closedError);
    const cutOff = await this.#node.end(!drained, patience);
    client.abandon(closedError);
    this.#memory.close();
    this.#objectives?.close();
    this.#node.letGo();
    return cutOff;
  }

  // The child is in the same control group: one of both watches, and it is the one that tasks come to.
  #seePressure(pressure: MemoryPressure, isNew: boolean): void {
    const { client } = this.#node;
    client.pressure = pressure;
    if (!isNew) return;
    if (pressure.level !== 'none') client.cancelWaiting(() => pressureError(pressure), LOW, 'failed');
    this.announce('pressure', pressure);
  }

  #tell(message: EventMessage): void {
    if (message.event === 'workerLost') {
      const { worker, exitCode, cause } = message;
      this.announce('workerLost', {
        worker,
        node: 0,
        exitCode,
        cause: cause === undefined ? undefined : deserializeFailure(cause),
      });
    } else if (message.event === 'workerStarted') {
      const { worker, threadId } = message;
      this.announce('workerStarted', { worker, node: 0, threadId });
    } else if (message.event === 'pressure') {
      this.announce('pressure', message.pressure);
    } else if (message.event === 'degraded' || message.event === 'recovered') {
      this.#objectives?.hear(message.event, message.degradation);
    } else {
      this.postFailed(message.event === 'taskError' ? message.task : 'process', deserializeFailure(message.error));
    }
  }

  #tellLost({ exitCode, cause }: ProcessExit): void {
    for (let worker = 0; worker < this.#workers; ++worker) {
      this.announce('workerLost', { worker, node: 0, exitCode, cause });
    }
  }

  #tellStarted(threadIds: readonly number[]): void {
    for (const [worker, threadId] of threadIds.entries()) this.announce('workerStarted', { worker, node: 0, threadId });
  }
}
