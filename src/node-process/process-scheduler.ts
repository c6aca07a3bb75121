import { LOW } from '../abi/codes.ts';
import { startClock } from '../base/clock.ts';
import { WorkStealingError } from '../base/errors.ts';
import { bare } from '../base/given.ts';
import { warn } from '../base/warning.ts';
import { anyOf } from '../client/node-preference.ts';
import { type MemoryPressure, pressureError } from '../client/pressure.ts';
import { closedError } from '../client/refusal.ts';
import { taskTable } from '../client/task-type.ts';
import { deserializeFailure } from '../codec/failure.ts';
import type { SharedBuffer } from '../codec/shared-buffer.ts';
import type { Degradation } from '../numa/alarms.ts';
import type { Monitor } from '../numa/monitor.ts';
import type { NumaCore } from '../numa/numa-core.ts';
import { OnePlace } from '../numa/one-place.ts';
import type { Placement } from '../numa/placement.ts';
import type { Machine } from '../scheduler/machine.ts';
import { MemoryWatch } from '../scheduler/memory-watch.ts';
import { coreOfOne, ownNode } from '../scheduler/own-process.ts';
import { type EngineOptions, resolveOptions, type ResolvedOptions } from '../scheduler/options.ts';
import type { Patience } from '../scheduler/patience.ts';
import type { TargetEvent } from '../scheduler/target.ts';
import { refuseInTaskModule } from '../scheduler/scheduler.ts';
import type { EngineStats } from '../scheduler/stats.ts';
import { TaskEngine } from '../scheduler/task-engine.ts';
import type { AttachHandle } from '../worker/attach.ts';
import type { AnyTasks } from '../worker/task-signature.ts';
import { launchOf } from './launch.ts';
import type { EventMessage } from './messages.ts';
import { mergeStats } from './node-stats.ts';
import type { ProcessExit } from './node-process.ts';
import type { OutputStream } from './output.ts';
import { ProcessObjectives } from './process-objectives.ts';
import { RemoteClient } from './remote-client.ts';
import { RemoteNode } from './remote-node.ts';
import { FreeStart, type NodeStart } from './node-start.ts';
import { sameTasks, startAll } from './start.ts';

/**
 * A scheduler whose workers and shared memory live in child processes, one for each NUMA node that is used; each can be lost and
 * comes again. docs/isolation.md, docs/numa.md
 *
 *     state \ event   run      close(drain)       close(drain: false)   last task ends   process gone
 *     running         submit   → draining         → closing             –                lost tasks reject, another starts
 *     draining        reject   same promise       → closing             → closing        as running
 *     closing         reject   same promise       same promise          –                → closed
 *     closed          reject   same promise       same promise          –                –
 */
export class ProcessScheduler<T = AnyTasks> extends TaskEngine<T> {
  readonly #client: RemoteClient;
  readonly #nodes: readonly RemoteNode[];
  readonly #capacity: number;
  readonly #memory: MemoryWatch;
  readonly #monitor: Monitor | undefined;
  readonly #objectives: ProcessObjectives | undefined;
  #isHopeless = false;
  /** Those who wait until nothing is pending. */
  #waiters: (() => void)[] = [];

  private constructor(
    client: RemoteClient,
    nodes: readonly RemoteNode[],
    options: ResolvedOptions,
    machine: Machine,
    core: NumaCore | undefined,
  ) {
    super(client, options.workers, options.name, () => core ?? this.#watched(coreOfOne(machine, options)));
    this.#monitor = core?.monitor;
    if (core === undefined) client.anyNode = (id) => anyOf(id, this.numa.topology);
    else this.#watched(core);
    this.#client = client;
    this.#nodes = nodes;
    this.#capacity = options.capacity;
    this.#memory = new MemoryWatch(
      options,
      machine,
      () => client.pendingCount > 0,
      (pressure, isNew) => {
        this.#seePressure(pressure, isNew);
      },
    );
    this.#objectives = this.#watchObjectives(options, machine);
    client.rest.onBusy = () => {
      this.#memory.begin();
      this.#objectives?.begin();
      this.#monitor?.begin();
    };
    client.rest.onIdle = () => {
      this.#monitor?.end();
      this.#wakeWaiters();
      if (this.listenerCount('drain') > 0) this.announce('drain');
    };
    for (const [index, node] of nodes.entries()) this.#listen(index, node);
  }

  /**
   * Starts one process and waits until each of its workers has loaded its tasks.
   *
   * @throws WorkStealingError ERR_INVALID_OPTION, ERR_MODULE_LOAD, ERR_LAYOUT_VERSION, ERR_RESOURCE_EXHAUSTED
   */
  static start<T = AnyTasks>(options: EngineOptions): Promise<ProcessScheduler<T>> {
    return ProcessScheduler.startOn<T>(bare({}), options);
  }

