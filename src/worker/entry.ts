/** Entry of a worker thread: attach, load the tasks, shake hands, work. */
import { parentPort, threadId, workerData } from 'node:worker_threads';
import * as layout from '../abi/layout.ts';
import { joinClock } from '../base/clock.ts';
import { TallyError, WorkStealingError } from '../base/errors.ts';
import { Client } from '../client/client.ts';
import { Runner } from '../client/runner.ts';
import { type TaskTable, taskTable } from '../client/task-type.ts';
import { serializeFailure } from '../codec/failure.ts';
import { attachEngine, type EngineInstance } from '../wasm/engine.ts';
import { HandlerLoop } from './handler-loop.ts';
import { InlineRunner } from './inline-runner.ts';
import type { WorkerInit, WorkerMessage } from './messages.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import { PayloadWriter } from '../client/payload.ts';
import { type Handler, loadTaskModule, type TaskModule } from './task-module.ts';

const port = parentPort;
if (port === null) throw new Error('expected to run as a worker thread of tallyio');
const init = workerData as WorkerInit;
const clock = joinClock(init.epochNs);

function send(message: WorkerMessage): void {
  port?.postMessage(message);
}

try {
  const engine = attachEngine(init.source, init.index + 1, init.index, clock.now);
  if (init.tasks === undefined) runKernels(engine);
  else await runHandlers(engine, await loadTaskModule(init.tasks));
} catch (error) {
  send({
    type: 'failed',
    code: error instanceof TallyError ? error.code : 'ERR_MODULE_LOAD',
    message: error instanceof Error ? error.message : String(error),
    cause: serializeFailure(error instanceof TallyError ? error.cause : error),
  });
}

// No JavaScript but this runs here: the thread sleeps inside of the engine.
function runKernels(engine: EngineInstance): void {
  send({ type: 'ready', handlers: [], threadId });
  const outcome = new OutcomeWriter(engine, new PayloadWriter(engine, init.payloadLimit));
  const block = (engine.u32[layout.HEADER_WORKER_BLOCKS >> 2] ?? 0) + init.index * layout.WORKER_BYTES;
  for (let stopped = false; !stopped;) {
    try {
      engine.exports.runKernels();
      stopped = true;
    } catch (trap) {
      engine.exports.dropResult();
      outcome.fail(engine.i32[(block + layout.WORKER_CURRENT) >>> 2] ?? -1, trap);
    }
  }
  send({ type: 'stopped', error: undefined });
}

async function runHandlers(engine: EngineInstance, module: TaskModule): Promise<void> {
  const names = [...module.handlers.keys()].sort();
  const tasks = taskTable(init.source.kernels, names);
  await setUp(module);
  const client = new Client({ ...init, engine, tasks, now: clock.now, maxQueue: Infinity });
  const runner = new Runner(client, init.workers, (task, error) => {
    process.emitWarning(`a task posted by a handler failed: ${task}: ${String(error)}`, 'TallyioWarning');
  });
  const loop = new HandlerLoop({
    engine,
    client,
    runner,
    handlers: handlersByType(tasks, module),
    index: init.index,
    concurrency: init.concurrency,
    onStop: () => void stop(module),
  });
  const inline = new InlineRunner(client, loop);
  client.runInline = inline.run.bind(inline);
  // Holds the event loop: an idle worker waits for its host, and the host decides about the process.
  port?.on('message', () => undefined);
  send({ type: 'ready', handlers: names, threadId });
  loop.start();
}

function handlersByType(tasks: TaskTable, module: TaskModule): (Handler | undefined)[] {
  return [...tasks.values()].map(({ name, kernel }) => (kernel ? undefined : module.handlers.get(name)));
}

async function setUp(module: TaskModule): Promise<void> {
  try {
    await module.setup?.(init.workerData);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new WorkStealingError(
      'ERR_MODULE_LOAD',
      `setup() of the task module ${String(init.tasks)} failed: ${message}`,
      {
        cause,
      },
    );
  }
}

async function stop(module: TaskModule): Promise<void> {
  let error: Uint8Array | undefined;
  try {
    await module.teardown?.();
  } catch (cause) {
    error = serializeFailure(cause);
  }
  send({ type: 'stopped', error });
  port?.close();
}
