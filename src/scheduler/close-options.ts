import { givenOf } from '../base/given.ts';
import { invalid, rejectUnknown } from '../client/run-options.ts';

/** How to close. */
export interface CloseOptions {
  /** Runs everything that is queued; false: rejects it with ERR_CLOSED. @default true */
  readonly drain?: boolean | undefined;
  /** After this long a draining close goes on as with `drain: false`. @default Infinity */
  readonly timeoutMs?: number | undefined;
}

/** @throws WorkStealingError ERR_INVALID_OPTION */
export function checkCloseOptions(options: unknown): { drain: boolean; timeoutMs: number } {
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object', options);
  const known = ['drain', 'timeoutMs'];
  rejectUnknown(options, known, 'options of close');
  const { drain = true, timeoutMs = Infinity } = givenOf(options, known);
  if (typeof drain !== 'boolean') throw invalid('drain', 'true or false', drain);
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
    throw invalid('timeoutMs', 'milliseconds, at least 0', timeoutMs);
  return { drain, timeoutMs };
}
