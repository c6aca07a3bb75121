import { CLOSED_DRAINING, CLOSED_YES, LOW } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import { type Clock, startClock } from '../base/clock.ts';
import { WorkStealingError } from '../base/errors.ts';
import { bare } from '../base/given.ts';
import { Client } from '../client/client.ts';
import { anyOf } from '../client/node-preference.ts';
import { type MemoryPressure, pressureError, writePressure } from '../client/pressure.ts';
import { closedError } from '../client/refusal.ts';
import { invalid, KILL_GRACE_MS } from '../client/run-options.ts';
import { taskTable } from '../client/task-type.ts';
import type { SharedBuffer } from '../codec/shared-buffer.ts';
import { attachEngine, type EngineInstance, type EngineSource, writeTypes } from '../wasm/engine.ts';
import { createMemory } from '../wasm/memory.ts';
import { compileEngine } from '../wasm/module.ts';
import { planMemory } from '../wasm/sizing.ts';
import type { AttachHandle } from '../worker/attach.ts';
import { isLoadingTasks } from '../worker/storage.ts';
import type { AnyTasks } from '../worker/task-signature.ts';
import { AttachedPlaces } from './attached-places.ts';
import { Crew, type CrewControl } from './crew.ts';
import { HostCalls } from './host-calls.ts';
import { LimitWatch } from './limit-watch.ts';
import type { Machine } from './machine.ts';
import { MemoryWatch } from './memory-watch.ts';
import { ObjectiveWatch } from './objective-watch.ts';
import { type EngineOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { coreOfThreads } from './own-process.ts';
import { Patience } from './patience.ts';
import { Quiet } from './quiet.ts';
import { SharedSource } from './shared-source.ts';
import { report, type SchedulerReport, snapshot, type StatsSource } from './snapshot.ts';
import type { EngineStats } from './stats.ts';
import type { Degradation } from '../numa/alarms.ts';
import { TaskEngine } from './task-engine.ts';
import type { VirtualCrew } from './virtual-crew.ts';
import { watchThreads } from './thread-watch.ts';
import { Watches } from './watches.ts';
import { whereOf, workerInit, type WorkerParts } from './worker-init.ts';

/** Threads that may be attached at once. */
const ATTACHABLE = 16;
/**
 * After a forced close running tasks have KILL_GRACE_MS, and then workers so long for their teardown; one that still runs a task
 * of an attached thread never gets there.
 */
const STOP_MS = 500;

interface Parts extends WorkerParts {
  readonly engine: EngineInstance;
  /** Of deterministic mode. */
  readonly virtual: VirtualCrew | undefined;
}

/**
 * Work-stealing, priority-aware scheduler over one shared memory in this process. What each event does in each state:
 * docs/lifecycle.md
 */
export class WorkStealingScheduler<T = AnyTasks> extends TaskEngine<T> {
  readonly #parts: Parts;
  readonly #crew: CrewControl;
  readonly #client: Client;
  readonly #quiet: Quiet;
  readonly #attached: AttachedPlaces;
  readonly #hostCalls: HostCalls;
  /** None in deterministic mode, where no worker can be ended. */
  readonly #limits: LimitWatch | undefined;
  readonly #unwatch: () => void;
  /** None in deterministic mode: what the machine does would decide the order. */
  readonly #watches: Watches | undefined;
  readonly #handlers: readonly string[];
  #drains = 0;
  /** Other threads may have attached. */
  #hasHandles = false;

  private constructor(parts: Parts, crew: CrewControl, handlers: readonly string[]) {
    const { options, source, engine, clock, poolBytes, virtual } = parts;
    const client = new Client({
      engine,
      tasks: taskTable(source.kernels, handlers, options.seed),
      now: clock.now,
      capacity: options.capacity,
      maxQueue: options.maxQueue,
      payloadLimit: poolBytes,
      bell: virtual?.conductor.hostBell,
      endsTasks: virtual === undefined,
    });
    super(client, options.workers, options.name, () => coreOfThreads(parts.machine, options));
    this.#parts = parts;
    this.#crew = crew;
    this.#handlers = handlers;
    this.#client = client;
    this.#quiet = new Quiet(client, submittersOf(options), virtual?.conductor.nextIdle);
    const attached = new AttachedPlaces(engine, 1 + options.workers, submittersOf(options));
    this.#attached = attached;
    this.#unwatch = watchThreads((threadId) => {
      attached.forget(threadId);
      this.#seeGone();
    });
    this.#hostCalls = new HostCalls(engine.i32, () => {
      this.#look();
    });
    if (virtual === undefined) {
      this.#limits = new LimitWatch(engine, clock.now, () => {
        this.#crew.endDoomed();
      });
      const watches = this.#watch();
      this.#watches = watches;
      client.onBusy = () => {
        watches.begin();
      };
    }
    client.nodeIndex = (id) => anyOf(id, this.numa.topology);
    client.onIdle = () => {
      this.#quiet.hostIsIdle();
      if (this.listenerCount('drain') > 0) this.announce('drain');
    };
  }

  /**
   * Starts workers and waits until each has loaded its tasks.
   *
   * @throws WorkStealingError ERR_INVALID_OPTION, ERR_MODULE_LOAD, ERR_LAYOUT_VERSION, ERR_RESOURCE_EXHAUSTED
   */
  static start<T = AnyTasks>(options: EngineOptions): Promise<WorkStealingScheduler<T>> {
    return WorkStealingScheduler.startOn<T>(bare({}), options);
  }

  /** As `start`, on a machine that a test has made. @internal */
  static async startOn<T = AnyTasks>(machine: Machine, options: EngineOptions): Promise<WorkStealingScheduler<T>> {
    refuseInTaskModule();
    return WorkStealingScheduler.startResolved<T>(machine, resolveOptions(options));
  }

  /** As `start`, with options that have been parsed. @internal */
  static async startResolved<T = AnyTasks>(
    machine: Machine,
    resolved: ResolvedOptions,
  ): Promise<WorkStealingScheduler<T>> {
    if (resolved.isolation !== 'thread') {
      throw invalid(
        'isolation',
        "'thread' for a scheduler in this process: createEngine starts others",
        resolved.isolation,
      );
    }
    const clock = startClock();
    const { module, kernels, foreign } = await compileEngine(resolved.kernels, resolved.foreignBytes);
    const submitters = submittersOf(resolved);
    const map = planMemory({ ...resolved, submitters });
    const views = createMemory(map);
    writeTypes(views, foreign === undefined ? kernels : []);
    const source: EngineSource = { module, memory: views.memory, kernels, foreign };
    const virtual = resolved.seed === undefined ? undefined : await virtualCrew(source, resolved.seed, clock);
    const engine = virtual?.engine ?? attachEngine(source, 0, -1, clock.now);
    const parts: Parts = { options: resolved, source, engine, clock, poolBytes: map.poolBytes, machine, virtual };
    if (virtual !== undefined) {
      const names = await virtual.start(resolved, (index) => workerInit(parts, index));
      return new WorkStealingScheduler<T>(parts, virtual, names);
    }
    const { firstWorker = 0 } = machine;
    let scheduler: WorkStealingScheduler<T> | undefined;
    const { crew, handlers } = await Crew.start(engine, resolved, (index) => workerInit(parts, index), {
      onLost: (worker, { exitCode, cause }) => {
        if (scheduler === undefined) return;
        scheduler.#client.inFlight.reader.noteExit(worker, cause);
        scheduler.#seeGone();
        scheduler.announce('workerLost', { ...whereOf(machine, worker), exitCode, cause });
      },
      onHeapFull: (worker, usage, limit) => {
        const pressure = {
          resource: 'heap',
          usage,
          limit,
          unit: 'bytes',
          level: 'recycle',
          worker: firstWorker + worker,
        } as const;
        scheduler?.announce('pressure', pressure);
      },
      onTeardownError: (error) => {
        scheduler?.postFailed('teardown', error);
      },
      onStarted: (worker, threadId) => {
        if (scheduler !== undefined) scheduler.announce('workerStarted', { ...whereOf(machine, worker), threadId });
      },
      onHopeless: (error) => {
        if (scheduler !== undefined) void scheduler.#giveUp(error);
      },
    });
    try {
      scheduler = new WorkStealingScheduler<T>(parts, crew, handlers);
    } catch (error) {
      await crew.terminate();
      throw error;
    }
    return scheduler;
  }

  override allocate(bytes: number): SharedBuffer {
    return this.#client.allocator.allocate(bytes);
  }

  override attach(): AttachHandle {
    const { options, source, clock, poolBytes } = this.#parts;
    if (options.seed !== undefined) throw attachesNobody();
    this.#hasHandles = true;
    if (!this.isClosing) this.#watches?.begin();
    return {
      type: 'tallyio attach handle',
      source,
      epochNs: clock.epochNs,
      kernels: source.kernels,
      handlers: this.#handlers,
      workers: options.workers,
      capacity: options.capacity,
      payloadLimit: poolBytes,
    };
  }

  override stats(): EngineStats {
    return snapshot(this.#statsSource());
  }

  /** As `stats`, for the host of a node process. @internal */
  report(): SchedulerReport {
    return report(this.#statsSource());
  }

  #statsSource(): StatsSource {
    const { options, engine, clock, poolBytes, virtual, machine } = this.#parts;
    const { waiting, counts } = this.#client;
    return {
      machine,
      views: engine,
      workers: options.workers,
      submitters: submittersOf(options),
      capacity: options.capacity,
      poolBytes,
      counts,
      waitingAt: (priority) => waiting.countAt(priority),
      elapsedUs: virtual?.conductor.clock.elapsedUs ?? clock.now(),
    };
  }

  /** @internal */
  override checkObjectives(): Degradation | undefined {
    return this.#watches?.missed();
  }

  override async drain(): Promise<void> {
    this.#drains += 1;
    this.#crew.hold();
    try {
      await this.#quiet.wait();
    } finally {
      this.#drains -= 1;
      if (this.#drains === 0 && !this.isClosing) this.#crew.letGo();
    }
  }

  /** @internal */
  protected override beginClose(): void {
    this.#crew.hold();
    this.#client.refuse(closedError);
    Atomics.store(this.#parts.engine.i32, layout.CLOSED >> 2, CLOSED_DRAINING);
  }

  /** @internal */
  protected override quiet(): Promise<void> {
    return this.#quiet.wait();
  }

  /** @internal */
  protected override async endAll(drained: boolean, patience: Patience): Promise<boolean> {
    const killed = !drained && (await this.#endTasks());
    Atomics.store(this.#parts.engine.i32, layout.CLOSED >> 2, CLOSED_YES);
    this.#attached.ring();
    const cutOff = killed ? 0 : await this.#stopCrew(patience);
    this.#client.close();
    this.#quiet.end();
    this.#hostCalls.close();
    this.#limits?.close();
    this.#watches?.close();
    this.#unwatch();
    return cutOff > 0;
  }

  /** Workers have a while for their teardown, beyond the patience of the close. @returns how many took longer */
  async #stopCrew(patience: Patience): Promise<number> {
    const time = new Patience(Infinity);
    void patience.over.then(() => {
      time.limit(STOP_MS);
    });
    const { errors, cutOff } = await this.#crew.stop(time);
    time.end();
    for (const error of errors) this.postFailed('teardown', error);
    return cutOff;
  }

  /** Rejects what is queued, asks what runs to stop. @returns whether workers had to be killed */
  async #endTasks(): Promise<boolean> {
    Atomics.store(this.#parts.engine.i32, layout.CLOSED >> 2, CLOSED_YES);
    this.#attached.ring(); // they end their own tasks
    this.#client.cancelQueued(closedError);
    this.#client.inFlight.requestCancel();
    const grace = new Patience(KILL_GRACE_MS);
    const ended = await grace.wait(this.#quiet.wait());
    grace.end();
    if (ended !== undefined) return false;
    this.#client.drain();
    await this.#crew.terminate();
    this.#client.abandonRunning(closedError);
    return true;
  }

  #watch(): Watches {
    const { options, engine, machine } = this.#parts;
    const { objectives, workers } = options;
    const client = this.#client;
    const memory = new MemoryWatch(
      options,
      machine,
      () => client.pending || this.#hasHandles,
      (pressure, isNew) => {
        this.#seePressure(pressure, isNew);
      },
    );
    if (objectives === undefined) return new Watches(memory, undefined);
    const owners = { views: engine, workers, submitters: submittersOf(options) };
    const source = new SharedSource(owners, client, () => this.#hasHandles);
    const watch = new ObjectiveWatch(objectives, source, machine.windowMs, (event, degradation) => {
      this.announce(event, degradation);
    });
    return new Watches(memory, watch);
  }

  #seePressure(pressure: MemoryPressure, isNew: boolean): void {
    writePressure(this.#parts.engine, pressure);
    if (!isNew) return;
    this.#attached.ring(); // they let their own tasks go
    if (pressure.level !== 'none') this.#client.cancelQueued(() => pressureError(pressure), LOW, 'failed');
    this.announce('pressure', pressure);
  }

  #look(): void {
    this.#crew.endDoomed();
    this.#attached.look();
    this.#limits?.see();
  }

  // A thread is gone: it may have been about to call.
  #seeGone(): void {
    this.#limits?.lookNow();
    this.#look();
  }

  async #giveUp(error: WorkStealingError): Promise<void> {
    this.#client.refuse(() => error);
    this.#client.drain(); // what the last worker took with it is lost, not cancelled
    Atomics.store(this.#parts.engine.i32, layout.CLOSED >> 2, CLOSED_YES);
    this.#attached.ring(); // nobody completes their tasks
    this.#client.cancelQueued(() => error);
    await this.#crew.terminate();
    this.#client.abandonRunning(() => error);
    this.#quiet.end();
    if (this.listenerCount('error') > 0) this.announce('error', error);
  }
}

// Imported when it is needed: a host of threads runs no task.
async function virtualCrew(source: EngineSource, seed: number, clock: Clock): Promise<VirtualCrew> {
  const { VirtualCrew } = await import('./virtual-crew.ts');
  return new VirtualCrew(source, seed, clock);
}

function attachesNobody(): WorkStealingError {
  return new WorkStealingError(
    'ERR_INVALID_OPTION',
    'expected an engine with threads to attach to, got a deterministic one: another thread would submit whenever the system ' +
      'lets it, and no seed could bring that back. Submit from this thread, or create the engine without deterministic',
    { option: 'deterministic' },
  );
}

function submittersOf(options: ResolvedOptions): number {
  return 1 + options.workers + ATTACHABLE;
}

/** @throws WorkStealingError ERR_MODULE_LOAD where a worker loads its tasks */
export function refuseInTaskModule(): void {
  if (!isLoadingTasks()) return;
  throw new WorkStealingError(
    'ERR_MODULE_LOAD',
    'expected a task module without an engine of its own: it is imported by every worker, so createEngine() at its top ' +
      'level or in its setup() would start workers for ever. Move that call to the main module',
  );
}