  /** As `start`, on a machine that a test has made. @internal */
  static async startOn<T = AnyTasks>(machine: Machine, options: EngineOptions): Promise<ProcessScheduler<T>> {
    refuseInTaskModule();
    const resolved = resolveOptions(options);
    return ProcessScheduler.startOne<T>(machine, resolved);
  }

  /** Starts one process, which may run wherever this one may. @internal */
  static startOne<T = AnyTasks>(machine: Machine, options: ResolvedOptions): Promise<ProcessScheduler<T>> {
    const { node = 0, workerCpus } = machine;
    const place = { id: node, firstWorker: 0, workers: options.workers };
    const start = new FreeStart(place, launchOf(options, { node, workerCpus }));
    return ProcessScheduler.startNodes<T>(machine, options, [start], new OnePlace(), undefined);
  }

  /** Starts a process for each node. @param core of these nodes; undefined: nobody watches them @internal */
  static async startNodes<T = AnyTasks>(
    machine: Machine,
    options: ResolvedOptions,
    starts: readonly NodeStart[],
    placement: Placement,
    core: NumaCore | undefined,
  ): Promise<ProcessScheduler<T>> {
    const started = await startAll(starts);
    const first = await sameTasks(started);
    const client = new RemoteClient({
      tasks: taskTable(first.kernels, first.handlers),
      now: startClock().now,
      capacity: options.capacity,
      maxQueue: options.maxQueue,
      retry: options.retry,
      concurrency: options.concurrency,
      payloadLimit: first.payloadLimit,
      nodes: starts.map(({ place }) => place),
      placement,
    });
    const nodes = client.nodes.flatMap((tasks, index) => {
      const process = started[index];
      const start = starts[index];
      return process === undefined || start === undefined ? [] : [new RemoteNode(start, tasks, process)];
    });
    const workers = starts.reduce((sum, { place }) => sum + place.workers, 0);
    return new ProcessScheduler<T>(client, nodes, { ...options, workers }, machine, core);
  }

  /** @throws WorkStealingError ERR_INVALID_OPTION: this process shares no memory with the scheduler */
  override allocate(): SharedBuffer {
    throw new WorkStealingError(
      'ERR_INVALID_OPTION',
      "expected an engine whose workers share memory with this process, got one with isolation 'process' or a process for each NUMA node: " +
        "pass the bytes as the input, which copies them, or create the engine with isolation 'thread' and numa 'off'",
      { option: 'isolation' },
    );
  }

  /** @throws WorkStealingError ERR_INVALID_OPTION: threads of this process share no memory with the scheduler */
  override attach(): AttachHandle {
    throw new WorkStealingError(
      'ERR_INVALID_OPTION',
      "expected an engine whose memory threads can share, got one with isolation 'process' or a process for each NUMA node: submit " +
        "from the thread that has the engine, or create it with isolation 'thread' and numa 'off'",
      { option: 'isolation' },
    );
  }

