/**
 * Every offset, size and drawing of the shared memory, once, for both languages. Integers below 2^31, operators
 * `+ - * << & |` only, no imports, no annotations: asc reads it as i32, tsc as number.
 *
 * Addresses of the regions depend on the options; the host computes them (src/wasm/sizing.ts) and writes them into the
 * header before any other thread attaches. Words that different threads write stand 128 bytes apart (two cache lines:
 * the adjacent-line prefetcher), slots of the slab and their links excepted.
 *
 *      0 ┌──────────────────────────────┐
 *        │ constants of users' kernels  │  data segments of kernel modules, nothing of ours
 *  64 Ki ├──────────────────────────────┤
 *        │ header                       │  configuration, level word, idle and searcher masks, depots
 *        ├──────────────────────────────┤
 *        │ worker blocks                │  one a worker: park word, mailbox, counters, histograms
 *        ├──────────────────────────────┤
 *        │ submitter blocks             │  one a submitting thread: inbox, doorbell, caches, drained records
 *        ├──────────────────────────────┤
 *        │ task types                   │  kernel or handler, running means
 *        ├──────────────────────────────┤
 *        │ run queues                   │  per worker and priority
 *        ├──────────────────────────────┤
 *        │ fork–join                    │  a block a worker: frames of spawned kernels, scratch memory
 *        ├──────────────────────────────┤
 *        │ submission queues            │  per submitter and priority, each as long as the slab
 *        ├──────────────────────────────┤
 *        │ slab                         │  64 bytes a task
 *        ├──────────────────────────────┤
 *        │ links                        │  4 bytes a task: chains of inboxes and mailboxes
 *        ├──────────────────────────────┤
 *        │ page map, pool               │  payloads
 *        └──────────────────────────────┘
 */

/** Changes whenever a word of this file moves or changes its meaning. */
export const LAYOUT_VERSION = 9;
export const LAYOUT_MAGIC = 0x7a111e0;

export const PAGE_BYTES = 65536;
export const LINE = 128;

// ── Header ─────────────────────────────────────────────────────────────────────────────────────────────────────────
export const HEADER = 65536;
/*
 *   HEADER +0      configuration: written once by the host before any thread attaches, then read only
 *          +256    level word                     i32   writers: any publisher (or), any finder (and)
 *          +384    roster                         8 i64, 32 workers each: searching (high half) | idle (low half), a bit a
 *                                                 worker; writers: the worker, the waker that claims it, the host once it is lost (cas)
 *          +640    slab: next fresh slot          i32   writers: any (add)
 *          +768    page cursor                    i32   writers: any; a hint
 *          +772    page gives                     i32   writers: any (add); counts what makes pages open
 *          +896    submitters in use              i32   writers: any (attach); only grows
 *          +900    closed                         i32   CLOSED_…; writer: the host; readers: submitters
 *          +904    quiet waiters                  i32   how many wait for the busy words below; writer: the host; readers: submitters
 *          +908    host calls                     i32   counts what the host is to look at: doomed workers, places to clear; writers: any (add), who rings
 *          +912    pressure               i32   PRESSURE_…: memory is short; +916 stalls i32: 1 = of the stalls, not of the use; +920 usage f64,
 *                                                 +928 limit f64; writer: the host; readers: submitters
 *          +936    limit look                     i32   ms, 0 = none: when the host looks at limits of tasks of other threads; writers: who
 *                                                 has one that is due earlier (cas), the host
 *          +940    host rings                     i32   counts how often the host has rung all attached threads; writer: the host
 *          +1024   depots                         24 × 128: a tagged i64 head each; class 0 is the slab
 */
export const HEADER_MAGIC = HEADER + 0;
export const HEADER_VERSION = HEADER + 4;
export const HEADER_CAPACITY = HEADER + 8;
export const HEADER_RING_MASK = HEADER + 12;
export const HEADER_WORKERS = HEADER + 16;
export const HEADER_SUBMITTERS = HEADER + 20;
export const HEADER_STARVATION = HEADER + 24;
export const HEADER_TIMING = HEADER + 28;
export const HEADER_MAGAZINE = HEADER + 32;
export const HEADER_RUN_MASK = HEADER + 36;
/** Frames a level. */
export const HEADER_FRAMES = HEADER + 40;
export const HEADER_WORKER_BLOCKS = HEADER + 44;
export const HEADER_SUBMITTER_BLOCKS = HEADER + 48;
export const HEADER_TYPES = HEADER + 52;
export const HEADER_RUN_QUEUES = HEADER + 56;
export const HEADER_FORKS = HEADER + 60;
export const HEADER_SUBMISSION = HEADER + 64;
export const HEADER_SLAB = HEADER + 68;
export const HEADER_PAGE_MAP = HEADER + 72;
export const HEADER_POOL = HEADER + 76;
export const HEADER_POOL_PAGES = HEADER + 80;
export const HEADER_SPIN = HEADER + 84;
export const HEADER_LINKS = HEADER + 88;
export const HEADER_RETRY = HEADER + 92;
/** Of deterministic mode: makes thieves begin elsewhere. */
export const HEADER_SEED = HEADER + 96;

