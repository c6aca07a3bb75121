import type { Clock } from '../base/clock.ts';
import { taskTable } from '../client/task-type.ts';
import { serializeFailure } from '../codec/failure.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { countPauses } from './gc-pauses.ts';
import { HeapGauge } from './heap-gauge.ts';
import type { StartFailure, WorkerInit, WorkerMessage } from './messages.ts';
import { Retirement } from './retirement.ts';
import { loopFailure, startFailure } from './start-failure.ts';
import { loadTaskModule, setUp, type TaskModule } from './task-module.ts';
import { makeLoop } from './worker-loop.ts';

/** A worker thread with a task module: loads it, sets it up, runs its handlers and the kernels, tears it down. */
export class HandlerThread {
  /** Of its handlers, sorted. */
  readonly names: readonly string[];
  readonly #init: WorkerInit;
  readonly #engine: EngineInstance;
  readonly #clock: Clock;
  readonly #module: TaskModule;
  #retirement: Retirement | undefined;

  private constructor(init: WorkerInit, engine: EngineInstance, clock: Clock, module: TaskModule) {
    this.names = [...module.handlers.keys()].sort();
    this.#init = init;
    this.#engine = engine;
    this.#clock = clock;
    this.#module = module;
  }

  /** @returns the thread, or why it cannot start: this file is bundled with classes of errors of its own */
  static async load(
    init: WorkerInit,
    engine: EngineInstance,
    clock: Clock,
    url: string,
  ): Promise<HandlerThread | StartFailure> {
    try {
      const module = await loadTaskModule(url);
      await setUp(module, init.workerData, url);
      return new HandlerThread(init, engine, clock, module);
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

/** @returns what teardown threw, if anything */
async function tearDown(module: TaskModule): Promise<Uint8Array | undefined> {
  try {
    await module.teardown?.();
    return undefined;
  } catch (cause) {
    return serializeFailure(cause);
  }
}