  /** Counters, histograms, queues: a frozen snapshot, of each process as of its last report. */
  override stats(): EngineStats {
    return mergeStats(this.#nodes, this.#client, this.#capacity);
  }

  /** @internal */
  override checkObjectives(): Degradation | undefined {
    return this.#objectives?.check();
  }

  /** Resolves when nothing is queued or running and the last report is in. */
  override async drain(): Promise<void> {
    for (const node of this.#nodes) node.hold();
    try {
      await this.quiet();
    } finally {
      for (const node of this.#nodes) node.letGo();
    }
  }

  /** @internal */
  protected override beginClose(): void {
    for (const node of this.#nodes) node.hold();
    if (this.#client.refusal() === undefined) this.#client.refuse(closedError);
  }

  /** @internal */
  protected override async quiet(): Promise<void> {
    let released: number;
    do {
      while (this.#client.pendingCount > 0) {
        await new Promise<void>((resolve) => {
          this.#waiters.push(resolve);
        });
      }
      released = this.#releasedTotal;
      await Promise.all(this.#nodes.map((node) => node.quiet()));
      // A node that was quiet first may have got something from another one meanwhile, or from whoever submits.
    } while (this.#client.pendingCount > 0 || this.#releasedTotal !== released);
  }

  /** @internal */
  protected override async endAll(drained: boolean, patience: Patience): Promise<boolean> {
    if (!drained) this.#client.cancelWaiting(closedError);
    const cutOff = await Promise.all(this.#nodes.map((node) => node.end(!drained, patience)));
    patience.end();
    this.#client.abandon(closedError);
    this.#memory.close();
    this.#objectives?.close();
    this.#monitor?.close();
    for (const node of this.#nodes) node.letGo();
    return cutOff.includes(true);
  }

  #wakeWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  get #releasedTotal(): number {
    return [0, 1, 2, 3].reduce((total, level) => total + this.#client.releasedAt(level), 0);
  }

  #watched(core: NumaCore): NumaCore {
    const nowhere = { id: ownNode(core), cpus: core.topology.allowedCpus };
    core.monitor.attach({
      nodes: () =>
        this.#nodes.flatMap(({ pid, place, start }) => {
          const { workers } = place;
          if (pid === null) return [];
          if (start.cpus === undefined) return [{ ...nowhere, pid, workers, pinned: false }];
          return [{ id: place.id, pid, workers, cpus: start.cpus, pinned: start.isPinned }];
        }),
    });
    core.monitor.addCheck(() => this.#unpinned());
    core.monitor.listen((event, degradation) => {
      this.announce(event, degradation);
    });
    return core;
  }

  #watchObjectives({ objectives }: ResolvedOptions, { windowMs }: Machine): ProcessObjectives | undefined {
    if (objectives === undefined) return undefined;
    const tell = (event: TargetEvent, degradation: Degradation): void => {
      this.announce(event, degradation);
    };
    return new ProcessObjectives(objectives, this.#client, windowMs, tell);
  }

  // Node processes that do not run where they should, or are gone for good.
  #unpinned(): Degradation | undefined {
    const well = this.#nodes.filter(({ start, givenUp }) => start.reason === undefined && givenUp === undefined);
    const value = well.length / this.#nodes.length;
    return value === 1 ? undefined : { metric: 'nodes', value, threshold: 1 };
  }

  #listen(index: number, node: RemoteNode): void {
    node.listen({
      onEvent: (message) => {
        this.#tell(message, node, index);
      },
      onOutput: (stream, lines) => this.#tellOutput(node.place.id, stream, lines),
      onExit: (exit) => {
        this.#objectives?.forget(index);
        this.#tellLost(exit, node);
      },
      onGone: (error) => {
        this.#evacuate(index, error); // what it gave back
      },
      onStarted: (threadIds) => {
        this.#tellStarted(threadIds, node);
      },
      onHopeless: (error) => {
        this.#objectives?.forget(index);
        this.#evacuate(index, error);
        this.#warnOfOthers(node.place.id, error);
      },
    });
  }

  #warnOfOthers(id: number, { message }: WorkStealingError): void {
    if (this.#isHopeless || this.isClosing) return;
    warn('WARN_NODE_GIVEN_UP', `others take over from node ${String(id)}: ${message}`);
  }

  // A node process will not come again: the others take over, if there are any.
  #evacuate(index: number, error: WorkStealingError): void {
    if (this.#client.evacuate(index, () => error)) return;
    this.#client.refuse(() => error);
    this.#client.abandon(() => error);
    if (!this.#isHopeless && this.listenerCount('error') > 0) this.announce('error', error);
    this.#isHopeless = true;
  }

  // The children are in the same control group: one of all watches, and it is the one that tasks come to.
  #seePressure(pressure: MemoryPressure, isNew: boolean): void {
    const client = this.#client;
    client.pressure = pressure;
    if (!isNew) return;
    if (pressure.level !== 'none') client.cancelWaiting(() => pressureError(pressure), LOW, 'failed');
    this.announce('pressure', pressure);
  }

  #tell(message: EventMessage, { place }: RemoteNode, index: number): void {
    const node = place.id;
    if (message.event === 'workerLost') {
      const { worker, exitCode, cause } = message;
      const error = cause === undefined ? undefined : deserializeFailure(cause);
      this.announce('workerLost', { worker, node, exitCode, cause: error });
    } else if (message.event === 'workerStarted') {
      const { worker, threadId } = message;
      this.announce('workerStarted', { worker, node, threadId });
    } else if (message.event === 'pressure') {
      this.announce('pressure', message.pressure);
    } else if (message.event === 'degraded' || message.event === 'recovered') {
      this.#objectives?.hear(index, message.event, message.degradation);
    } else {
      this.postFailed(message.event === 'taskError' ? message.task : 'process', deserializeFailure(message.error));
    }
  }

  // As events, if somebody wants those.
  #tellOutput(node: number, stream: OutputStream, lines: readonly string[]): boolean {
    if (this.listenerCount('log') === 0) return false;
    for (const line of lines) this.announce('log', { node, stream, line });
    return true;
  }

  #tellLost({ exitCode, cause }: ProcessExit, { place }: RemoteNode): void {
    for (let n = 0; n < place.workers; ++n) {
      this.announce('workerLost', { worker: place.firstWorker + n, node: place.id, exitCode, cause });
    }
  }

  #tellStarted(threadIds: readonly number[], { place }: RemoteNode): void {
    for (const [n, threadId] of threadIds.entries()) {
      this.announce('workerStarted', { worker: place.firstWorker + n, node: place.id, threadId });
    }
  }
}