export const LEVEL_WORD = HEADER + 256;
export const ROSTER = HEADER + 384;
export const SLAB_FRESH = HEADER + 640;
export const PAGE_CURSOR = HEADER + 768;
export const PAGE_GIVES = HEADER + 772;
export const SUBMITTERS_IN_USE = HEADER + 896;
export const CLOSED = HEADER + 900;
export const QUIET_WAITERS = HEADER + 904;
export const HOST_CALLS = HEADER + 908;
export const PRESSURE = HEADER + 912;
export const PRESSURE_STALLS = HEADER + 916;
export const PRESSURE_USAGE = HEADER + 920;
export const PRESSURE_LIMIT = HEADER + 928;
export const LIMIT_LOOK = HEADER + 936;
export const HOST_RINGS = HEADER + 940;
export const DEPOTS = HEADER + 1024;
export const CLASSES = 24;
export const HEADER_BYTES = 1024 + CLASSES * LINE;

export const MAX_WORKERS = 256;
export const MAX_CAPACITY = 1 << 20;
export const MAX_TYPES = 4096;

// ── Worker block ───────────────────────────────────────────────────────────────────────────────────────────────────
/*
 *   +0      park word        i32   PARK_…; writers: the worker, any waker
 *   +128    attention        i32   ATTENTION_… bits; writers: any (or), the worker, the host once it is lost (and)
 *   +132    asked late       i32   ms | 1: when the host last asked a task of this worker to stop long after it was to; 0 = never; the host only
 *   +256    mailbox          i32   slot index + 1 of an intrusive stack; writers: any (cas push), the worker (take all)
 *   +384    counters         owner only, plain; any thread may read
 *             +0 state i32   +4 current slot i32 (−1 none)   +8 executed   +16 stolen   +24 parked   +32 busy µs
 *             +40 failed   +48 batches   +56 wakes   (f64 each)   +64 executed per level 4 × f64   +96 picks (i32)
 *             +100 mail i32: slot index + 1, linked, oldest first; the host too once the worker is lost
 *             +104 queued correction per level 4 × i32: what the lengths of the queues count wrongly, summed over all blocks
 *             +120 tasks in hand i32: claimed and not finished; the host once the worker is lost
 *   +512    hand             owner only, plain; the host once the worker is lost: what a death must not lose (docs/protocols/recovery.md)
 *             +0 entry i32: slot index + 1, popped and not claimed   +4 finishing i32: slot index + 1, ended and not delivered
 *             +8 batch i32: entries behind the published ones of a run queue   +12 level of the batch i32
 *             +16 mail rest i32: taken out of the mailbox, not in order yet
 *   +536    pauses           owner only, plain; any thread may read: collections of garbage by V8
 *             +0 pauses f64   +8 their time f64, ns   +16 the longest f64, ns   +24 told i32: 1 = this runtime tells of them
 *   +568    steals lost      f64   owner only, plain; any thread may read: how often another one emptied a queue first, or took from it meanwhile
 *   +576    histograms       owner only: per level a wait and a run histogram of BUCKETS i32 each, after each the max (f64)
 */
