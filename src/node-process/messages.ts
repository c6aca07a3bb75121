import { deserialize, serialize } from 'node:v8';
import { WorkStealingError, TallyError, type TallyErrorCode } from '../base/errors.ts';
import { deserializeFailure, serializeFailure } from '../codec/failure.ts';
import type { HeapPressure } from '../scheduler/events.ts';
import type { Machine } from '../scheduler/machine.ts';
import type { EngineOptions } from '../scheduler/options.ts';
import type { Degradation } from '../numa/alarms.ts';
import type { SchedulerReport } from '../scheduler/snapshot.ts';

/** How a node process starts. */
export interface StartMessage {
  readonly protocol: number;
  readonly layout: number;
  /** Of its scheduler. URLs are text. */
  readonly options: Omit<EngineOptions, 'tasks'> & { readonly tasks: string | undefined };
  /** Where it stands among other node processes. */
  readonly machine: Machine;
}

/** A node process works. */
export interface ReadyMessage {
  readonly pid: number;
  readonly kernels: readonly string[];
  readonly handlers: readonly string[];
  /** Bytes of the largest payload. */
  readonly payloadLimit: number;
  /** Of its workers, by index. */
  readonly threadIds: readonly number[];
  /** The first one. */
  readonly report: SchedulerReport;
}

/** An error on its way to the host, with what makes it this one. */
export interface FailureMessage {
  readonly code: TallyErrorCode;
  readonly name: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Of the cause; undefined when there is none. */
  readonly cause: Uint8Array | undefined;
}

/** Something happened that listeners of the engine want to know. */
export type EventMessage =
  | {
      readonly event: 'workerLost';
      readonly worker: number;
      readonly exitCode: number;
      readonly cause: Uint8Array | undefined;
    }
  | { readonly event: 'workerStarted'; readonly worker: number; readonly threadId: number }
  | { readonly event: 'degraded'; readonly degradation: Degradation }
  | { readonly event: 'recovered'; readonly degradation: Degradation }
  | { readonly event: 'pressure'; readonly pressure: HeapPressure }
  | { readonly event: 'taskError'; readonly task: string; readonly error: Uint8Array }
  | { readonly event: 'uncaught'; readonly error: Uint8Array };

/** The bytes of an error that ends a node process, or its start. */
export function failureOf(error: unknown): FailureMessage {
  const known = error instanceof TallyError;
  const cause = known ? error.cause : error;
  return {
    code: known ? error.code : 'ERR_MODULE_LOAD',
    name: known ? error.name : 'WorkStealingError',
    message: error instanceof Error ? error.message : String(error),
    details: known ? error.details : {},
    cause: cause === undefined ? undefined : serializeFailure(cause),
  };
}

/** The error that `failureOf` was given. */
export function errorOf({ code, name, message, details, cause }: FailureMessage): WorkStealingError {
  return new WorkStealingError(code, message, {
    ...details,
    name,
    ...(cause === undefined ? {} : { cause: deserializeFailure(cause) }),
  });
}

/** The bytes of a message. @throws whatever V8 throws for what cannot be copied */
export function messageBytes(message: object): Uint8Array {
  return serialize(message);
}

/** A message in the payload of a record. Both sides are of the same version: that was checked when they met. */
export function readMessage(bytes: Uint8Array, offset: number, length: number): unknown {
  return deserialize(Uint8Array.from(bytes.subarray(offset, offset + length)));
}
