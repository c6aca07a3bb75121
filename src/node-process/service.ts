import { LAYOUT_VERSION } from '../abi/layout.ts';
import type { Duplex } from 'node:stream';
import { WorkStealingError } from '../base/errors.ts';
import { bare } from '../base/given.ts';
import { clearTimeout, setTimeout } from '../base/timers.ts';
import { serializeFailure } from '../codec/failure.ts';
import { WorkStealingScheduler } from '../scheduler/scheduler.ts';
import { Inbox, type RecordSink, type Target } from './inbox.ts';
import {
  type EventMessage,
  failureOf,
  messageBytes,
  readMessage,
  type ReadyMessage,
  type StartMessage,
} from './messages.ts';
import { Outbox } from './outbox.ts';
import * as protocol from './protocol.ts';
import { ChannelRecord, type RecordBytes } from './record.ts';
import { Relay } from './relay.ts';

/** The host's snapshot is as old at most while tasks come and go. */
const REPORT_MS = 100;

/** What runs in a node process: a scheduler, a relay for the host's tasks, and answers to the host. */
export class NodeService implements RecordSink {
  /** Nothing more will be said: the end of the channel is no accident. */
  isClosed = false;
  readonly #socket: Duplex;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #record = new ChannelRecord();
  #scheduler: WorkStealingScheduler | undefined;
  #relay: Relay | undefined;
  #reportTimer: NodeJS.Timeout | undefined;
  #isClosing = false;
  /** How many wait for quiet or for the end: there may be nested tasks that the relay does not know of. */
  #waits = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#inbox = new Inbox(this);
    this.#outbox = new Outbox(socket);
    this.#outbox.put(this.#record.set(protocol.KIND_HELLO, 0));
  }

  /** Something has come from the host. @param bytes for the length of the call */
  hear(bytes: Buffer): void {
    this.#inbox.take(bytes);
  }

  open(record: Readonly<ChannelRecord>): Target {
    if (record.kind === protocol.KIND_TASK && this.#relay !== undefined) return this.#relay.open(record);
    return { buffer: Buffer.allocUnsafeSlow(record.length), offset: 0 };
  }

  receiveMany({ words }: RecordBytes, from: number, to: number): number {
    return this.#relay?.takeMany(words, from, to) ?? from;
  }

  receive(record: Readonly<ChannelRecord>, bytes: Uint8Array, offset: number): void {
    switch (record.kind) {
      case protocol.KIND_TASK:
        this.#relay?.take(record, bytes, offset);
        break;
      case protocol.KIND_CANCEL:
        this.#relay?.cancel(record, this.#inbox);
        break;
      case protocol.KIND_ASK_START:
        this.#relay?.tellStart(record, this.#inbox);
        break;
      case protocol.KIND_RECALL:
        this.#relay?.giveBack(record.id);
        break;
      case protocol.KIND_ASK_QUIET:
        void this.#tellQuiet(record.id);
        break;
      case protocol.KIND_CLOSE:
        this.#close((record.flags & protocol.FLAG_FORCE) !== 0);
        break;
      case protocol.KIND_START:
        void this.#start(readMessage(bytes, offset, record.length) as StartMessage);
        break;
      default:
    }
  }

  pause(): void {
    if (this.#relay === undefined) return;
    this.#relay.begin();
    if (this.#relay.pendingCount > 0) this.#reportLater();
  }

  /** An error that nobody caught: the host shall know why this process ends. */
  sayLast(error: unknown): void {
    this.#tell({ event: 'uncaught', error: serializeFailure(error) });
    this.#outbox.flush();
  }

  async #start({ protocol: version, layout, options, machine }: StartMessage): Promise<void> {
    try {
      if (version !== protocol.PROTOCOL_VERSION || layout !== LAYOUT_VERSION) throw otherVersion();
      const threadIds: number[] = [];
      const note = (worker: { readonly threadId: number }): void => {
        threadIds.push(worker.threadId);
      };
      process.on('worker', note);
      const scheduler = await WorkStealingScheduler.startOn(bare(machine), {
        ...options,
        tasks: options.tasks === undefined ? undefined : new URL(options.tasks),
      });
      process.off('worker', note);
      this.#scheduler = scheduler;
      this.#listen(scheduler);
      const handle = scheduler.attach();
      this.#relay = new Relay(handle, this.#outbox);
      const { source, handlers, payloadLimit } = handle;
      const { kernels } = source;
      const ready: ReadyMessage = {
        pid: process.pid,
        kernels,
        handlers,
        payloadLimit,
        threadIds,
        report: scheduler.report(),
      };
      this.#send(protocol.KIND_READY, ready);
    } catch (error) {
      this.#send(protocol.KIND_FAILED, failureOf(error));
      this.#end();
    }
  }

  #listen(scheduler: WorkStealingScheduler): void {
    scheduler.on('workerLost', ({ worker, exitCode, cause }) => {
      this.#tell({
        event: 'workerLost',
        worker,
        exitCode,
        cause: cause === undefined ? undefined : serializeFailure(cause),
      });
      this.#reportLater();
    });
    scheduler.on('workerStarted', ({ worker, threadId }) => {
      this.#tell({ event: 'workerStarted', worker, threadId });
      this.#reportLater();
    });
    scheduler.on('pressure', (pressure) => {
      if (pressure.resource === 'heap') this.#tell({ event: 'pressure', pressure }); // of all else its host knows
    });
    for (const event of ['degraded', 'recovered'] as const) {
      scheduler.on(event, (degradation) => {
        this.#tell({ event, degradation });
      });
    }
    scheduler.on('taskError', ({ task, error }) => {
      this.#tell({ event: 'taskError', task, error: serializeFailure(error) });
    });
    scheduler.on('error', (error) => {
      this.#relay?.drainAll(); // what its workers took with them
      this.#send(protocol.KIND_FAILED, failureOf(error));
    });
  }

  async #tellQuiet(id: number): Promise<void> {
    this.#waits += 1;
    this.#reportLater();
    await this.#scheduler?.drain();
    this.#waits -= 1;
    this.#report();
    this.#outbox.put(this.#record.set(protocol.KIND_QUIET, id));
  }

  #close(force: boolean): void {
    if (force) this.#relay?.cancelAll();
    const closing = this.#scheduler?.close({ drain: !force });
    if (this.#isClosing || closing === undefined) return;
    this.#isClosing = true;
    this.#waits += 1;
    this.#reportLater();
    void closing.then(({ forced }) => {
      this.#relay?.finish();
      this.#report();
      const closed = this.#record.set(protocol.KIND_CLOSED, 0);
      if (forced) closed.flags = protocol.FLAG_FORCE;
      this.#outbox.put(closed);
      this.#end();
    });
  }

  #end(): void {
    this.isClosed = true;
    clearTimeout(this.#reportTimer);
    this.#outbox.flush();
    this.#socket.end();
  }

  // Reports follow each other by so long at least, and end with the work, with who waits for it, and the news of workers.
  #reportLater(): void {
    this.#reportTimer ??= setTimeout(() => {
      this.#reportTimer = undefined;
      this.#report();
      if (this.#waits > 0 || (this.#relay?.pendingCount ?? 0) > 0) this.#reportLater();
    }, REPORT_MS);
  }

  #report(): void {
    if (this.#scheduler !== undefined) this.#send(protocol.KIND_REPORT, this.#scheduler.report());
  }

  #tell(message: EventMessage): void {
    this.#send(protocol.KIND_EVENT, message);
  }

  #send(kind: number, message: object): void {
    this.#outbox.putMessage(kind, messageBytes(message));
  }
}

function otherVersion(): WorkStealingError {
  return new WorkStealingError(
    'ERR_LAYOUT_VERSION',
    'expected a node process of the version of its host: the package was replaced while the program runs, start that again',
  );
}
