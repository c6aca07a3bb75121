import { startClock } from '../base/clock.ts';
import { WorkStealingError } from '../base/errors.ts';
import { deserializeFailure } from '../codec/failure.ts';
import { wayOutOfLoss } from '../client/outcome.ts';
import { taskTable, type TaskTable, type TaskType } from '../client/task-type.ts';
import type { ResolvedOptions } from '../scheduler/options.ts';
import { Patience } from '../scheduler/patience.ts';
import { deepFreeze } from '../base/deep-freeze.ts';
import type { EngineStats } from '../scheduler/stats.ts';
import { launchOf } from './launch.ts';
import { type EventMessage, readMessage, type ReadyMessage } from './messages.ts';
import type { NodeProcess, ProcessExit } from './node-process.ts';
import {
  FLAG_FORCE,
  KIND_ASK_QUIET,
  KIND_CLOSE,
  KIND_CLOSED,
  KIND_EVENT,
  KIND_MEAN,
  KIND_OUTCOME,
  KIND_QUIET,
  KIND_REPORT,
  KIND_STARTED,
} from './protocol.ts';
import { ChannelRecord, isProgress } from './record.ts';
import { RemoteClient } from './remote-client.ts';
import { Supervisor, type SupervisorListener } from './supervisor.ts';

/** A process that closes by force ends its tasks and its teardowns within their graces; then it is killed. */
const FORCED_CLOSE_MS = 2000;
/** How long a process that said it closed may take to leave by itself: its output is still being written. */
const LEAVE_MS = 500;

/** Whom a node tells. */
export interface NodeListener {
  onEvent(message: EventMessage): void;
  /** A process was lost, with all its workers. */
  onExit(exit: ProcessExit): void;
  /** Another one took its place; the threads of its workers. */
  onStarted(threadIds: readonly number[]): void;
  /** The first task is pending. */
  onBusy(): void;
  /** Nothing is pending any more. */
  onIdle(): void;
  /** It cannot go on. */
  onHopeless(error: WorkStealingError): void;
}

/** A scheduler in a process of its own, as the host sees it: tasks by its client, reports, quiet, the end. */
export class RemoteNode implements SupervisorListener {
  readonly client: RemoteClient;
  readonly #supervisor: Supervisor;
  readonly #tasks: TaskTable;
  readonly #record = new ChannelRecord();
  /** Those who wait until nothing is queued or running: here, and there by question. */
  #waiters: (() => void)[] = [];
  readonly #questions = new Map<number, () => void>();
  #lastQuestion = 0;
  #stats: EngineStats;
  #onClosed: ((cutOff: boolean) => void) | undefined;
  #listener: NodeListener | undefined;
  /** As long as somebody waits, the process lives; so it does while it replaces workers. */
  #holds = 0;
  #replacing = 0;
  /** The process is to end: that is no loss. */
  #isEnding = false;
  /** By force: what it takes with it is cancelled. */
  #isForced = false;
  #hasGivenUp = false;

