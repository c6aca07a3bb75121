import { isMainThread, threadId } from 'node:worker_threads';
import { WorkStealingError } from '../base/errors.ts';
import { givenOf } from '../base/given.ts';
import { invalid, rejectUnknown } from '../client/run-options.ts';
import { checkTimeLimit } from './close-options.ts';

/** How `closeOnSignal` closes. */
export interface SignalOptions {
  /** Which signals: SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR2, SIGBREAK. @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /**
   * After so many milliseconds the close goes on by force. @default 25000: Kubernetes, ECS and Heroku kill after 30 s, and a
   * forced close takes up to a second
   */
  readonly timeoutMs?: number | undefined;
}

/** Options after parsing: complete, checked. */
export interface ResolvedSignalOptions {
  readonly signals: ReadonlySet<NodeJS.Signals>;
  readonly timeoutMs: number;
}

/** What may be listed: asks a process to end, does so by default, and can be caught. Node keeps SIGUSR1 for its debugger. */
export const ENDING_SIGNALS: readonly NodeJS.Signals[] = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'SIGBREAK',
];
const ENDING: readonly unknown[] = ENDING_SIGNALS;
const DEFAULT_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];
const DEFAULT_TIMEOUT_MS = 25_000;

/** @throws WorkStealingError ERR_INVALID_OPTION */
export function resolveSignalOptions(options: unknown): ResolvedSignalOptions {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object', options);
  const known = ['signals', 'timeoutMs'];
  rejectUnknown(options, known, 'options of closeOnSignal');
  const { signals = DEFAULT_SIGNALS, timeoutMs = DEFAULT_TIMEOUT_MS } = givenOf(options, known);
  if (!isSignalList(signals)) {
    throw invalid('signals', `a list of at least one of ${ENDING.join(', ')}`, firstWrong(signals));
  }
  const limit = checkTimeLimit(timeoutMs);
  if (!isMainThread) throw noSignals();
  return { signals: new Set(signals), timeoutMs: limit };
}

function isSignalList(value: unknown): value is readonly NodeJS.Signals[] {
  return Array.isArray(value) && value.length > 0 && value.every((signal) => ENDING.includes(signal));
}

function noSignals(): WorkStealingError {
  return new WorkStealingError(
    'ERR_INVALID_OPTION',
    `expected closeOnSignal() in the main thread, got worker thread ${String(threadId)}, where no signal arrives: listen in the ` +
      'main thread and tell this one to call close()',
    { option: 'closeOnSignal' },
  );
}

function firstWrong(value: unknown): unknown {
  return Array.isArray(value) && value.length > 0 ? value.find((signal) => !ENDING.includes(signal)) : value;
}