export const WORKER_PARK = 0;
export const WORKER_ATTENTION = 128;
export const WORKER_ASKED_LATE = 132;
export const WORKER_MAILBOX = 256;
export const WORKER_STATE = 384;
export const WORKER_CURRENT = 388;
export const WORKER_EXECUTED = 392;
export const WORKER_STOLEN = 400;
export const WORKER_PARKS = 408;
export const WORKER_BUSY_US = 416;
export const WORKER_FAILED = 424;
export const WORKER_BATCHES = 432;
export const WORKER_WAKES = 440;
export const WORKER_LEVELS = 448;
export const WORKER_PICKS = 480;
/** Mail taken out of the mailbox but not run yet: slot index + 1, linked. */
export const WORKER_MAIL = 484;
export const WORKER_QUEUED_CORRECTION = 488;
export const WORKER_IN_HAND = 504;
export const WORKER_HAND_ENTRY = 512;
export const WORKER_FINISHING = 516;
export const WORKER_BATCH = 520;
export const WORKER_BATCH_LEVEL = 524;
export const WORKER_MAIL_REST = 528;
export const WORKER_GC_PAUSES = 536;
export const WORKER_GC_NS = 544;
export const WORKER_GC_LONGEST_NS = 552;
export const WORKER_GC_TOLD = 560;
export const WORKER_STEALS_LOST = 568;
export const WORKER_HISTOGRAMS = 576;
/** 16 buckets an octave of nanoseconds, 2^0 … 2^40 (18 minutes): relative error ≤ 6.25 %. */
export const BUCKETS_PER_OCTAVE = 16;
export const BUCKETS = 608;
export const HISTOGRAM_BYTES = BUCKETS * 4 + 8;
/** Wait and run histogram of each level. */
export const WORKER_BYTES = 576 + 8 * HISTOGRAM_BYTES;

// ── Submitter block ────────────────────────────────────────────────────────────────────────────────────────────────
/*
 *   +0      inbox            i32   slot index + 1 of an intrusive stack; writers: any worker (cas push), the owner (take all)
 *   +128    armed            i32   ARMED_…: which bell the owner wants; writers: the owner, the worker that rings (xchg 0), the host that recovers or closes
 *   +132    foreign          i32   tasks of former owners that may still be delivered; writers: the host once the owner is lost, the owner
 *   +256    taken            i32   of an attached owner: its thread id + 1, THREAD_…, 0 = free; writers: attaching threads (cas), the owner, the host once it is lost
 *   +260    busy             i32   1: the owner has tasks pending; writers: the owner, who rings it at 0 if somebody waits, the host once it is lost; reader: the host
 *   +272    claim            i64   sequence (29) | pages (17) | first page (16) | state (2); writers: the owner, who carries it (cas), the host once it is lost
 *   +280    giving           of the hand below: first page i32, +4 pages i32 of a run that is being given back
 *   +384    counters         owner only: submitted per level 4 × f64, +32 pool bytes allocated f64, +40 freed f64,
 *                            +48 queued correction per level 4 × i32, as in the worker block
 *   +448    hand             owner only, plain; the host once the owner is lost: what a death must not lose (docs/protocols/recovery.md)
 *             +0 slot i32: address of its links, in no list and no queue   +4 block i32, +8 its bytes i32, +12 COUNTED_… i32: in no list and no slot
 *             +16 chain i32: completions to drain, slot index + 1, linked   +20 those not in order yet
 *             +24 staged i32: entries behind the published ones of a submission queue   +28 their level
 *             +32 magazine on its way to the depot i32   +36 its class
 *             +40 first node that is being cut i32   +44 how many i32   +48 their class, and that of the loose blocks
 *             +52 loose blocks i32: a chain   +56 how many of them end before the rest i32, 0 = all   +60 the rest i32
 *   +512    caches           owner, the host once it is lost: CLASSES × 16: loaded head, loaded count, spare head, spare count (i32 each)
 *   +896    drained          i32   records of the last drain; those of slots that are not kept own a block, unless the length is 0; owner, the host once it is lost
 *   +1024   records          owner only: RECORDS × 32: index i32, meta i32, value f64, payload u32, length u32, type i32, spare 4
 *   +33792  numbers          owner only: NUMBERS × f64, inputs to be staged together; then the i32 slot of each at the same place
 */
