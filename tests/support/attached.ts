/** A thread that attaches to a scheduler of its parent: runs what it is told by messages, answers with the outcome. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { type AttachedEngine, type AttachHandle, attach } from '../../src/worker/context.ts';
import { Board } from './board.ts';

export interface Order {
  readonly id: number;
  readonly call: keyof typeof CALLS;
  readonly name: string;
  readonly input: unknown;
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: unknown; readonly message: string };
}

const aborts: AbortController[] = [];

function runAbortable(engine: AttachedEngine, name: string, input: unknown, killGraceMs: number): Promise<unknown> {
  const controller = new AbortController();
  aborts.push(controller);
  return engine.run(name, input, { signal: controller.signal, killGraceMs });
}

const CALLS = {
  run: (engine: AttachedEngine, name: string, input: unknown) => engine.run(name, input),
  runLow: (engine: AttachedEngine, name: string, input: unknown) => engine.run(name, input, { priority: 3 }),
  /** Many times, so that the last answer comes in a microtask once in a while; blocks before gate after gate of the board. */
  async runThenBlock(engine: AttachedEngine, name: string, board: unknown) {
    for (let gate = 0; gate < 8; ++gate) {
      for (let i = 0; i < 500; ++i) await engine.run(name, i);
      new Board(board as SharedArrayBuffer).block(gate);
    }
  },
  /** Takes a task in hand that will not end, then does nothing any more. */
  runAndBlock(engine: AttachedEngine, name: string, board: unknown) {
    engine.run(name, 1).catch(() => undefined);
    setImmediate(() => {
      new Board(board as SharedArrayBuffer).block(0);
    });
    return Promise.resolve();
  },
  /** It has as long to stop as any machine needs. */
  runAbortable: (engine: AttachedEngine, name: string, input: unknown) => runAbortable(engine, name, input, 60_000),
  runKillable: (engine: AttachedEngine, name: string, input: unknown) => runAbortable(engine, name, input, 20),
  abortAll() {
    // The youngest first: when a running task ends, its worker takes the next one at once.
    for (const controller of aborts.toReversed()) controller.abort();
    return Promise.resolve();
  },
  /** Then does nothing any more. */
  abortAndBlock(_engine: AttachedEngine, _name: string, board: unknown) {
    for (const controller of aborts) controller.abort();
    setImmediate(() => {
      new Board(board as SharedArrayBuffer).block(0);
    });
    return Promise.resolve();
  },
  runMany: (engine: AttachedEngine, name: string, input: unknown) => engine.runMany(name, input as unknown[]),
  async map(engine: AttachedEngine, name: string, input: unknown) {
    const results: unknown[] = [];
    for await (const result of engine.map(name, input as unknown[])) results.push(result);
    return results;
  },
  post(engine: AttachedEngine, name: string, input: unknown) {
    engine.post(name, input);
    return Promise.resolve();
  },
  submitTask: (engine: AttachedEngine, name: string, input: unknown) =>
    engine.wait(engine.submitTask(engine.taskType(name), input as number)),
  keep(engine: AttachedEngine, name: string, input: unknown) {
    engine.submitTask(engine.taskType(name), input as number);
    return Promise.resolve();
  },
  detach: (engine: AttachedEngine) => engine.detach(),
  finish() {
    parentPort?.close();
    return Promise.resolve();
  },
  exit: () => process.exit(0),
  crash() {
    setImmediate(() => {
      throw new Error('crashed');
    });
    return Promise.resolve();
  },
};

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const engine = attach(workerData as AttachHandle);
  port.on('message', ({ id, call, name, input }: Order) => {
    CALLS[call](engine, name, input).then(
      (value) => {
        port.postMessage({ id, value } satisfies Answer);
      },
      (error: unknown) => {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        port.postMessage({ id, error: { code, message: String(error) } } satisfies Answer);
      },
    );
  });
  await Promise.resolve();
  port.postMessage({ id: 0 } satisfies Answer);
}

if (!isMainThread && parentPort !== null) await serve(parentPort);
