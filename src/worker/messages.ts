import type { TallyErrorCode } from '../base/errors.ts';
import type { EngineSource } from '../wasm/engine.ts';
import type { WorkerPlace } from './task-context.ts';

/** Node's exit code for a module that still awaits something when nothing is left that could settle it. */
export const UNSETTLED_AWAIT = 13;

/** What a worker is told when it starts; a structured clone. */
export interface WorkerInit extends WorkerPlace {
  readonly source: EngineSource;
  /** CPUs that it pins itself to; undefined: those of the process. */
  readonly cpus: readonly number[] | undefined;
  readonly workers: number;
  readonly capacity: number;
  readonly payloadLimit: number;
  readonly concurrency: number;
  /** Share of its heap limit from which on it asks to be replaced. */
  readonly recycleAt: number;
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

/** A worker was ready, and its loop cannot go on: its host is to end it. */
export interface LoopFailure {
  readonly type: 'broken';
  readonly error: Uint8Array;
}

/** What its host tells a worker: it shall take nothing new, and leave when nothing is left in its hands. */
export type HostMessage = 'retire';

/** What a worker tells its host. */
export type WorkerMessage =
  | { readonly type: 'ready'; readonly handlers: readonly string[]; readonly threadId: number }
  | StartFailure
  | LoopFailure
  | { readonly type: 'answered' }
  | { readonly type: 'retired' }
  /** Its heap keeps so many bytes that it should be replaced. */
  | { readonly type: 'heapFull'; readonly usage: number; readonly limit: number }
  /** It was to retire, and goes on working; `again`: it should be asked to once more. */
  | { readonly type: 'stays'; readonly again: boolean }
  /** It was to retire, and has nothing left in its hands. */
  | { readonly type: 'leaving' }
  | { readonly type: 'stopped'; readonly error: Uint8Array | undefined };
