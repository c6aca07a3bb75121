import { ATTENTION_CANCEL } from '../abi/codes.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/**
 * Asks a running task to stop: sets its flag, and wakes its worker so that the handler's AbortSignal fires.
 *
 * @param endMs when the host ends it with its worker, see limits.ts; 0 = the caller does, or nobody
 */
export function requestCancel({ exports }: EngineInstance, index: number, endMs = 0): void {
  exports.requestCancel(index, endMs);
  const worker = exports.runnerOf(index);
  if (worker >= 0) exports.alert(worker, ATTENTION_CANCEL);
}
