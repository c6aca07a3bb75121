import { constants } from 'node:os';
import { setImmediate } from '../base/timers.ts';
import type { CloseReport } from './events.ts';
import { Patience } from './patience.ts';
import type { ResolvedSignalOptions } from './signal-options.ts';

/** What a signal closes. */
export interface Closable {
  /** Shown in the warning when it was closed by force. */
  readonly name: string;
  close(drain: boolean): Promise<CloseReport>;
}

/**
 * The signals of the process and the engines that they close. docs/lifecycle.md#signals
 *
 *     state \ event   signal                      an engine has closed           the last one has closed
 *     listening       close all → closing         stop listening for it          stop listening
 *     closing         force all → forced          –                              raise the signal again
 *     forced          not ours any more           –                              raise the signal again
 */
class SignalWatch {
  readonly #watched = new Map<Closable, ResolvedSignalOptions>();
  readonly #heard = new Set<NodeJS.Signals>();
  /** Engines that are being closed, with the time they have left. */
  readonly #closing = new Map<Closable, Patience>();
  /** The one that came first. */
  #signal: NodeJS.Signals | undefined;
  /** Somebody else heard it, too: the end of the process is theirs. */
  #shared = false;
  #forced = false;

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#signal === undefined) {
      this.#signal = signal;
      this.#shared = listenersThatAct(signal) > 1; // listeners for one time are still there: ours comes first
      for (const [engine, options] of this.#watched) void this.#close(engine, options, signal);
      return;
    }
    this.#forced = true;
    this.#listen();
    for (const patience of this.#closing.values()) patience.cut();
  };

  /** An engine is closed by these signals, at once if one has come already. Later options replace earlier ones. */
  add(engine: Closable, options: ResolvedSignalOptions): void {
    this.#watched.set(engine, options);
    this.#listen();
    if (this.#signal !== undefined && !this.#closing.has(engine)) void this.#close(engine, options, this.#signal);
  }

  /** An engine has closed. */
  delete(engine: Closable): void {
    this.#watched.delete(engine);
    this.#listen();
  }

  /** One listener for each signal that somebody wants; none for whoever asks a third time. */
  #listen(): void {
    const wanted = new Set(this.#forced ? [] : [...this.#watched.values()].flatMap(({ signals }) => [...signals]));
    for (const signal of this.#heard) {
      if (wanted.has(signal)) continue;
      process.off(signal, this.#onSignal);
      this.#heard.delete(signal);
    }
    for (const signal of wanted) {
      if (this.#heard.has(signal)) continue;
      process.prependListener(signal, this.#onSignal);
      this.#heard.add(signal);
    }
  }

  // The time is kept here: an engine that somebody closes already with all the time of the world has no more than this.
  async #close(engine: Closable, { timeoutMs }: ResolvedSignalOptions, signal: NodeJS.Signals): Promise<void> {
    const patience = new Patience(this.#forced ? 0 : timeoutMs);
    this.#closing.set(engine, patience);
    void patience.over.then(() => engine.close(false));
    const report = await engine.close(true);
    patience.end();
    if (report.forced) process.emitWarning(forcedText(engine.name, signal, report), 'TallyioWarning');
    await turn(); // the warning, listeners of 'close' and promises of tasks come first
    this.#closing.delete(engine);
    if (this.#closing.size === 0) this.#raise(signal);
  }

  #raise(signal: NodeJS.Signals): void {
    const shared = this.#shared;
    this.#signal = undefined;
    this.#shared = false;
    this.#forced = false;
    if (shared || listenersThatAct(signal) > 0) return; // somebody else's business is not over, and the end is theirs
    // The kernel drops what would end the first process of a container.
    if (process.pid === 1) process.exit(128 + constants.signals[signal]);
    process.kill(process.pid, signal);
  }
}

/**
 * Listeners but those of signal-exit, which many packages have: they end the process if nobody else listens, and do nothing
 * otherwise. Its versions count them where all copies of it see them.
 */
function listenersThatAct(signal: NodeJS.Signals): number {
  const places: readonly unknown[] = [
    Reflect.get(globalThis, Symbol.for('signal-exit emitter')), // 4
    Reflect.get(process, '__signal_exit_emitter__'), // 2, 3
  ];
  const standingBack = places.reduce<number>((sum, place) => sum + countOf(place), 0);
  return process.listenerCount(signal) - standingBack;
}

function countOf(place: unknown): number {
  return typeof place === 'object' && place !== null && 'count' in place && typeof place.count === 'number'
    ? place.count
    : 0;
}

/** All engines of the process share it: it ends when the last of them has closed. */
export const signalWatch = new SignalWatch();

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function forcedText(name: string, signal: string, report: CloseReport): string {
  const { completed, failed, cancelled, timedOut, lost } = report;
  return (
    `${name}: ${signal} closed the engine by force, as it was not done in time: tasks completed ${String(completed)}, failed ` +
    `${String(failed)}, cancelled ${String(cancelled)}, timed out ${String(timedOut)}, lost ${String(lost)}`
  );
}
