import { LONGEST_DELAY_MS } from '../base/clock.ts';
import { givenOf } from '../base/given.ts';
import { invalid, rejectUnknown } from '../client/run-options.ts';

/** How to close. */
export interface CloseOptions {
  /** Runs everything that is queued; false: rejects it with ERR_CLOSED. @default true */
  readonly drain?: boolean | undefined;
  /** After this long a draining close goes on as with `drain: false`; up to 24.8 days, or Infinity. @default Infinity */
  readonly timeoutMs?: number | undefined;
}

/** @throws WorkStealingError ERR_INVALID_OPTION */
export function checkCloseOptions(options: unknown): { drain: boolean; timeoutMs: number } {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object', options);
  const known = ['drain', 'timeoutMs'];
  rejectUnknown(options, known, 'options of close');
  const { drain = true, timeoutMs = Infinity } = givenOf(options, known);
  if (typeof drain !== 'boolean') throw invalid('drain', 'true or false', drain);
  return { drain, timeoutMs: checkTimeLimit(timeoutMs) };
}

/** @throws WorkStealingError ERR_INVALID_OPTION */
export function checkTimeLimit(timeoutMs: unknown): number {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0 && (timeoutMs <= LONGEST_DELAY_MS || timeoutMs === Infinity)) {
    return timeoutMs;
  }
  throw invalid('timeoutMs', `milliseconds, 0 … ${String(LONGEST_DELAY_MS)}, or Infinity`, timeoutMs);
}
