import { LONGEST_DELAY_MS } from '../base/clock.ts';
import { WorkStealingError } from '../base/errors.ts';
import { givenOf, isGiven } from '../base/given.ts';

/** Priorities, most urgent first. */
export const Priority = {
  /** Before everything else; some slots are kept for it. */
  Critical: 0,
  /** Before Normal. */
  High: 1,
  /** What a task without a priority has. */
  Normal: 2,
  /** When nothing else is to do, or by the starvation rule. */
  Low: 3,
} as const;
export type Priority = (typeof Priority)[keyof typeof Priority];

/** How one task is run. */
export interface RunOptions {
  /** @default Priority.Normal */
  readonly priority?: Priority | undefined;
  /**
   * Rejects the promise at once. A queued task is removed; a running one gets its cancel flag (`context.cancelled`,
   * `context.signal`), and its worker is ended if it goes on for `killGraceMs`. What it still returns is dropped.
   */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the start of the task; then as `signal`, with ERR_TASK_TIMEOUT. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds from submission by which the task must have started, else ERR_DEADLINE. */
  readonly startWithinMs?: number | undefined;
  /**
   * Milliseconds that a running task has to stop once it was asked to; then its worker is ended and replaced, whatever it does.
   * What else that worker has in hand then is lost, or run again (`retry`). Infinity: it may go on for ever. @default 100
   */
  readonly killGraceMs?: number | undefined;
  /** How often the task may be run again, from its beginning, when its worker was lost. @default `retry` of the engine: 0 */
  readonly retry?: number | undefined;
  /**
   * The NUMA node that the task should run on, by its id. Another one takes it only while that one is gone or has far too much to
   * do. With workers in one process it changes nothing. @default any
   */
  readonly node?: number | undefined;
}

/** How long a running task has to stop when nothing else is said, and after a forced close. */
export const KILL_GRACE_MS = 100;
/** The largest `retry`. */
export const MOST_RETRIES = 65_535;

/** The names of RunOptions. A test sees each of them take effect, however tasks are run. */
export const RUN_OPTIONS: readonly string[] = [
  'priority',
  'signal',
  'timeoutMs',
  'startWithinMs',
  'killGraceMs',
  'retry',
  'node',
] satisfies (keyof RunOptions)[];

/** Options as somebody gave them: any name may have any value. */
type UncheckedOptions = { readonly [Name in keyof RunOptions]: unknown };

/**
 * @returns a copy of the options that were given: the object is the caller's, who may change it while its inputs are read
 * @throws WorkStealingError ERR_INVALID_OPTION
 */
export function checkRunOptions(options: unknown): RunOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalid('options', 'an object', options);
  }
  rejectUnknown(options, RUN_OPTIONS, 'options');
  const given = copyOf(isPolluted() ? givenOf(options, RUN_OPTIONS) : options);
  checkEach(given);
  return given;
}

// Reads each name once. Written out: objects of one shape, without the loop that a task's submission would pay for.
function copyOf(options: UncheckedOptions): UncheckedOptions {
  const { priority, signal, timeoutMs, startWithinMs, killGraceMs, retry, node } = options;
  return { priority, signal, timeoutMs, startWithinMs, killGraceMs, retry, node };
}

/** As checkRunOptions, with names of its own beside those. @returns a copy */
export function checkMoreOptions(options: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof options !== 'object' || options === null) {
    throw invalid('options', 'an object', options);
  }
  rejectUnknown(options, known, 'options');
  const given = givenOf(options, known);
  checkEach(given);
  return given;
}

// Names and object are constants, which costs a fraction of a nanosecond; a loop over RUN_OPTIONS would not.
function isPolluted(): boolean {
  const { prototype } = Object;
  return (
    'priority' in prototype ||
    'signal' in prototype ||
    'timeoutMs' in prototype ||
    'startWithinMs' in prototype ||
    'killGraceMs' in prototype ||
    'retry' in prototype ||
    'node' in prototype
  );
}

/** Whether a task needs nothing but its slot to be run so. */
export function isPriorityOnly(options: RunOptions): boolean {
  return (
    options.signal === undefined &&
    options.timeoutMs === undefined &&
    options.startWithinMs === undefined &&
    options.killGraceMs === undefined &&
    options.retry === undefined &&
    options.node === undefined
  );
}

function checkEach(options: UncheckedOptions): asserts options is RunOptions {
  const { priority, signal, timeoutMs, startWithinMs, killGraceMs, retry, node } = options;
  if (priority !== undefined) checkPriority(priority);
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('signal', 'an AbortSignal', signal);
  checkDelay('timeoutMs', timeoutMs);
  checkDelay('startWithinMs', startWithinMs);
  if (killGraceMs !== Infinity) checkDelay('killGraceMs', killGraceMs);
  if (retry !== undefined) checkRetry(retry);
  if (node !== undefined) checkNode(node);
}

function checkNode(node: unknown): asserts node is number {
  if (typeof node === 'number' && Number.isInteger(node) && node >= 0) return;
  throw invalid('node', 'the id of a NUMA node, a whole number of at least 0', node);
}

function checkRetry(retry: unknown): asserts retry is number {
  if (typeof retry === 'number' && Number.isInteger(retry) && retry >= 0 && retry <= MOST_RETRIES) return;
  throw invalid('retry', `a whole number, 0 … ${String(MOST_RETRIES)}`, retry);
}

/** @throws WorkStealingError ERR_INVALID_OPTION for a name that is not known: a misspelt option must not be ignored */
export function rejectUnknown(given: object, known: readonly string[], where: string): void {
  for (const key in given) {
    if (known.includes(key) || !isGiven(given, key)) continue;
    throw new WorkStealingError(
      'ERR_INVALID_OPTION',
      `expected ${where} to have no other names than ${known.join(', ')}, got ${JSON.stringify(key.slice(0, 80))}: look for a misspelling`,
      { option: key },
    );
  }
}

/** @throws WorkStealingError ERR_INVALID_OPTION */
export function checkPriority(priority: unknown): asserts priority is Priority {
  if (priority !== 0 && priority !== 1 && priority !== 2 && priority !== 3) {
    throw invalid('priority', 'Priority.Critical (0), High (1), Normal (2) or Low (3)', priority);
  }
}

function checkDelay(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !(value >= 0 && value <= LONGEST_DELAY_MS)) {
    throw invalid(name, `milliseconds, 0 … ${String(LONGEST_DELAY_MS)}`, value);
  }
}

/** The error for an option: expected, got. */
export function invalid(name: string, expected: string, got: unknown): WorkStealingError {
  return new WorkStealingError('ERR_INVALID_OPTION', `expected ${name} to be ${expected}, got ${show(got)}`, {
    option: name,
  });
}

function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > 80 ? `${JSON.stringify(value.slice(0, 80))}…` : JSON.stringify(value);
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
      return value === null ? 'null' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}
