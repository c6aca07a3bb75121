import { NumaError, WorkStealingError } from '../base/errors.ts';
import { clearTimeout, setTimeout } from '../base/timers.ts';
import type { ReadyMessage } from './messages.ts';
import type { Launch } from './launch.ts';
import { NodeProcess, type ProcessExit, type ProcessListener } from './node-process.ts';

/** Deaths in a row, without a completed task between them: then it gives up. */
const HOPELESS_DEATHS = 5;
const FIRST_BACK_OFF_MS = 100;
/** Where a node has no CPU to start on, twice as long each time: six seconds in all. */
const UNAVAILABLE_MS = 400;

/** Whom a supervisor tells; also what its processes say. */
export interface SupervisorListener extends ProcessListener {
  /** Another process works. */
  onReady(process: NodeProcess, ready: ReadyMessage): void;
  /** A process that worked is gone. */
  onExit(exit: ProcessExit): void;
  onHopeless(error: WorkStealingError): void;
}

/**
 * Keeps one node process alive.
 *
 *     state \ event   ready        start failed          exit                stop
 *     starting        → working    → waiting, hopeless   as start failed     → stopped, it is killed
 *     working         –            –                     → waiting, hopeless → stopped, its owner ends it
 *     waiting         –            –                     –                   → stopped
 *
 * Waiting takes 0, 100, 200, 400 ms, by the deaths in a row, and 0.4, 0.8, 1.6, 3.2 s while there is nothing to start it on; the
 * fifth is hopeless.
 */
export class Supervisor {
  /** The process that works. */
  process: NodeProcess | undefined;
  listener: SupervisorListener | undefined;
  readonly #launch: () => Launch;
  #starting: NodeProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #deaths = 0;
  #stopped = false;
  #held = true;

  /** @param launch how the next process is started */
  constructor(launch: () => Launch) {
    this.#launch = launch;
  }

  /** Starts the first process. @throws WorkStealingError why it cannot start */
  async start(): Promise<{ readonly process: NodeProcess; readonly ready: ReadyMessage }> {
    const process = new NodeProcess(this.#launch());
    try {
      const ready = await process.ready;
      this.#work(process);
      return { process, ready };
    } catch (error) {
      process.kill();
      await process.exited;
      throw error;
    }
  }

  /** The host lives as long as the process. As long as another one is to come it lives anyway. */
  hold(): void {
    this.#held = true;
    this.process?.hold();
  }

  letGo(): void {
    this.#held = false;
    this.process?.letGo();
  }

  /** A task has completed: the deaths before it do not count any more. */
  noteProgress(): void {
    this.#deaths = 0;
  }

  /** No other process is started. One that is just starting is killed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#starting?.kill();
    await this.#starting?.exited;
  }

  #work(process: NodeProcess): void {
    this.process = process;
    if (!this.#held) process.letGo();
    void process.exited.then((exit) => {
      this.process = undefined;
      if (this.listener === undefined) this.#stopped = true; // nobody has got to know it: the start has failed
      this.listener?.onExit(exit);
      this.#replace(exit.cause);
    });
  }

  #replace(cause: unknown): void {
    if (this.#stopped) return;
    this.#deaths += 1;
    if (this.#deaths >= HOPELESS_DEATHS) {
      this.#stopped = true;
      this.listener?.onHopeless(hopeless(this.#deaths, cause));
      return;
    }
    const isUnavailable = cause instanceof NumaError; // its CPUs may come back
    const delayMs = backOffMs(this.#deaths, isUnavailable);
    this.#timer = setTimeout(() => {
      this.#restart();
    }, delayMs);
  }

  #restart(): void {
    let process: NodeProcess;
    try {
      process = new NodeProcess(this.#launch());
    } catch (error) {
      this.#replace(error);
      return;
    }
    this.#starting = process;
    process.ready.then(
      (ready) => {
        this.#starting = undefined;
        this.#work(process);
        this.listener?.onReady(process, ready);
        if (this.listener !== undefined) process.listen(this.listener);
      },
      (error: unknown) => {
        this.#starting = undefined;
        process.kill();
        this.#replace(error);
      },
    );
  }
}

function backOffMs(deaths: number, isUnavailable: boolean): number {
  if (isUnavailable) return UNAVAILABLE_MS * 2 ** (deaths - 1);
  return deaths === 1 ? 0 : FIRST_BACK_OFF_MS * 2 ** (deaths - 2);
}

function hopeless(deaths: number, cause: unknown): WorkStealingError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WorkStealingError(
    'ERR_WORKER_LOST',
    `a node process ended ${String(deaths)} times in a row without a completed task (${reason}) and is given up. ` +
      'Mend what ends it, then create another engine',
    { cause, attempts: deaths },
  );
}
