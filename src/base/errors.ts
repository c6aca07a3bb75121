/**
 * Every error that leaves the engine. A message says what was expected, what came, and the way out; `code` is stable,
 * `cause` keeps the error that led here.
 */

import { bare } from './given.ts';

/** Stable error codes; docs/errors.md explains each. */
export type TallyErrorCode =
  | 'ERR_INVALID_OPTION'
  | 'ERR_UNKNOWN_TASK'
  | 'ERR_QUEUE_FULL'
  | 'ERR_PAYLOAD_TOO_LARGE'
  | 'ERR_NOT_SHAREABLE'
  | 'ERR_BUFFER_FREED'
  | 'ERR_RESOURCE_EXHAUSTED'
  | 'ERR_TASK_FAILED'
  | 'ERR_TASK_ABORTED'
  | 'ERR_TASK_TIMEOUT'
  | 'ERR_DEADLINE'
  | 'ERR_WORKER_LOST'
  | 'ERR_STALE_TASK'
  | 'ERR_CLOSED'
  | 'ERR_MODULE_LOAD'
  | 'ERR_LAYOUT_VERSION'
  | 'ERR_TOPOLOGY'
  | 'ERR_AFFINITY'
  | 'ERR_NODE_UNAVAILABLE'
  | 'ERR_PERFORMANCE_DEGRADED';

/** What an error may carry beside its message. */
export interface TallyErrorDetails {
  /** The error that led here. */
  readonly cause?: unknown;
  /** Overrides `name`, as `AbortError` and `TimeoutError` do. */
  readonly name?: string;
  readonly [detail: string]: unknown;
}

/** Base of all errors of this package. Details such as `limit` or `task` are own properties, and together `details`. */
export class TallyError extends Error {
  /** Stable, machine-readable. */
  readonly code: TallyErrorCode;
  readonly #details: Readonly<Record<string, unknown>>;

  constructor(code: TallyErrorCode, message: string, given: TallyErrorDetails = {}) {
    const { name, cause, ...details } = { name: undefined, ...given };
    super(message, Object.hasOwn(given, 'cause') ? { cause } : undefined);
    this.name = name ?? new.target.name;
    this.code = code;
    this.#details = Object.freeze(details);
    for (const [key, value] of Object.entries(details)) {
      if (key !== 'code') Object.defineProperty(this, key, bare({ value, enumerable: true }));
    }
  }

  /** What it carries beside `code` and `cause`; `details.code` is the number that a kernel gave to `fail`. */
  get details(): Readonly<Record<string, unknown>> {
    return this.#details;
  }
}

/** An error of a scheduler: options, tasks, workers, limits. */
export class WorkStealingError extends TallyError {}

/** An error of NUMA: topology, affinity, nodes, degradation. */
export class NumaError extends TallyError {}
