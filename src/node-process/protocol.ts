/**
 * What a host and its node process say to each other: records (record.ts) over one duplex pipe. docs/protocols/channel.md
 */

/** Both sides speak this version: a package that is replaced while it runs starts children of another one. */
export const PROTOCOL_VERSION = 4;

/** Payloads up to this size stand in their record; larger ones follow in pieces, so that small records overtake them. */
export const INLINE_MOST = 16 << 10;
export const PIECE_BYTES = 64 << 10;

/** Bytes that are sent at once. */
export const BATCH_BYTES = 128 << 10;
/** So much of a message stands in one batch. */
export const MESSAGE_MOST = BATCH_BYTES - 32;

/** A piece of the payload of the large record with the same id. */
export const KIND_PIECE = 1;

// From the host
/** How to start: a payload of `StartMessage`. */
export const KIND_START = 2;
/** A task is released: from here on it may run. */
export const KIND_TASK = 3;
/**
 * Nobody waits for the task any more, and it has `number` ms to stop if it runs. Answered by KIND_STARTED: it does not start any
 * more. FLAG_IF_QUEUED: it goes on if it has started, its outcome counts, and there is no answer.
 */
export const KIND_CANCEL = 4;
/** When did the task start? Answered by KIND_STARTED. FLAG_IF_QUEUED: it does not start any more if it has not. */
export const KIND_ASK_START = 5;
/** Wait until nothing is queued or running. Answered by KIND_QUIET, a report before it. */
export const KIND_ASK_QUIET = 6;
/** End; FLAG_FORCE: now. Answered by KIND_CLOSED. */
export const KIND_CLOSE = 7;

// From the node process, KIND_READY … KIND_RETURNED
/** It works: a payload of `ReadyMessage`. */
export const KIND_READY = 8;
/** It cannot start, or cannot go on: a payload of `FailureMessage`. */
export const KIND_FAILED = 9;
/** A task has ended. */
export const KIND_OUTCOME = 10;
/** `number`: µs since the task started, −1 while it waits. */
export const KIND_STARTED = 11;
/** `number`: running mean of a task of the type, in µs. */
export const KIND_MEAN = 12;
/** A payload of `SchedulerReport`. */
export const KIND_REPORT = 13;
export const KIND_QUIET = 14;
/** A payload of `EventMessage`. */
export const KIND_EVENT = 15;
/** All workers are gone; FLAG_FORCE: some were cut off. */
export const KIND_CLOSED = 16;

/** It runs, and is about to load its tasks. */
export const KIND_HELLO = 17;

/** A task that was recalled and has not started, with its input: the process does not have it any more. */
export const KIND_RETURNED = 18;

/** From the host: give the task back if it has not started. Answered by KIND_RETURNED, or not at all. */
export const KIND_RECALL = 19;

/** The payload comes in pieces. */
export const FLAG_LARGE = 1;
/** The start of the task will be asked for. */
export const FLAG_TIMED = 2;
export const FLAG_FORCE = 4;
export const FLAG_IF_QUEUED = 8;
/** Of an outcome: the process did not take the task, so that it has not run. */
export const FLAG_REFUSED = 16;

/** Ids from here on belong to messages, not to tasks. */
export const FIRST_MESSAGE_ID = 0x80000000;
