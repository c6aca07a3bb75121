import { TallyError } from '../base/errors.ts';
import { serializeFailure } from '../codec/failure.ts';
import type { LoopFailure, StartFailure } from './messages.ts';

/** What a worker tells its host that cannot start. */
export function startFailure(error: unknown): StartFailure {
  return {
    type: 'failed',
    code: error instanceof TallyError ? error.code : 'ERR_MODULE_LOAD',
    message: error instanceof Error ? error.message : String(error),
    cause: serializeFailure(error instanceof TallyError ? error.cause : error),
  };
}

/** What a worker tells its host whose loop has thrown. */
export function loopFailure(error: unknown): LoopFailure {
  return { type: 'broken', error: serializeFailure(error) };
}