export const SUBMITTER_INBOX = 0;
export const SUBMITTER_ARMED = 128;
export const SUBMITTER_FOREIGN = 132;
export const SUBMITTER_TAKEN = 256;
export const SUBMITTER_BUSY = 260;
export const SUBMITTER_CLAIM = 272;
export const SUBMITTER_GIVING = 280;
export const SUBMITTER_GIVING_PAGES = 284;
export const SUBMITTER_SUBMITTED = 384;
export const SUBMITTER_ALLOCATED = 416;
export const SUBMITTER_FREED = 424;
export const SUBMITTER_QUEUED_CORRECTION = 432;
export const SUBMITTER_HAND_SLOT = 448;
export const SUBMITTER_HAND_BLOCK = 452;
export const SUBMITTER_HAND_BYTES = 456;
export const SUBMITTER_HAND_COUNTED = 460;
export const SUBMITTER_CHAIN = 464;
export const SUBMITTER_CHAIN_REST = 468;
export const SUBMITTER_STAGED = 472;
export const SUBMITTER_STAGED_LEVEL = 476;
export const SUBMITTER_PUSHING = 480;
export const SUBMITTER_PUSHING_CLASS = 484;
export const SUBMITTER_CUT = 488;
export const SUBMITTER_CUT_NODES = 492;
export const SUBMITTER_CUT_CLASS = 496;
export const SUBMITTER_LOOSE = 500;
export const SUBMITTER_LOOSE_BLOCKS = 504;
export const SUBMITTER_LOOSE_REST = 508;
export const SUBMITTER_CACHES = 512;
export const CACHE_BYTES = 16;
export const SUBMITTER_DRAINED = 896;
export const SUBMITTER_RECORDS = 1024;
export const RECORDS = 1024;
export const RECORD_BYTES = 32;
export const RECORD_INDEX = 0;
export const RECORD_META = 4;
export const RECORD_VALUE = 8;
export const RECORD_PAYLOAD = 16;
export const RECORD_LENGTH = 20;
export const RECORD_TYPE = 24;
/** Status of the slot in the record's meta, above the tag. */
export const RECORD_STATUS_SHIFT = 24;
export const SUBMITTER_NUMBERS = SUBMITTER_RECORDS + RECORDS * RECORD_BYTES;
export const NUMBERS = 256;
export const NUMBER_BYTES = 8;
export const SUBMITTER_BYTES = SUBMITTER_NUMBERS + NUMBERS * NUMBER_BYTES;

// ── Task types ─────────────────────────────────────────────────────────────────────────────────────────────────────
/*
 *   +0  kernel   i32   table index of the kernel, −1 for a handler; written by the host before any worker attaches
 *   +4  mean     f32   running mean of a run in µs, 0 = not known yet; writers: any worker, plain: a heuristic
 */
export const TYPE_BYTES = 16;
export const TYPE_KERNEL = 0;
export const TYPE_MEAN_US = 4;

// ── Queues ─────────────────────────────────────────────────────────────────────────────────────────────────────────
/*
 *   +0     top      i64   next index to take; writers: any taker (cas)
 *   +128   bottom   i64   next index to write; writer: the owner
 *   +256   ring     i32 × (mask + 1)   slot indices; writer: the owner
 *
 * Indices are i64 and never wrap; the ring position is `index & mask`.
 */
export const QUEUE_TOP = 0;
export const QUEUE_BOTTOM = 128;
export const QUEUE_RING = 256;

// ── Fork–join ──────────────────────────────────────────────────────────────────────────────────────────────────────
/*
 *   A block a worker:
 *   +0      shares           4 × 128, a level each: word i32 = tail (low half) | end (high half): frames below the tail are stolen,
 *                            run or ended, those from tail to end may be stolen, those from end on are private; writers: the owner,
 *                            thieves (cas tail + 1), the host once the worker is lost
 *                            +64 head, +68 first private frame i32: addresses, while the owner is busy at another level; owner only
 *   +512    ended            i32   1: the thread is gone, its frames are not taken care of yet; the host only
 *   +640    roots            ROOT_FRAMES frames: of tasks, those on top of one another included; owner, the host once it is lost
 *   then    stacks           4 × frames of the header: spawned kernels, a level each; a frame's position is its address
 *   then    scratch          SCRATCH_BYTES; owner only
 */
export const FORK_SHARES = 0;
export const FORK_HEAD = 64;
export const FORK_PRIVATE = 68;
export const FORK_ENDED = 512;
export const FORK_ROOTS = 640;
/** A task, an urgent one on top at each checkpoint, and one that a handler runs inline. */
export const ROOT_FRAMES = 8;
export const SCRATCH_BYTES = 4 * PAGE_BYTES;

// ── Frame ──────────────────────────────────────────────────────────────────────────────────────────────────────────
/*
 *   0       8         12       16       20        24      28      32      36       40    44     48       56     60     64
 *   ├───────┼─────────┼────────┼────────┼─────────┼───────┼───────┼───────┼────────┼─────┼──────┼────────┼──────┼──────┤
 *   │ value │ payload │ length │ kernel │ combine │ state │ thief │ block │ length │ tag │ root │ result │ body │ base │
 *   │ f64   │ u32     │ u32    │ i32    │ i32     │ i32   │ i32   │ u32   │ u32    │ i32 │ u32  │ f64    │ i32  │ u32  │
 *
 *   value …  the argument, as of a slot; of a range: begin and end (i32 each), context, grain
 *   state    what its handle ends with, so that an old one does not fit (29) | FRAME_… (3); writers: the owner, once stolen the thief (xchg), the joiner that sleeps (cas), the host once the thief is lost
 *   thief    worker + 1, 0 = not stolen; written with the share word's CAS, nothing in between: exact once the thief is gone
 *            of a frame that is run by who joins it youngest first: where its scratch memory ends, in bytes of the arena; 0: it has none
 *   block …  result bytes or those of an error; a length only while they are allocated
 *   tag      of the result: TAG_NUMBER, TAG_KERNEL_BYTES, or how it failed
 *   root     the slot of the task that it belongs to
 *   body     of a range: table index of what runs a part of it; combine: of what combines two results
 *   base     once stolen: where the thief's stack of the level ended, hence what it spawned since begins; 0: at its first frame; written with
 *            the thief
 */
