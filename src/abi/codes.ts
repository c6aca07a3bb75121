/**
 * Small integers that both languages share. Negative results of an export are codes, never traps; zero and above are
 * values. Integers only, no imports: the file is compiled by tsc and by asc.
 */

// Results of exports. "Empty", "lost the race" and "full" are different answers.
/** Nothing there. */
export const EMPTY = -1;
/** Another thread was faster; trying again may succeed. */
export const LOST_RACE = -2;
/** `find`: a spawned kernel, stolen. */
export const FRAME = -13;
/** No slot is free. */
export const SLOTS_EXHAUSTED = -3;
/** The id names a task that is gone. */
export const STALE = -5;
/** The ring is full. */
export const FULL = -6;
/** `work`: nothing is left to do; spin, then park. */
export const IDLE = -7;
/** `work`: give the event loop a turn, then call again. */
export const TURN = -8;
/** `work`: the scheduler is stopping; leave. */
export const STOP = -9;
/** `work`: the worker is doomed; it takes nothing new and waits for its end. */
export const DOOMED = -4;
/** `announce`: work appeared, or a waker was faster; do not sleep. */
export const AWAKE = -10;
/** The memory was laid out by another version of this package. */
export const BAD_LAYOUT = -11;

/** `forsake`: nobody runs a frame of a worker that has ended. */
export const NOBODY = -12;

// Status of a slot: the low byte of its state word.
export const FREE = 0;
export const QUEUED = 1;
export const RUNNING = 2;
export const CONDEMNED = 3;
export const DONE = 4;
export const FAILED = 5;
export const CANCELLED = 6;

// State of a frame: the low bits of its word, above them the mark of its handle.
export const FRAME_MARK_SHIFT = 3;
/** It waits; below the tail of its stack it is stolen. */
export const FRAME_OPEN = 0;
/** Its owner runs it. */
export const FRAME_RUNNING = 1;
/** It is stolen, and its owner sleeps until it ends. */
export const FRAME_AWAITED = 2;
export const FRAME_ENDED = 3;
export const FRAME_JOINED = 4;

// Priorities, most urgent first.
export const LEVELS = 4;
export const CRITICAL = 0;
export const HIGH = 1;
export const NORMAL = 2;
export const LOW = 3;

// Park word of a worker.
export const PARK_EMPTY = 0;
export const PARK_PARKED = 1;
export const PARK_NOTIFIED = 2;

// Attention bits of a worker: checked before every pick.
export const ATTENTION_STOP = 1;
export const ATTENTION_MAIL = 2;
/** A running task was asked to stop: its AbortSignal is to fire. */
export const ATTENTION_CANCEL = 4;
/** Somebody lacks room in the pool: the worker gives the free blocks back that it keeps. */
export const ATTENTION_RECALL = 8;
/** The worker takes nothing new: it is about to be ended and replaced. */
export const ATTENTION_DOOM = 16;
/** Completions have come for an owner of the worker's submitter that is gone: they are to be taken out. */
export const ATTENTION_DRAIN = 32;

// Armed word of a submitter.
/** Ring for every completion. */
export const ARMED_ALL = 1;
/** Ring for Critical and High ones, and when a worker runs out of work. */
export const ARMED_URGENT = 2;

// The word CLOSED.
export const CLOSED_NO = 0;
/** Nothing new, but nested tasks of what still runs. */
export const CLOSED_DRAINING = 1;
export const CLOSED_YES = 2;

// The word PRESSURE: how many priorities, from the least urgent on, take nothing new.
export const PRESSURE_NONE = 0;
/** Low tasks are refused. */
export const PRESSURE_SHED = 1;
/** All tasks are, but nested ones. */
export const PRESSURE_REFUSE = 4;

// Bits of `SLOT_META` above the tag (8 bits) and the submitter (16 bits from META_SUBMITTER_SHIFT).
export const META_TAG_MASK = 255;
export const META_PRIORITY_SHIFT = 8;
/** The submission time stands in the slot: record the wait. */
export const META_STAMPED = 1024;
/** A drain keeps the slot until `release`. */
export const META_KEPT = 2048;
/** The start time is written when the task starts, whatever the sampling. */
export const META_TIMED = 4096;
/** A task for one certain worker; it travels through that worker's mailbox. */
export const META_MAILED = 8192;
/** The submitter has nothing in flight: it may use its spare slot, so that it always makes progress. */
export const META_SPARE = 16384;
/** A kept task whose completion was drained: its slot holds its result until `release`. */
export const META_DRAINED = 32768;
export const META_SUBMITTER_SHIFT = 16;

// Who asked a running task to stop: the low bits of `SLOT_CANCEL`, above them the generation.
export const NOBODY_ASKED = 0;
export const ASKED_BY_SUBMITTER = 1;
/** Its time was up, and its submitter had not asked. */
export const ASKED_BY_HOST = 2;
export const ASKED_SHIFT = 2;

// Modes of the histograms.
export const TIMING_OFF = 0;
export const TIMING_SAMPLED = 1;
export const TIMING_ALL = 2;

// Of the word TAKEN: 0 = free, a thread id + 1, or one of these.
/** The owner of an attached place has ended, and the host is to take it over. */
export const THREAD_GONE = -1;
/** The host has, and waits for tasks that have not ended. */
export const THREAD_RECOVERED = -2;

// What a worker does, for statistics.
export const WORKER_STARTING = 0;
export const WORKER_RUNNING = 1;
export const WORKER_SEARCHING = 2;
export const WORKER_PARKED = 3;
export const WORKER_STOPPED = 4;

// What a kernel did wrong, or what became of one that it had spawned.
/** No frame was free for another spawn. */
export const FAULT_FRAMES = 1;
/** `join` of what is no handle of this kernel, or was joined before. */
export const FAULT_JOIN = 2;
/** The worker that ran a spawned kernel was lost. */
export const FAULT_LOST = 3;
/** A spawned kernel trapped, and the pool had no room for the error. */
export const FAULT_TRAP = 4;
/** A spawned kernel was not begun, as the task was asked to stop. */
export const FAULT_STOPPED = 5;

// Tags of payloads that kernels write themselves; the codec owns the others.
export const TAG_NUMBER = 0;
/** The pool had no room for the result: the value is its size. */
export const TAG_POOL_EXHAUSTED = 249;
/** The worker died while it ran the task: the value is its index, and MAX_WORKERS times how often the task was lost. */
export const TAG_WORKER_LOST = 250;
/**
 * An input that the task borrows: the slot's length is 0, so that nobody frees it with the task; the value is how many bytes there are
 * at `payload`.
 */
export const TAG_SHARED = 246;
/** As TAG_WORKER_LOST, and it was ended as the time of the task was up: the value is its `timeoutMs`. */
export const TAG_OVERDUE = 248;
/** The engine refused (a result that cannot be shared, a pool that is exhausted): the bytes are the error. */
export const TAG_ENGINE_ERROR = 251;
/** A kernel failed: the value is the code given to `fail`. */
export const TAG_KERNEL_CODE = 254;
/** A kernel trapped. */
export const TAG_KERNEL_TRAP = 253;
/** A kernel used the SDK as it must not be used: the value is a FAULT_…. */
export const TAG_KERNEL_FAULT = 247;
/** The bytes a kernel returned. */
export const TAG_KERNEL_BYTES = 252;
