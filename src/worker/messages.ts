import type { TallyErrorCode } from '../base/errors.ts';
import type { EngineSource } from '../wasm/engine.ts';

/** Node's exit code for a module that still awaits something when nothing is left that could settle it. */
export const UNSETTLED_AWAIT = 13;

/** What a worker is told when it starts; a structured clone. */
export interface WorkerInit {
  readonly source: EngineSource;
  readonly index: number;
  readonly workers: number;
  readonly capacity: number;
  readonly payloadLimit: number;
  readonly concurrency: number;
  readonly epochNs: bigint;
  /** URL of the task module; undefined for kernels only. */
  readonly tasks: string | undefined;
  readonly workerData: unknown;
}

/** Why a worker cannot start. */
export interface StartFailure {
  readonly type: 'failed';
  readonly code: TallyErrorCode;
  readonly message: string;
  readonly cause: Uint8Array;
}

/** What a worker tells its host. */
export type WorkerMessage =
  | { readonly type: 'ready'; readonly handlers: readonly string[]; readonly threadId: number }
  | StartFailure
  | { readonly type: 'answered' }
  | { readonly type: 'retired' }
  | { readonly type: 'stopped'; readonly error: Uint8Array | undefined };
