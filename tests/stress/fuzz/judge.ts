import { inspect, isDeepStrictEqual } from 'node:util';
import type { Call, CallOptions } from './call.ts';
import type { Program } from './program.ts';

/** A pool of this size has room for all that a program asks for. */
const AMPLE_POOL = 1 << 24;

/** How a task or a group of tasks ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Reads the outcome of a promise; never rejects. */
export async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error };
  }
}

/** Decides whether an outcome is one that the program and its history allow. */
export class Judge {
  readonly #program: Program;
  readonly #isAborted: (signal: number) => boolean;
  /** A close was asked for: everything may be refused or ended. */
  isClosing = false;
  /** A thread was told to detach: a map of its that has not pulled all its items is refused the rest. */
  isDetaching = false;
  /** A worker was told to exit: whatever runs may be lost. */
  mayLose = false;

  constructor(program: Program, isAborted: (signal: number) => boolean) {
    this.#program = program;
    this.#isAborted = isAborted;
  }

  /** @returns what is wrong, undefined when nothing is */
  verdict(call: Call, outcome: Outcome): string | undefined {
    return 'value' in outcome
      ? this.#judgeValue(call, outcome.value)
      : this.#judgeError(outcome.error, call.options, call.error, call.hasPayload);
  }

  /** The same for tasks that stand and fall together, with their values in order. */
  verdictOfAll(calls: readonly Call[], options: CallOptions | undefined, outcome: Outcome): string | undefined {
    if ('value' in outcome) {
      const values = calls.map(({ value }) => value);
      return isDeepStrictEqual(outcome.value, values) ? undefined : 'other values, or in another order';
    }
    return this.#judgeError(
      outcome.error,
      options,
      undefined,
      calls.some(({ hasPayload }) => hasPayload),
    );
  }

  /** The same for the error alone. */
  verdictOfError(error: unknown, options: CallOptions | undefined, hasPayload: boolean): string | undefined {
    return this.#judgeError(error, options, undefined, hasPayload);
  }

  #judgeValue(call: Call, value: unknown): string | undefined {
    const { options } = call;
    if (call.error !== undefined) return `a value, expected ${call.error}`;
    if (options?.signal !== undefined && this.#isAborted(options.signal) && this.#wasAborted(options.signal)) {
      return 'a value though its signal had been aborted before';
    }
    return isValueOf(call, value) ? undefined : 'another value';
  }

  // The first half of the signals is aborted before anything runs.
  #wasAborted(signal: number): boolean {
    return signal < this.#program.signals / 2;
  }

  #judgeError(
    error: unknown,
    options: CallOptions | undefined,
    own: string | undefined,
    hasPayload: boolean,
  ): string | undefined {
    const code = codeOf(error);
    if (code === undefined) return `an error without a code: ${String(error)}`;
    if (code === own || this.#mayHappen(code, options, hasPayload)) return undefined;
    if (isOutOfRoom(error) && hasPayload && this.#program.settings.poolBytes < AMPLE_POOL) return undefined;
    return `${code}: ${String(error)}`;
  }

  #mayHappen(code: string, options: CallOptions | undefined, hasPayload: boolean): boolean {
    const { settings } = this.#program;
    switch (code) {
      case 'ERR_CLOSED':
        return this.isClosing || this.isDetaching;
      case 'ERR_WORKER_LOST':
        return this.mayLose;
      case 'ERR_QUEUE_FULL':
        return settings.maxQueue !== Infinity;
      case 'ERR_PAYLOAD_TOO_LARGE':
      case 'ERR_RESOURCE_EXHAUSTED':
        return hasPayload && settings.poolBytes < AMPLE_POOL;
      case 'ERR_TASK_ABORTED':
        return options?.signal !== undefined && this.#isAborted(options.signal);
      case 'ERR_TASK_TIMEOUT':
        return options?.timeoutMs !== undefined;
      case 'ERR_DEADLINE':
        return options?.startWithinMs !== undefined;
      default:
        return false;
    }
  }
}

/** Whether it is what the call must give, bit for bit; or less where that is allowed. */
export function isValueOf(call: Pick<Call, 'value' | 'atMost'>, value: unknown): boolean {
  const isLess = call.atMost && typeof value === 'number' && typeof call.value === 'number' && value <= call.value;
  return isLess || isDeepStrictEqual(value, call.value);
}

/** What the test kernel `reverse` says when its result finds no room. */
export function isOutOfRoom(error: unknown): boolean {
  return codeOf(error) === 'ERR_TASK_FAILED' && error instanceof Error && error.message.endsWith('code -1');
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A value in a message. */
export function show(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: Infinity }).slice(0, 200);
}
