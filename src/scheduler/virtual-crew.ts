import { ATTENTION_STOP } from '../abi/codes.ts';
import type { Clock } from '../base/clock.ts';
import { WorkStealingError } from '../base/errors.ts';
import { taskTable } from '../client/task-type.ts';
import { Conductor } from '../virtual/conductor.ts';
import { inLoadScope } from '../virtual/load-scope.ts';
import { VirtualEngine } from '../virtual/virtual-engine.ts';
import { VirtualWorker } from '../virtual/virtual-worker.ts';
import type { EngineInstance, EngineSource } from '../wasm/engine.ts';
import { ForeignTasks } from '../worker/foreign-tasks.ts';
import type { WorkerInit } from '../worker/messages.ts';
import { loadTaskModule, setUp, type TaskModule } from '../worker/task-module.ts';
import type { CrewControl } from './crew.ts';
import type { ResolvedOptions } from './options.ts';
import type { Patience } from './patience.ts';

/** All virtual workers of a scheduler, on the thread of its host. docs/deterministic.md */
export class VirtualCrew implements CrewControl {
  /** Instance of the host. */
  readonly engine: EngineInstance;
  readonly conductor: Conductor;
  readonly #instances: VirtualEngine;
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #workers: VirtualWorker[] = [];

  constructor(source: EngineSource, seed: number, clock: Clock) {
    this.conductor = new Conductor(seed);
    this.#instances = new VirtualEngine(source, this.conductor, clock);
    this.engine = this.#instances.attach(0, -1);
    this.#clock = clock;
    this.#seed = seed;
  }

  /**
   * Imports the task module, and runs its `setup` for one worker after the other.
   *
   * @returns the handlers' names
   * @throws WorkStealingError ERR_MODULE_LOAD, ERR_INVALID_OPTION
   */
  async start(options: ResolvedOptions, makeInit: (index: number) => WorkerInit): Promise<readonly string[]> {
    const inits = Array.from({ length: options.workers }, (_, index) => withOwnData(makeInit(index)));
    const url = options.tasks?.href;
    const module = url === undefined ? undefined : await loadTaskModule(url, inLoadScope);
    const handlers = [...(module?.handlers.keys() ?? [])].sort();
    for (const init of inits) {
      if (module !== undefined && url !== undefined) await setUp(module, init.workerData, url);
      this.#add(init, module, handlers);
    }
    return handlers;
  }

  hold(): void {
    this.conductor.hold(true);
  }

  letGo(): void {
    this.conductor.hold(false);
  }

  async stop(time: Patience): Promise<{ readonly errors: readonly unknown[]; readonly cutOff: number }> {
    this.hold();
    for (const { index } of this.#workers) this.engine.exports.alert(index, ATTENTION_STOP);
    const outcomes = await Promise.all(this.#workers.map(({ stopped }) => time.wait(stopped)));
    this.#end();
    return {
      errors: outcomes.flatMap((outcome) => (outcome?.value === undefined ? [] : [outcome.value])),
      cutOff: outcomes.filter((outcome) => outcome === undefined).length,
    };
  }

  /** Nobody takes a task any more; what a handler still does cannot be ended, and what it returns is dropped. */
  terminate(): Promise<void> {
    this.#end();
    for (const { index } of this.#workers) this.engine.exports.recoverWorker(index);
    return Promise.resolve();
  }

  endDoomed(): void {
    // On one thread nobody can be ended: no task is taken from its worker.
  }

  #end(): void {
    this.conductor.end();
    this.#instances.abandon();
  }

  #add(init: WorkerInit, module: TaskModule | undefined, handlers: readonly string[]): void {
    const worker = new VirtualWorker({
      init,
      engine: this.#instances.attach(init.index + 1, init.index),
      tasks: taskTable(init.source.kernels, handlers, this.#seed),
      module,
      foreign: ForeignTasks.load(init.source),
      now: this.#clock.now,
      conductor: this.conductor,
    });
    this.#workers.push(worker);
    this.conductor.add(worker);
  }
}

// As a thread gets it: a copy.
function withOwnData(init: WorkerInit): WorkerInit {
  try {
    return { ...init, workerData: structuredClone(init.workerData) };
  } catch (cause) {
    throw new WorkStealingError(
      'ERR_INVALID_OPTION',
      `expected workerData to be data that the structured clone can copy, got: ${String(cause)}`,
      { cause, option: 'workerData' },
    );
  }
}
