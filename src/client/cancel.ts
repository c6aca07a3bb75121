import { ATTENTION_CANCEL } from '../abi/codes.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** Asks a running task to stop: sets its flag, and wakes its worker so that the handler's AbortSignal fires. */
export function requestCancel({ exports }: EngineInstance, index: number): void {
  exports.requestCancel(index);
  const worker = exports.runnerOf(index);
  if (worker >= 0) exports.alert(worker, ATTENTION_CANCEL);
}