export const FRAME_BYTES = 64;
export const FRAME_VALUE = 0;
export const FRAME_PAYLOAD = 8;
export const FRAME_LENGTH = 12;
export const FRAME_KERNEL = 16;
export const FRAME_COMBINE = 20;
export const FRAME_STATE = 24;
export const FRAME_THIEF = 28;
export const FRAME_SCRATCH = 28;
export const FRAME_BLOCK = 32;
export const FRAME_BLOCK_LENGTH = 36;
export const FRAME_TAG = 40;
export const FRAME_ROOT = 44;
export const FRAME_RESULT = 48;
export const FRAME_BODY = 56;
export const FRAME_BASE = 60;

// ── Slot ───────────────────────────────────────────────────────────────────────────────────────────────────────────
/*
 *   0       8        16        20       24     28     32      36        40             48           56       60        64
 *   ├───────┼────────┼─────────┼────────┼──────┼──────┼───────┼─────────┼──────────────┼────────────┼────────┼─────────┤
 *   │ state │ value  │ payload │ length │ type │ meta │ grace │ retries │ submitted at │ started at │ cancel │ timeout │
 *   │ i64   │ f64    │ u32     │ u32    │ i32  │ i32  │ i32   │ i32     │ f64 µs       │ f64 µs     │ i32    │ i32 ms  │
 *                                                      └─ while free: next, magazine, count
 *
 *   state    generation (32) | worker (24) | status (8); every transition is one CAS of the whole word
 *   payload  a block of the pool with `length` bytes that belongs to the slot, if that is not 0; with TAG_SHARED memory that the task borrows
 *   others   the submitter until the slot is published, then the worker that claimed it, then the drainer
 *   cancel   generation (30) | ASKED_… (2): the task of that generation shall stop; writers: the submitter, the host (cas); reader: the task
 *   timeout  with META_TIMED, of tasks that the host did not submit: `timeoutMs`, 0 = none; writer: the submitter
 *   grace    as timeout: `killGraceMs`; once the submitter has asked the task to stop, when that is over, in ms of the clock; 0 = never
 *   retries  how often the task may be queued again after its worker was lost (16), below how often it was (16); writers: the
 *            submitter, the host once the worker is lost
 */
export const SLOT_BYTES = 64;
export const SLOT_STATE = 0;
export const SLOT_VALUE = 8;
export const SLOT_PAYLOAD = 16;
export const SLOT_LENGTH = 20;
export const SLOT_TYPE = 24;
export const SLOT_META = 28;
/** A free slot's links (next, magazine, count) begin here; a free block's begin at its first byte. */
export const SLOT_LINKS = 32;
export const SLOT_GRACE = 32;
export const SLOT_RETRIES = 36;
export const SLOT_SUBMITTED_AT = 40;
export const SLOT_STARTED_AT = 48;
export const SLOT_CANCEL = 56;
export const SLOT_TIMEOUT = 60;

// ── Links ──────────────────────────────────────────────────────────────────────────────────────────────────────────
/*
 *   An i32 a slot: slot index + 1 of the next one in the inbox or mailbox that the slot is in, 0 at the end. Beside the slab,
 *   so that who follows a chain reads sixteen links with a line, and then the slots of the chain all at once.
 */
export const LINK_BYTES = 4;

// ── Pool ───────────────────────────────────────────────────────────────────────────────────────────────────────────
/*
 *   page map: an i64 per 64 KiB page: free, carved, claimed or taken; writers: any (cas), the holder of a run (store)
 *   Size classes 1 … 21: 64, 96, 128, 192, … 49152, 65536 bytes; larger payloads are runs of pages.
 */
/** Bytes of a page's word. */
export const PAGE_WORD_BYTES = 8;
export const MIN_BLOCK_SHIFT = 6;
export const POOL_CLASSES = 21;
export const LINK_NEXT = 0;
export const LINK_MAGAZINE = 4;
export const LINK_COUNT = 8;
