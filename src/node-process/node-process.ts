import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { deserializeFailure } from '../codec/failure.ts';
import { WorkStealingError } from '../base/errors.ts';
import { setTimeout } from '../base/timers.ts';
import { THREAD_TICKER, type Ticker } from '../numa/ticker.ts';
import { ChannelGuard } from './channel-guard.ts';
import type { Launch } from './launch.ts';
import { Inbox, type RecordSink, type Target } from './inbox.ts';
import { readyOf } from './message-shape.ts';
import { errorOf, type EventMessage, type FailureMessage, readMessage, type ReadyMessage } from './messages.ts';
import { Outbox } from './outbox.ts';
import { Output, type OutputStream } from './output.ts';
import { KIND_EVENT, KIND_FAILED, KIND_HELLO, KIND_READY, KIND_START } from './protocol.ts';
import type { ChannelRecord, RecordBytes } from './record.ts';

const ENTRY = fileURLToPath(new URL('./entry.cjs', import.meta.url));
/** Node's exit code for flags that it does not know. */
const INVALID_ARGUMENT = 9;
/** How long what a dead process wrote may still come: another one may hold the pipe open. */
const LAST_WORDS_MS = 1000;

/** How a node process ended. */
export interface ProcessExit {
  readonly pid: number | undefined;
  /** 128 + the number of the signal, if it was one. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
  /** What it said last, or how it ended. */
  readonly cause: Error;
}

/** Whom a node process tells. */
export interface ProcessListener {
  /** Whether the outcome of a task with this id is awaited. */
  expects(id: number): boolean;
  /** As of an inbox. */
  receiveMany(records: RecordBytes, from: number, to: number): number;
  receive(record: Readonly<ChannelRecord>, bytes: Buffer, offset: number): void;
  /** All that has come for now was told. */
  pause(): void;
  /** As of an output. */
  onOutput(stream: OutputStream, lines: readonly string[]): boolean;
  /** It cannot go on. */
  onFailed(error: WorkStealingError): void;
}

/** A child process with a scheduler, as the host sees it: starts, says ready or why not, speaks, exits. */
export class NodeProcess implements RecordSink {
  /** Rejects with why it cannot start. */
  readonly ready: Promise<ReadyMessage>;
  /** Settles when it is gone and everything it said has been told; never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly outbox: Outbox;
  /** What it writes. */
  readonly output: Output;
  readonly #child: ChildProcess;
  readonly #socket: Duplex;
  #listener: ProcessListener | undefined;
  /** What it said when it was ready and nobody listened yet. */
  #early: ((listener: ProcessListener) => void)[] = [];
  readonly #guard = new ChannelGuard();
  #endSilence: () => void = ignore;
  #isReady = false;
  #isDistrusted = false;
  #uncaught: Error | undefined;
  #resolveReady: (message: ReadyMessage) => void = ignore;
  #rejectReady: (error: WorkStealingError) => void = ignore;