  private constructor(options: ResolvedOptions, supervisor: Supervisor, process: NodeProcess, ready: ReadyMessage) {
    this.#supervisor = supervisor;
    this.#tasks = taskTable(ready.kernels, ready.handlers);
    this.#stats = deepFreeze(ready.stats);
    this.client = new RemoteClient({
      tasks: this.#tasks,
      now: startClock().now,
      capacity: options.capacity,
      maxQueue: options.maxQueue,
      retry: options.retry,
      places: options.workers * options.concurrency,
      payloadLimit: ready.payloadLimit,
    });
    this.client.rest.onBusy = () => {
      this.hold();
      this.#listener?.onBusy();
    };
    this.client.rest.onIdle = () => {
      this.letGo();
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const wake of waiters) wake();
      this.#listener?.onIdle();
    };
    supervisor.listener = this;
    this.client.connect(process.outbox);
  }

  /**
   * Starts the process and waits until its workers have loaded their tasks.
   *
   * @throws WorkStealingError as a scheduler in this process would
   */
  static async start(options: ResolvedOptions): Promise<RemoteNode> {
    const supervisor = new Supervisor(launchOf(options));
    const { process, ready } = await supervisor.start();
    const node = new RemoteNode(options, supervisor, process, ready);
    supervisor.letGo();
    return node;
  }

  /** Whom it tells, from the beginning. */
  listen(listener: NodeListener): void {
    this.#listener = listener;
    this.#supervisor.process?.listen(this);
  }

  /** The last report of the process with the counts of the host: at most 100 ms old while tasks come and go. */
  stats(): EngineStats {
    const { backlog, counts, pendingCount } = this.client;
    const { priorities, poolBytesUsed, queued, running, workers } = this.#reported();
    const released = pendingCount - backlog.size;
    const waiting = [0, 1, 2, 3].map((level) => backlog.countAt(level)) as [number, number, number, number];
    const [critical, high, normal, low] = waiting;
    return deepFreeze({
      ...this.#stats,
      ...counts,
      queued: backlog.size + Math.max(queued, released - running), // what came after the report waits, it seems
      running,
      poolBytesUsed,
      workers,
      priorities: {
        critical: { ...priorities.critical, queued: priorities.critical.queued + critical },
        high: { ...priorities.high, queued: priorities.high.queued + high },
        normal: { ...priorities.normal, queued: priorities.normal.queued + normal },
        low: { ...priorities.low, queued: priorities.low.queued + low },
      },
    });
  }

  /** The host lives as long as the process. As many `letGo` must follow. */
  hold(): void {
    this.#holds += 1;
    if (this.#holds === 1) this.#supervisor.hold();
  }

  letGo(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#supervisor.letGo();
  }

  /** Resolves at a moment at which nothing was queued or running, nested tasks included; the last report is in. */
  async quiet(): Promise<void> {
    do {
      while (this.client.pendingCount > 0) {
        await new Promise<void>((resolve) => {
          this.#waiters.push(resolve);
        });
      }
      await this.#askQuiet();
    } while (this.client.pendingCount > 0);
  }

  /**
   * Ends the process; no other one is started. When the patience is over it is asked to hurry.
   *
   * @returns whether something was cut off
   */
  async end(force: boolean, patience: Patience): Promise<boolean> {
    const { process } = this.#supervisor;
    this.#isEnding = true;
    await this.#supervisor.stop();
    if (process === undefined) return false;
    if (this.#hasGivenUp) {
      await process.exited; // it was killed, and had nothing left to run
      return false;
    }
    const closed = new Promise<boolean>((resolve) => {
      this.#onClosed = resolve;
      void process.exited.then(() => {
        resolve(true);
      });
    });
    const hurry = new Patience(Infinity);
    const askToClose = (now: boolean): void => {
      const record = this.#record.set(KIND_CLOSE, 0);
      if (now) record.flags = FLAG_FORCE;
      this.#isForced ||= now;
      process.outbox.put(record);
      if (now) hurry.limit(FORCED_CLOSE_MS);
    };
    askToClose(force);
    if (!force) {
      void patience.over.then(() => {
        askToClose(true);
      });
    }
    const outcome = await hurry.wait(closed);
    patience.end();
    hurry.end();
    const leave = new Patience(outcome === undefined ? 0 : LEAVE_MS);
    await leave.wait(process.exited);
    leave.end();
    process.kill();
    await process.exited;
    return outcome?.value ?? true;
  }

  receiveMany(words: Int32Array, numbers: Float64Array, from: number, to: number): number {
    const end = this.client.completeMany(words, numbers, from, to);
    if (end > from) this.#supervisor.noteProgress();
    return end;
  }

  receive(record: Readonly<ChannelRecord>, bytes: Buffer, offset: number): void {
    const { client } = this;
    switch (record.kind) {
      case KIND_OUTCOME:
        client.complete(record, bytes, offset);
        if (isProgress(record)) this.#supervisor.noteProgress();
        break;
      case KIND_MEAN:
        client.learn(record.type, record.number);
        break;
      case KIND_STARTED:
        client.answer(record.number);
        break;
      case KIND_REPORT:
        this.#stats = deepFreeze(readMessage(bytes, offset, record.length) as EngineStats);
        break;
      case KIND_QUIET:
        this.#answerQuiet(record.id);
        break;
      case KIND_EVENT:
        this.#take(readMessage(bytes, offset, record.length) as EventMessage);
        break;
      case KIND_CLOSED:
        this.#onClosed?.((record.flags & FLAG_FORCE) !== 0);
        break;
      default:
    }
  }

  pause(): void {
    this.client.release();
  }

  onReady(process: NodeProcess, ready: ReadyMessage): void {
    const expected = [...this.#tasks.keys()].join();
    const got = [...ready.kernels, ...ready.handlers].join();
    if (got !== expected) {
      this.onFailed(otherTasks(expected, got));
      return;
    }
    this.#stats = deepFreeze(ready.stats);
    this.client.connect(process.outbox);
    this.#listener?.onStarted(ready.threadIds);
  }

  onExit(exit: ProcessExit): void {
    if (!this.#isForced) this.client.disconnect((task, attempts) => lostError(task, attempts, exit));
    for (const id of [...this.#questions.keys()]) this.#answerQuiet(id);
    this.#endReplacing(this.#replacing);
    if (!this.#isEnding) this.#listener?.onExit(exit);
  }

  onFailed(error: WorkStealingError): void {
    const { process } = this.#supervisor;
    this.#isEnding = true;
    void this.#supervisor.stop();
    this.onHopeless(error);
    process?.kill();
  }

  onHopeless(error: WorkStealingError): void {
    this.#hasGivenUp = true;
    this.client.refuse(() => error);
    this.client.abandon(() => error);
    this.#listener?.onHopeless(error);
  }

  // The last report, of a process that is there; else of one that has nothing and is to come, if another one is.
  #reported(): EngineStats {
    if (this.#supervisor.process !== undefined && !this.#hasGivenUp) return this.#stats;
    const { priorities, workers } = this.#stats;
    const { critical, high, normal, low } = priorities;
    const state = this.#isEnding || this.#hasGivenUp ? 'stopped' : 'starting';
    return {
      ...this.#stats,
      queued: 0,
      running: 0,
      poolBytesUsed: 0,
      priorities: {
        critical: { ...critical, queued: 0 },
        high: { ...high, queued: 0 },
        normal: { ...normal, queued: 0 },
        low: { ...low, queued: 0 },
      },
      workers: workers.map((worker) => ({ ...worker, state })),
    };
  }

  #take(message: EventMessage): void {
    if (message.event === 'workerLost') {
      this.#replacing += 1;
      this.hold();
      this.client.exits.set(message.worker, message.cause && deserializeFailure(message.cause));
    } else if (message.event === 'workerStarted') {
      this.#endReplacing(1);
    }
    this.#listener?.onEvent(message);
  }

  #endReplacing(workers: number): void {
    for (let n = 0; n < workers && this.#replacing > 0; ++n) {
      this.#replacing -= 1;
      this.letGo();
    }
  }

  async #askQuiet(): Promise<void> {
    const { process } = this.#supervisor;
    if (process === undefined) return; // nothing runs where no process is
    this.#lastQuestion += 1;
    const id = this.#lastQuestion;
    process.outbox.put(this.#record.set(KIND_ASK_QUIET, id));
    await new Promise<void>((resolve) => {
      this.#questions.set(id, resolve);
    });
  }

  #answerQuiet(id: number): void {
    this.#questions.get(id)?.();
    this.#questions.delete(id);
  }
}

function lostError(task: TaskType, attempts: number, { exitCode, signal, cause }: ProcessExit): WorkStealingError {
  return new WorkStealingError(
    'ERR_WORKER_LOST',
    `task ${JSON.stringify(task.name)} may have been running when its process was lost (${cause.message})` +
      wayOutOfLoss(attempts),
    { worker: -1, attempts, exitCode, signal, cause },
  );
}

function otherTasks(expected: string, got: string): WorkStealingError {
  return new WorkStealingError(
    'ERR_MODULE_LOAD',
    `expected the tasks ${expected} again when the node process was started anew, got ${got}: the modules were changed meanwhile`,
  );
}
