import { WorkStealingError } from '../base/errors.ts';
import { deserializeFailure } from '../codec/failure.ts';
import { wayOutOfLoss } from '../client/outcome.ts';
import type { TaskType } from '../client/task-type.ts';
import { Patience } from '../scheduler/patience.ts';
import type { SchedulerReport } from '../scheduler/snapshot.ts';
import { reportOf } from './message-shape.ts';
import { type EventMessage, readMessage, type ReadyMessage } from './messages.ts';
import type { NodeProcess, ProcessExit } from './node-process.ts';
import type { OutputStream } from './output.ts';
import { reportOfNone } from './node-stats.ts';
import type { NodeTasks } from './node-tasks.ts';
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
  KIND_RETURNED,
  KIND_STARTED,
} from './protocol.ts';
import { ChannelRecord, isProgress, type RecordBytes } from './record.ts';
import type { NodePlace } from './node-place.ts';
import type { NodeStart } from './node-start.ts';
import type { StartedProcess } from './start.ts';
import { namesOf, otherTasks } from './task-names.ts';
import { Supervisor, type SupervisorListener } from './supervisor.ts';

/** A process that closes by force ends its tasks and its teardowns within their graces; then it is killed. */
const FORCED_CLOSE_MS = 2000;
/** How long a process that said it closed may take to leave by itself: its output is still being written. */
const LEAVE_MS = 500;

/** Whom a node tells. */
export interface NodeListener {
  onEvent(message: EventMessage): void;
  /** It has written lines. @returns false when nobody wants them */
  onOutput(stream: OutputStream, lines: readonly string[]): boolean;
  /** A process was lost, with all its workers. */
  onExit(exit: ProcessExit): void;
  /** The last one is gone. @param error why there will be no other one */
  onGone(error: WorkStealingError): void;
  /** Another one took its place; the threads of its workers. */
  onStarted(threadIds: readonly number[]): void;
  /** It cannot go on. */
  onHopeless(error: WorkStealingError): void;
}

/** A scheduler in a process of its own, as the host sees it: its tasks, reports, quiet, the end. */
export class RemoteNode implements SupervisorListener {
  readonly place: NodePlace;
  readonly start: NodeStart;
  readonly tasks: NodeTasks;
  readonly #supervisor: Supervisor;
  /** Of its tasks, by number. */
  readonly #names: string;
  readonly #record = new ChannelRecord();
  /** Those who wait until nothing is queued or running there. */
  readonly #questions = new Map<number, () => void>();
  #lastQuestion = 0;
  #report: SchedulerReport;
  #onClosed: ((cutOff: boolean) => void) | undefined;
  #listener: NodeListener | undefined;
  /** As long as somebody waits, the process lives; so it does while it replaces workers. */
  #holds = 0;
  #replacing = 0;
  /** The process is to end: that is no loss. */
  #isEnding = false;
  /** By force: what it takes with it is cancelled. */
  #isForced = false;
  #givenUp: WorkStealingError | undefined;

  /** Of a process that works and that nobody listens to yet. */
  constructor(start: NodeStart, tasks: NodeTasks, { supervisor, process, ready }: StartedProcess) {
    this.start = start;
    this.place = start.place;
    this.tasks = tasks;
    this.#supervisor = supervisor;
    this.#names = namesOf(ready);
    this.#report = ready.report;
    tasks.rest.onBusy = () => {
      this.hold();
    };
    tasks.rest.onIdle = () => {
      this.letGo();
    };
    start.check(ready.pid);
    supervisor.listener = this;
    tasks.connect(process.outbox);
    supervisor.letGo();
  }

  /** Whom it tells, from the beginning. */
  listen(listener: NodeListener): void {
    this.#listener = listener;
    this.#supervisor.process?.listen(this);
  }

  /** The last report, at most 100 ms old while tasks come and go; else of a process that has nothing and is to come. */
  get report(): SchedulerReport {
    if (this.#supervisor.process !== undefined && this.#givenUp === undefined) return this.#report;
    return reportOfNone(this.#report, this.#isEnding || this.#givenUp !== undefined ? 'stopped' : 'starting');
  }

  /** Of the process that works. */
  get pid(): number | null {
    return this.#supervisor.process?.pid ?? null;
  }

  /** Why no process will come again; undefined: one will. */
  get givenUp(): WorkStealingError | undefined {
    return this.#givenUp;
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

  /** Resolves at a moment at which nothing was queued or running in the process, nested tasks included; the last report is in. */
  async quiet(): Promise<void> {
    const { process } = this.#supervisor;
    if (process === undefined) return; // nothing runs where no process is
    this.#lastQuestion += 1;
    const id = this.#lastQuestion;
    process.outbox.put(this.#record.set(KIND_ASK_QUIET, id));
    await new Promise<void>((resolve) => {
      this.#questions.set(id, resolve);
    });
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
    if (this.#givenUp !== undefined) {
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
    hurry.end();
    const leave = new Patience(outcome === undefined ? 0 : LEAVE_MS);
    await leave.wait(process.exited);
    leave.end();
    process.kill();
    await process.exited;
    return outcome?.value ?? true;
  }

  expects(id: number): boolean {
    return this.tasks.expects(id);
  }

  receiveMany(records: RecordBytes, from: number, to: number): number {
    const end = this.tasks.completeMany(records, from, to);
    if (end > from) this.#supervisor.noteProgress();
    return end;
  }

  receive(record: Readonly<ChannelRecord>, bytes: Buffer, offset: number): void {
    const { tasks } = this;
    switch (record.kind) {
      case KIND_OUTCOME:
        tasks.complete(record, bytes, offset);
        if (isProgress(record)) this.#supervisor.noteProgress();
        break;
      case KIND_RETURNED:
        tasks.takeBack(record, bytes, offset);
        break;
      case KIND_MEAN:
        tasks.learn(record.type, record.number);
        break;
      case KIND_STARTED:
        tasks.answer(record.number);
        break;
      case KIND_REPORT:
        this.#report = reportOf(readMessage(bytes, offset, record.length));
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

  onOutput(stream: OutputStream, lines: readonly string[]): boolean {
    return this.#listener?.onOutput(stream, lines) === true;
  }

  pause(): void {
    this.tasks.release();
  }

  onReady(process: NodeProcess, ready: ReadyMessage): void {
    const got = namesOf(ready);
    if (got !== this.#names) {
      this.onFailed(otherTasks(this.#names, got));
      return;
    }
    this.#report = ready.report;
    this.start.check(ready.pid);
    this.tasks.connect(process.outbox);
    this.#listener?.onStarted(ready.threadIds);
  }

  onExit(exit: ProcessExit): void {
    if (!this.#isForced) this.tasks.disconnect((task, attempts) => lostError(task, attempts, exit));
    for (const id of [...this.#questions.keys()]) this.#answerQuiet(id);
    this.#endReplacing(this.#replacing);
    if (!this.#isEnding) this.#listener?.onExit(exit);
    if (this.#givenUp !== undefined) this.#listener?.onGone(this.#givenUp);
  }

  onFailed(error: WorkStealingError): void {
    const { process } = this.#supervisor;
    this.tasks.stop();
    void this.#supervisor.stop();
    this.onHopeless(error);
    process?.kill();
  }

  onHopeless(error: WorkStealingError): void {
    this.#givenUp = error;
    this.#listener?.onHopeless(error);
  }

  #take(message: EventMessage): void {
    if (message.event === 'workerLost') {
      this.#replacing += 1;
      this.hold();
      this.tasks.exits.set(message.worker - this.place.firstWorker, message.cause && deserializeFailure(message.cause));
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
