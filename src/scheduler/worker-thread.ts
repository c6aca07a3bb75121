import { Worker, type WorkerOptions } from 'node:worker_threads';
import { type TallyErrorCode, WorkStealingError } from '../base/errors.ts';
import { bare } from '../base/given.ts';
import { notPermitted } from '../base/permission.ts';
import { deserializeFailure } from '../codec/failure.ts';
import { type HostMessage, UNSETTLED_AWAIT, type WorkerInit, type WorkerMessage } from '../worker/messages.ts';
import type { ResolvedOptions } from './options.ts';

const ENTRY = new URL('../worker/entry.cjs', import.meta.url);

/** How a worker ended. */
export interface WorkerExit {
  readonly exitCode: number;
  /** The uncaught error, if that was it. */
  readonly cause: unknown;
}

/** Told of a worker's heap. */
export interface HeapListener {
  /** It keeps so many bytes that the worker should retire. */
  onHeapFull(thread: WorkerThread, usage: number, limit: number): void;
  /** It was told to retire and goes on working. @param again it should be told once more */
  onStay(thread: WorkerThread, again: boolean): void;
  /** It was told to retire, and nothing is left in its hands: it runs its teardown and exits. */
  onLeave(thread: WorkerThread): void;
}

/** A worker thread as its host sees it: starts, says ready or why not, exits. */
export class WorkerThread {
  readonly index: number;
  /** The names of its handlers; rejects with why it cannot start. */
  readonly ready: Promise<readonly string[]>;
  /** Settles when the thread is gone; never rejects. */
  readonly exited: Promise<WorkerExit>;
  /** Settles when it has stopped by itself, with what `teardown` threw. */
  readonly stopped: Promise<unknown>;
  /** Doomed: it knows, and takes nothing new. */
  readonly answered: Promise<void>;
  /** Doomed: nothing is left in its hands that could end. */
  readonly retired: Promise<void>;
  /** Whom to tell of its heap. */
  listener: HeapListener | undefined;
  readonly #worker: Worker;
  #isReady = false;

  constructor(init: WorkerInit, options: ResolvedOptions) {
    this.index = init.index;
    this.#worker = createWorker(init, options);
    let uncaught: unknown;
    const limitMb = this.#worker.resourceLimits?.maxOldGenerationSizeMb ?? 0; // gone when it has exited
    this.#worker.on('error', (error) => {
      uncaught = isOutOfMemory(error) ? heapExhausted(init.index, limitMb, error) : error;
    });
    this.exited = new Promise((resolve) => {
      this.#worker.once('exit', (exitCode) => {
        resolve({ exitCode, cause: uncaught });
      });
    });
    let onStopped: (error: unknown) => void;
    this.stopped = new Promise((resolve) => {
      onStopped = resolve;
    });
    let onAnswered: () => void;
    this.answered = new Promise((resolve) => {
      onAnswered = resolve;
    });
    let onRetired: () => void;
    this.retired = new Promise((resolve) => {
      onRetired = resolve;
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'ready') {
          this.#isReady = true;
          resolve(message.handlers);
        } else if (message.type === 'failed') reject(startError(message.code, message.message, message.cause));
        else if (message.type === 'broken') {
          uncaught = deserializeFailure(message.error);
          void this.terminate(); // its port holds it
        } else if (message.type === 'answered') onAnswered();
        else if (message.type === 'retired') onRetired();
        else if (message.type === 'heapFull') this.listener?.onHeapFull(this, message.usage, message.limit);
        else if (message.type === 'stays') this.listener?.onStay(this, message.again);
        else if (message.type === 'leaving') this.listener?.onLeave(this);
        else onStopped(message.error === undefined ? undefined : deserializeFailure(message.error));
      });
      void this.exited.then(({ exitCode, cause }) => {
        if (!this.#isReady) reject(exitError(exitCode, cause, init.tasks));
      });
    });
    this.ready.catch(() => undefined);
  }

  get threadId(): number {
    return this.#worker.threadId;
  }

  /** It takes nothing new, and leaves when nothing is left in its hands. */
  retire(): void {
    this.#worker.postMessage('retire' satisfies HostMessage);
  }

  /** The process lives as long as this worker. */
  hold(): void {
    this.#worker.ref();
  }

  /** The process may end while this worker idles. */
  letGo(): void {
    this.#worker.unref();
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}

// Workers inherit the flags of the process, and one that says what text given on the command line is fits no file.
function execArgvOf({ execArgv }: ResolvedOptions): string[] | undefined {
  if (execArgv !== undefined) return [...execArgv];
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? [] : undefined;
}

function createWorker(init: WorkerInit, options: ResolvedOptions): Worker {
  const execArgv = execArgvOf(options);
  try {
    const given: WorkerOptions = {
      workerData: init,
      name: `${options.name} ${String(init.index)}`,
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(execArgv === undefined ? {} : { execArgv }),
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
    };
    return new Worker(ENTRY, bare(given));
  } catch (cause) {
    throw notPermitted('start worker threads', cause) ?? refusedByNode(cause);
  }
}

// What Node checks itself: flags, and whether workerData can be copied.
function refusedByNode(cause: unknown): WorkStealingError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const option = message.includes('execArgv') ? 'execArgv' : 'workerData';
  const expected =
    option === 'execArgv'
      ? 'flags that Node takes for a worker (without it, process.execArgv is passed on)'
      : 'data that the structured clone can copy';
  return new WorkStealingError('ERR_INVALID_OPTION', `expected ${option} to be ${expected}, got: ${message}`, {
    cause,
    option,
  });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function heapExhausted(worker: number, limitMb: number, cause: unknown): WorkStealingError {
  const limit = limitMb * 2 ** 20;
  return new WorkStealingError(
    'ERR_RESOURCE_EXHAUSTED',
    `expected worker ${String(worker)} to keep less than ${String(limitMb)} MiB in its heap, but it ran out of memory: raise ` +
      'resourceLimits.maxOldGenerationSizeMb (--max-old-space-size goes before it), or let tasks keep less at once',
    { resource: 'heap', usage: limit, limit, unit: 'bytes', cause },
  );
}

function startError(code: TallyErrorCode, message: string, cause: Uint8Array): WorkStealingError {
  return new WorkStealingError(code, message, { cause: deserializeFailure(cause) });
}

function exitError(exitCode: number, cause: unknown, tasks: string | undefined): WorkStealingError {
  const reason = cause instanceof Error ? `: ${cause.message}` : exitReason(exitCode);
  return new WorkStealingError(
    'ERR_MODULE_LOAD',
    `expected a worker to load ${tasks ?? 'the kernels'} and report, but it ended${reason}`,
    { ...(cause === undefined ? {} : { cause }), exitCode },
  );
}

function exitReason(exitCode: number): string {
  return exitCode === UNSETTLED_AWAIT
    ? ': its top-level await or its setup() waits for a promise that never settles'
    : ` with exit code ${String(exitCode)}`;
}
