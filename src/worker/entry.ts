/**
 * Entry of a worker thread: attach, load the tasks, shake hands, work. It is bundled as CommonJS, and what a worker may do
 * without is imported when it is needed: a thread is ready a quarter sooner. docs/adr/0008-worker-entry.md
 */
import { parentPort, threadId, workerData } from 'node:worker_threads';
import * as layout from '../abi/layout.ts';
import { type Clock, joinClock } from '../base/clock.ts';
import { attachEngine, type EngineInstance } from '../wasm/engine.ts';
import { UNSETTLED_AWAIT, type WorkerInit, type WorkerMessage } from './messages.ts';

const port = parentPort;
if (port === null) throw new Error('expected to run as a worker thread of tallyio');

let isReady = false;

function send(message: WorkerMessage): void {
  port?.postMessage(message);
}

function sayReady(handlers: readonly string[]): void {
  send({ type: 'ready', handlers, threadId });
  isReady = true;
}

async function main(init: WorkerInit): Promise<void> {
  try {
    if (init.cpus !== undefined) await pinTo(init.cpus);
    const clock = joinClock(init.epochNs);
    const engine = attachEngine(init.source, init.index + 1, init.index, clock.now);
    if (init.tasks === undefined && init.source.foreign === undefined) await runKernels(init, engine);
    else await runHandlers(init, engine, clock);
  } catch (error) {
    const { loopFailure, startFailure } = await import('./start-failure.ts');
    send(isReady ? loopFailure(error) : startFailure(error));
  }
}

// A worker that cannot be pinned works all the same.
async function pinTo(cpus: readonly number[]): Promise<void> {
  const { pinCurrentThread } = await import('../affinity/pin-thread.ts');
  const { pinned, reason } = pinCurrentThread(cpus);
  if (!pinned) process.emitWarning(`a worker is not on its core: ${reason ?? 'it was moved'}`, 'TallyioWarning');
}

// No JavaScript but this runs here: the thread sleeps inside of the engine.
async function runKernels(init: WorkerInit, engine: EngineInstance): Promise<void> {
  sayReady([]);
  const block = (engine.u32[layout.HEADER_WORKER_BLOCKS >> 2] ?? 0) + init.index * layout.WORKER_BYTES;
  for (let stopped = false; !stopped;) {
    try {
      engine.exports.runKernels();
      stopped = true;
    } catch (trap) {
      const { OutcomeWriter } = await import('./outcome-writer.ts');
      engine.exports.abandon();
      OutcomeWriter.on(engine, init.payloadLimit).fail(engine.i32[(block + layout.WORKER_CURRENT) >>> 2] ?? -1, trap);
    }
  }
  send({ type: 'stopped', error: undefined });
}

async function runHandlers(init: WorkerInit, engine: EngineInstance, clock: Clock): Promise<void> {
  const { HandlerThread } = await import('./handler-thread.ts');
  process.once('beforeExit', endUnsettled);
  const thread = await HandlerThread.load(init, engine, clock);
  process.off('beforeExit', endUnsettled);
  if (!(thread instanceof HandlerThread)) {
    send(thread);
    return;
  }
  // Holds the event loop: an idle worker waits for its host, and the host decides about the process.
  port?.on('message', () => {
    thread.retire(); // a `HostMessage`: there is no other
  });
  sayReady(thread.names);
  const onStopped = (error: Uint8Array | undefined): void => {
    send({ type: 'stopped', error });
    port?.unref(); // nothing holds this thread any more; close() would, but Deno's port has none
  };
  thread.start(send, onStopped);
}

// As Node ends a module whose top-level await waits for ever.
function endUnsettled(): void {
  process.exitCode = UNSETTLED_AWAIT;
}

void main(workerData as WorkerInit);
