import type { Clock } from '../base/clock.ts';
import { taskTable } from '../client/task-type.ts';
import { serializeFailure } from '../codec/failure.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { ForeignTasks } from './foreign-tasks.ts';
import { countPauses } from './gc-pauses.ts';
import { HeapGauge } from './heap-gauge.ts';
import type { StartFailure, WorkerInit, WorkerMessage } from './messages.ts';
import { Retirement } from './retirement.ts';
import { loopFailure, startFailure } from './start-failure.ts';
import { loadTaskModule, setUp, type TaskModule } from './task-module.ts';
import { makeLoop } from './worker-loop.ts';

/** A worker thread with a task module or a foreign one: loads them, sets up, runs handlers and kernels, tears down. */
export class HandlerThread {
  /** Of its handlers, sorted. */
  readonly names: readonly string[];
  readonly #init: WorkerInit;
  readonly #engine: EngineInstance;
  readonly #clock: Clock;
  readonly #module: TaskModule | undefined;
  readonly #foreign: ForeignTasks | undefined;
  #retirement: Retirement | undefined;

  private constructor(
    init: WorkerInit,
    engine: EngineInstance,
    clock: Clock,
    module: TaskModule | undefined,
    foreign: ForeignTasks | undefined,
  ) {
    this.names = [...(module?.handlers.keys() ?? [])].sort();
    this.#init = init;
    this.#engine = engine;
    this.#clock = clock;
    this.#module = module;
    this.#foreign = foreign;
  }

  /** @returns the thread, or why it cannot start: this file is bundled with classes of errors of its own */
  static async load(init: WorkerInit, engine: EngineInstance, clock: Clock): Promise<HandlerThread | StartFailure> {
    try {
      const foreign = ForeignTasks.load(init.source);
      const module = init.tasks === undefined ? undefined : await loadAndSetUp(init.tasks, init.workerData);
      return new HandlerThread(init, engine, clock, module, foreign);
    } catch (error) {
      return startFailure(error);
    }
  }

  /** @param send tells the host. @param onStopped told what teardown threw, if anything */
  start(send: (message: WorkerMessage) => void, onStopped: (error: Uint8Array | undefined) => void): void {
    const init = this.#init;
    const engine = this.#engine;
    const tasks = taskTable(init.source.kernels, this.names);
    const onStop = (): void => void tearDown(this.#module).then(onStopped);
    const onDoom = (type: 'answered' | 'retired'): void => {
      send({ type });
    };
    const onLeave = (): void => {
      send({ type: 'leaving' });
    };
    const onBroken = (error: unknown): void => {
      send(loopFailure(error));
    };
    const loop = makeLoop({
      init,
      engine,
      tasks,
      module: this.#module,
      foreign: this.#foreign,
      now: this.#clock.now,
      onStop,
      onDoom,
      onLeave,
      onBroken,
    });
    const gauge = new HeapGauge(init.recycleAt, (usage, limit) => {
      send({ type: 'heapFull', usage, limit });
    });
    this.#retirement = new Retirement(loop, send, () => {
      gauge.resume();
    });
    countPauses(engine, init.index, () => {
      gauge.look();
    });
    loop.start();
  }

  /** The host lets it go: it takes nothing new, and stops when nothing is left in its hands. */
  retire(): void {
    this.#retirement?.begin();
  }
}

async function loadAndSetUp(url: string, workerData: unknown): Promise<TaskModule> {
  const module = await loadTaskModule(url);
  await setUp(module, workerData, url);
  return module;
}

/** @returns what teardown threw, if anything */
async function tearDown(module: TaskModule | undefined): Promise<Uint8Array | undefined> {
  try {
    await module?.teardown?.();
    return undefined;
  } catch (cause) {
    return serializeFailure(cause);
  }
}