  /** @param ticker whose time it may take until its first word */
  constructor(launch: Launch, ticker: Pick<Ticker, 'later'> = THREAD_TICKER) {
    this.#child = startChild(launch);
    this.#socket = channelOf(this.#child);
    this.output = new Output({ stdout: this.#child.stdout, stderr: this.#child.stderr });
    this.outbox = new Outbox(this.#socket);
    const inbox = new Inbox(this);
    this.#socket.on('data', (chunk: Buffer) => {
      this.#trust(() => {
        inbox.take(chunk);
      });
    });
    this.#socket.on('error', ignore); // a broken pipe: its exit says more
    for (const event of ['end', 'error', 'close']) {
      this.#socket.once(event, () => {
        this.outbox.close();
      });
    }
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.ready.catch(ignore);
    this.exited = this.#watch();
    this.#endSilence = ticker.later(launch.helloMs, () => {
      this.#distrust(new Error(`it did not say a word in ${String(launch.helloMs)} ms`));
    });
    void this.exited.then((exit) => {
      this.#endSilence();
      if (!this.#isReady) this.#rejectReady(startError(exit));
    });
    this.outbox.putMessage(KIND_START, launch.start);
  }

  /** Whom it tells from when it is ready. */
  listen(listener: ProcessListener): void {
    this.#listener = listener;
    this.output.listener = (stream, lines) => listener.onOutput(stream, lines);
    const early = this.#early;
    this.#early = [];
    this.#trust(() => {
      for (const tell of early) tell(listener);
    });
  }

  /** The host lives as long as this process. */
  hold(): void {
    this.#child.ref();
    this.output.hold(true);
    refSocket(this.#socket, true);
  }

  /** The host may end while this process idles; it ends with the host. */
  letGo(): void {
    this.#child.unref();
    this.output.hold(false);
    refSocket(this.#socket, false);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  open(record: Readonly<ChannelRecord>): Target {
    return { buffer: Buffer.allocUnsafeSlow(record.length), offset: 0 };
  }

  receive(record: Readonly<ChannelRecord>, bytes: Buffer, offset: number): void {
    const { kind, length } = record;
    this.#guard.complete(record);
    if (kind === KIND_READY) {
      const ready = readyOf(readMessage(bytes, offset, length));
      this.#isReady = true;
      this.#guard.admit(ready.payloadLimit);
      this.#resolveReady(ready);
    } else if (kind === KIND_HELLO) {
      this.#endSilence();
    } else if (kind === KIND_FAILED) {
      this.#takeFailure(errorOf(readMessage(bytes, offset, length) as FailureMessage));
    } else if (kind === KIND_EVENT && this.#keepUncaught(readMessage(bytes, offset, length) as EventMessage)) {
      return;
    } else if (this.#listener === undefined) {
      this.#guard.keep();
      const copy = record.copy();
      const payload = Buffer.from(bytes.subarray(offset, offset + length));
      this.#early.push((listener) => {
        listener.receive(copy, payload, 0);
      });
    } else {
      this.#listener.receive(record, bytes, offset);
    }
  }

  check(record: Readonly<ChannelRecord>): void {
    this.#guard.check(record, (id) => this.#listener?.expects(id) === true);
  }

  receiveMany(records: RecordBytes, from: number, to: number): number {
    return this.#listener?.receiveMany(records, from, to) ?? from;
  }

  pause(): void {
    this.#listener?.pause();
  }

  // What it says after something that makes no sense makes none either.
  #trust(hear: () => void): void {
    if (this.#isDistrusted) return;
    try {
      hear();
    } catch (error) {
      this.#distrust(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #distrust(error: Error): void {
    this.#isDistrusted = true;
    this.#uncaught = error;
    this.kill();
  }

  #takeFailure(error: WorkStealingError): void {
    if (!this.#isReady) this.#rejectReady(error);
    else if (this.#listener !== undefined) this.#listener.onFailed(error);
    else {
      this.#early.push((listener) => {
        listener.onFailed(error);
      });
    }
  }

  #keepUncaught(message: EventMessage): boolean {
    if (message.event !== 'uncaught') return false;
    const error = deserializeFailure(message.error);
    this.#uncaught = error instanceof Error ? error : new Error(String(error));
    return true;
  }

  #watch(): Promise<ProcessExit> {
    return new Promise((resolve) => {
      const { pid } = this.#child;
      let exit: ProcessExit | undefined;
      const end = (code: number | null, signal: NodeJS.Signals | null, cause?: Error): void => {
        if (exit !== undefined) return;
        const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        const how = signal === null ? `with exit code ${String(exitCode)}` : `by ${signal}`;
        exit = { pid, exitCode, signal, cause: cause ?? new Error(`process ${String(pid)} ended ${how}`) };
        if (this.#socket.closed) resolve(this.#explain(exit));
        else setTimeout(() => this.#socket.destroy(), LAST_WORDS_MS).unref();
      };
      this.#socket.once('close', () => {
        if (exit !== undefined) resolve(this.#explain(exit));
      });
      this.#child.once('exit', end);
      this.#child.on('error', (error) => {
        end(1, null, error); // it could not even be started
        this.#socket.destroy();
      });
    });
  }

  #explain(exit: ProcessExit): ProcessExit {
    return this.#uncaught === undefined ? exit : { ...exit, cause: this.#uncaught };
  }
}

function startChild({ prefix, execArgv, env }: Launch): ChildProcess {
  const own = [...execArgv, ENTRY];
  const [wrapper, ...its] = prefix;
  const [command, args] =
    wrapper === undefined ? [process.execPath, own] : [wrapper, [...its, process.execPath, ...own]];
  try {
    return spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
      ...(env === undefined ? {} : { env }),
    });
  } catch (cause) {
    throw noProcess(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

// A socket, which the library types as a one-way stream; there is none when the descriptors are used up.
function channelOf(child: ChildProcess): Duplex {
  const stdio: unknown = child.stdio;
  const socket: unknown = Array.isArray(stdio) ? stdio[3] : undefined;
  if (typeof socket === 'object' && socket !== null && 'write' in socket && 'read' in socket) return socket as Duplex;
  child.on('error', ignore);
  child.kill('SIGKILL');
  throw noProcess('it has no pipe of its own', undefined);
}

function noProcess(got: string, cause: unknown): WorkStealingError {
  return new WorkStealingError(
    'ERR_INVALID_OPTION',
    `expected to start a child process, which isolation 'process' and NUMA nodes need, got: ${got}. Allow it (permissions, limits of the ` +
      "system), or use isolation 'thread' and numa 'off'",
    { option: 'isolation', cause },
  );
}

function refSocket(socket: Duplex, hold: boolean): void {
  const handle = socket as Partial<Record<'ref' | 'unref', () => void>>;
  if (hold) handle.ref?.();
  else handle.unref?.();
}

function startError({ pid, exitCode, cause }: ProcessExit): WorkStealingError {
  if (pid === undefined) return noProcess(cause.message, cause);
  if (exitCode === INVALID_ARGUMENT) {
    return new WorkStealingError(
      'ERR_INVALID_OPTION',
      'expected execArgv to be flags that the runtime takes (without it, process.execArgv is passed on), got some that it ' +
        'refuses: it says which on stderr',
      { option: 'execArgv', cause },
    );
  }
  return new WorkStealingError(
    'ERR_MODULE_LOAD',
    `expected node process ${String(pid)} to load its tasks and report, but it ended: ${cause.message}`,
    { cause },
  );
}

function ignore(): void {
  // Nothing to do.
}
