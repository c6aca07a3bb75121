import { Client, type ClientOptions } from '../client/client.ts';
import { Runner } from '../client/runner.ts';
import type { TaskTable } from '../client/task-type.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { ForeignRunner } from './foreign-runner.ts';
import type { ForeignTasks } from './foreign-tasks.ts';
import { HandlerLoop } from './handler-loop.ts';
import { InlineRunner } from './inline-runner.ts';
import type { LoopDriver } from './loop-driver.ts';
import type { WorkerInit } from './messages.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import type { Handler, TaskModule } from './task-module.ts';

/** What a worker with an event loop is made of, on whichever thread. */
export interface WorkerParts {
  readonly init: WorkerInit;
  readonly engine: EngineInstance;
  readonly tasks: TaskTable;
  /** undefined: kernels only. */
  readonly module: TaskModule | undefined;
  /** undefined: kernels are in the module of the engine. */
  readonly foreign: ForeignTasks | undefined;
  readonly now: () => number;
  readonly bell?: ClientOptions['bell'];
  readonly driver?: LoopDriver | undefined;
  readonly onStop: () => void;
  /** As of HandlerLoopOptions; a worker without a thread is never doomed. */
  readonly onDoom?: (state: 'answered' | 'retired') => void;
  /** As of HandlerLoopOptions; nor does it retire. */
  readonly onLeave?: () => void;
  /** As of HandlerLoopOptions. @default throws the error where the loop was called */
  readonly onBroken?: (error: unknown) => void;
}

/** The loop of a worker, with a client for nested tasks; it has not begun. */
export function makeLoop(parts: WorkerParts): HandlerLoop {
  const {
    init,
    engine,
    tasks,
    module,
    foreign,
    now,
    bell,
    driver,
    onStop,
    onDoom = ignore,
    onLeave = ignore,
    onBroken = rethrow,
  } = parts;
  const endsTasks = parts.onDoom !== undefined;
  const client = new Client({ ...init, engine, tasks, now, bell, endsTasks, maxQueue: Infinity });
  const runner = new Runner(client, init.workers, (task, error) => {
    process.emitWarning(`a task posted by a handler failed: ${task}: ${String(error)}`, 'TallyioWarning');
  });
  const handlers = handlersByType(tasks, module);
  const outcome = new OutcomeWriter(engine, client.writer);
  const loop = new HandlerLoop({
    engine,
    client,
    runner,
    handlers,
    foreign: foreign === undefined ? undefined : new ForeignRunner(foreign, engine, outcome),
    outcome,
    place: init,
    concurrency: init.concurrency,
    onStop,
    onDoom,
    onLeave,
    onBroken,
    driver,
  });
  const inline = new InlineRunner(client, loop, foreign);
  client.runInline = inline.run.bind(inline);
  return loop;
}

function handlersByType(tasks: TaskTable, module: TaskModule | undefined): (Handler | undefined)[] {
  return [...tasks.values()].map(({ name, kernel }) => (kernel ? undefined : module?.handlers.get(name)));
}

function rethrow(error: unknown): never {
  throw error;
}

function ignore(): void {
  // Nobody ends it.
}
