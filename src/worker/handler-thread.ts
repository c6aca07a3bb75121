import type { Clock } from '../base/clock.ts';
import { WorkStealingError } from '../base/errors.ts';
import { Client } from '../client/client.ts';
import { Runner } from '../client/runner.ts';
import { type TaskTable, taskTable } from '../client/task-type.ts';
import { serializeFailure } from '../codec/failure.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { HandlerLoop } from './handler-loop.ts';
import { InlineRunner } from './inline-runner.ts';
import type { StartFailure, WorkerInit } from './messages.ts';
import { startFailure } from './start-failure.ts';
import { type Handler, loadTaskModule, type TaskModule } from './task-module.ts';

/** A worker thread with a task module: loads it, sets it up, runs its handlers and the kernels, tears it down. */
export class HandlerThread {
  /** Of its handlers, sorted. */
  readonly names: readonly string[];
  readonly #init: WorkerInit;
  readonly #engine: EngineInstance;
  readonly #clock: Clock;
  readonly #module: TaskModule;

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
      await setUp(module, init, url);
      return new HandlerThread(init, engine, clock, module);
    } catch (error) {
      return startFailure(error);
    }
  }

  /**
   * @param onStopped told what teardown threw, if anything
   * @param onDoom as of HandlerLoopOptions
   */
  start(onStopped: (error: Uint8Array | undefined) => void, onDoom: (state: 'answered' | 'retired') => void): void {
    const init = this.#init;
    const engine = this.#engine;
    const tasks = taskTable(init.source.kernels, this.names);
    const client = new Client({ ...init, engine, tasks, now: this.#clock.now, maxQueue: Infinity });
    const runner = new Runner(client, init.workers, (task, error) => {
      process.emitWarning(`a task posted by a handler failed: ${task}: ${String(error)}`, 'TallyioWarning');
    });
    const loop = new HandlerLoop({
      engine,
      client,
      runner,
      handlers: handlersByType(tasks, this.#module),
      index: init.index,
      concurrency: init.concurrency,
      onStop: () => void tearDown(this.#module).then(onStopped),
      onDoom,
    });
    const inline = new InlineRunner(client, loop);
    client.runInline = inline.run.bind(inline);
    loop.start();
  }
}

function handlersByType(tasks: TaskTable, module: TaskModule): (Handler | undefined)[] {
  return [...tasks.values()].map(({ name, kernel }) => (kernel ? undefined : module.handlers.get(name)));
}

async function setUp(module: TaskModule, init: WorkerInit, url: string): Promise<void> {
  try {
    await module.setup?.(init.workerData);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new WorkStealingError('ERR_MODULE_LOAD', `setup() of the task module ${url} failed: ${message}`, { cause });
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
