/**
 * A small shared memory for the model: the host sizes everything by the header, so the engine's own code runs with a
 * ring of four entries, and with queue indices that begin next to 2^31 or 2^32.
 */
import * as layout from '../../src/abi/layout.ts';
import { type NamedBlocks, nameIn } from './names.ts';

export interface ModelConfig {
  readonly workers?: number;
  /** Host and workers by default; more for attached threads. */
  readonly submitters?: number;
  /** How many of them the scans look at. */
  readonly inUse?: number;
  readonly capacity?: number;
  readonly magazine?: number;
  readonly starvation?: number;
  readonly timing?: number;
  /** Sweeps before parking; 0 (the default) = a worker never searches unless it is woken. */
  readonly spin?: number;
  /** How often a lost task is queued again. */
  readonly retry?: number;
  /** Where every queue's top and bottom begin. */
  readonly firstIndex?: bigint;
  /** Pages of the payload pool. @default 0 */
  readonly poolPages?: number;
  /** Task types that count as kernels, with their running mean in µs; the others are handlers. */
  readonly kernelMeansUs?: readonly number[];
  /** The export that is the kernel of all of these. @default halfPage */
  readonly kernel?: string;
  /** What kernels do that are `script`: `digits` of one, its number in front. */
  readonly scripts?: readonly bigint[];
}

const LEVELS = 4;
const RING = 4;
const TYPES = 8;
/** A level. */
const FRAMES = 4;
const FORK_BYTES =
  layout.FORK_ROOTS + (layout.ROOT_FRAMES + LEVELS * FRAMES) * layout.FRAME_BYTES + layout.SCRATCH_BYTES;
/** Kernels that are scripts, and counters of how often a worker has begun and ended each. */
const SCRIPTS = 8;
const SCRIPT_WORKERS = 4;
const SCRIPT_BYTES = SCRIPTS * (8 + 2 * SCRIPT_WORKERS * 4);
/** Table index of the kernel of all types that have one. */
export const MODEL_KERNEL = 1;
const STACK_BYTES = 4096;
const MAXIMUM_PAGES = 65536;
const INITIAL_PAGES = 16;
/** What workers only count for others to read. How often something happened goes on growing where states repeat. */
const WORKER_STATISTICS = [
  [layout.WORKER_STOLEN, layout.WORKER_FAILED],
  [layout.WORKER_BATCHES, layout.WORKER_LEVELS],
  [layout.WORKER_STEALS_LOST, layout.WORKER_BYTES],
] as const;
/** A recovery reads the first records. */
const FIRST_RECORDS = 4 * layout.RECORD_BYTES;
const SUBMITTER_RECORDS = [[layout.SUBMITTER_RECORDS + FIRST_RECORDS, layout.SUBMITTER_BYTES]] as const;

/** The memory of one scenario, with the parts of it that make up its state. */
export class ModelMemory {
  readonly memory: WebAssembly.Memory;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly workers: number;
  readonly submitters: number;
  readonly capacity: number;
  private readonly slots: number;
  /** Byte ranges [begin, end) that no protocol reads: statistics, drained records. States that differ in them alone are one. */
  readonly stateless: (readonly [number, number])[] = [];
  /** Called for every word that is read or written through this object. */
  observer: (word: number, writes: boolean) => void = () => undefined;
  readonly workerBlocks: number;
  readonly submitterBlocks: number;
  readonly runQueues: number;
  readonly forks: number;
  readonly scripts: number;
  readonly kernel: string;
  readonly submission: number;
  readonly slab: number;
  readonly links: number;
  readonly pageMap: number;
  readonly pool: number;
  readonly poolPages: number;
  private readonly stacks: number;
  private end: number;
  private readonly ringEntries: number;

  constructor(config: ModelConfig, threads: number) {
    this.workers = config.workers ?? 2;
    this.submitters = config.submitters ?? this.workers + 1;
    this.capacity = config.capacity ?? 8;
    this.ringEntries = 2 ** Math.ceil(Math.log2(this.capacity));
    this.end = layout.HEADER + layout.HEADER_BYTES;
    this.poolPages = config.poolPages ?? 0;
    this.workerBlocks = this.blocks(this.workers, layout.WORKER_BYTES, WORKER_STATISTICS);
    this.submitterBlocks = this.blocks(this.submitters, layout.SUBMITTER_BYTES, SUBMITTER_RECORDS);
    const types = this.blocks(1, TYPES * layout.TYPE_BYTES);
    this.runQueues = this.queues(this.workers, RING);
    this.forks = this.blocks(this.workers, FORK_BYTES, [[FORK_BYTES - layout.SCRATCH_BYTES, FORK_BYTES]]);
    this.scripts = this.blocks(1, SCRIPT_BYTES);
    this.kernel = config.kernel ?? 'halfPage';
    this.submission = this.queues(this.submitters, this.ringEntries);
    const slots = (this.slots = this.capacity + this.workers + this.submitters);
    this.slab = this.blocks(slots, layout.SLOT_BYTES);
    this.links = this.blocks(1, slots * layout.LINK_BYTES);
    this.stacks = this.blocks(threads, STACK_BYTES);
    this.pageMap = this.blocks(1, this.poolPages * layout.PAGE_WORD_BYTES);
    this.pool = this.blocksOfPool();
    const pages = Math.max(INITIAL_PAGES, Math.ceil(this.end / layout.PAGE_BYTES));
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: MAXIMUM_PAGES, shared: true });
    this.i32 = new Int32Array(this.memory.buffer);
    this.i64 = new BigInt64Array(this.memory.buffer);
    this.f32 = new Float32Array(this.memory.buffer);
    this.f64 = new Float64Array(this.memory.buffer);
    this.writeHeader(config, types);
    this.writeTypes(config.kernelMeansUs ?? [], types);
    this.writeIndices(config.firstIndex ?? 0n);
    (config.scripts ?? []).forEach((digits, number) => {
      this.i64[this.scripts / 8 + number] = digits;
    });
  }

  /** Where the virtual thread's Asyncify stack begins and ends. */
  stackOf(thread: number): readonly [number, number] {
    const begin = this.stacks + thread * STACK_BYTES;
    return [begin, begin + STACK_BYTES];
  }

  runQueue(worker: number, level: number): number {
    return this.runQueues + (worker * LEVELS + level) * (layout.QUEUE_RING + RING * 4);
  }

  submissionQueue(submitter: number, level: number): number {
    return this.submission + (submitter * LEVELS + level) * (layout.QUEUE_RING + this.ringEntries * 4);
  }

  forkBlock(worker: number): number {
    return this.forks + worker * FORK_BYTES;
  }

  /** How often a worker has begun (0) or ended (1) a script. */
  counted(number: number, worker: number, ends: 0 | 1): number {
    return this.word(this.scripts + SCRIPTS * 8 + ((number * SCRIPT_WORKERS + worker) * 2 + ends) * 4);
  }

  slot(index: number): number {
    return this.slab + index * layout.SLOT_BYTES;
  }

  workerBlock(worker: number): number {
    return this.workerBlocks + worker * layout.WORKER_BYTES;
  }

  submitterBlock(submitter: number): number {
    return this.submitterBlocks + submitter * layout.SUBMITTER_BYTES;
  }

  word(address: number): number {
    this.observer(address >> 2, false);
    return this.i32[address >> 2] ?? 0;
  }

  setWord(address: number, value: number): void {
    this.observer(address >> 2, true);
    this.i32[address >> 2] = value;
  }

  setFloat(address: number, value: number): void {
    for (const word of [address >> 2, (address >> 2) + 1]) this.observer(word, true);
    this.f64[address >> 3] = value;
  }

  /** Entries of a queue between top and bottom. */
  entries(queue: number, entries: number): number[] {
    const top = this.long(queue + layout.QUEUE_TOP);
    const bottom = this.long(queue + layout.QUEUE_BOTTOM);
    const found: number[] = [];
    for (let index = top; index < bottom; ++index) {
      found.push(this.word(queue + layout.QUEUE_RING + Number(index & BigInt(entries - 1)) * 4));
    }
    return found;
  }

  runEntries(worker: number, level: number): number[] {
    return this.entries(this.runQueue(worker, level), RING);
  }

  submissionEntries(submitter: number, level: number): number[] {
    return this.entries(this.submissionQueue(submitter, level), this.ringEntries);
  }

  /** Everything in submission and run queues of a level. */
  levelEntries(level: number): number[] {
    const found: number[] = [];
    for (let s = 0; s < this.submitters; ++s) found.push(...this.submissionEntries(s, level));
    for (let w = 0; w < this.workers; ++w) found.push(...this.runEntries(w, level));
    return found;
  }

  queuedEntries(): number[] {
    return [0, 1, 2, 3].flatMap((level) => this.levelEntries(level));
  }

  /** What stands there, as the layout calls it. */
  nameOf(address: number): string {
    const blocks = [
      { of: 'worker', prefix: 'WORKER_', begin: this.workerBlocks, bytes: layout.WORKER_BYTES, count: this.workers },
      {
        of: 'submitter',
        prefix: 'SUBMITTER_',
        begin: this.submitterBlocks,
        bytes: layout.SUBMITTER_BYTES,
        count: this.submitters,
      },
      { of: 'slot', prefix: 'SLOT_', begin: this.slab, bytes: layout.SLOT_BYTES, count: this.slots },
      ...this.queueBlocks('run queue', this.runQueues, this.workers, RING),
      ...this.forkBlocks(),
      ...this.queueBlocks('submission queue', this.submission, this.submitters, this.ringEntries),
      { of: 'link', prefix: '', begin: this.links, bytes: layout.LINK_BYTES, count: this.slots },
      { of: 'page', prefix: '', begin: this.pageMap, bytes: layout.PAGE_WORD_BYTES, count: this.poolPages },
      { of: 'pool page', prefix: '', begin: this.pool, bytes: layout.PAGE_BYTES, count: this.poolPages },
      { of: 'header', prefix: '', begin: 0, bytes: layout.HEADER + layout.HEADER_BYTES, count: 1 },
    ];
    return nameIn(blocks, address) ?? `+${String(address)}`;
  }

  /** A word of a drained record. */
  record(submitter: number, index: number, field: number): number {
    return this.word(this.submitterBlock(submitter) + layout.SUBMITTER_RECORDS + index * layout.RECORD_BYTES + field);
  }

  private forkBlocks(): NamedBlocks[] {
    const bytes = layout.FRAME_BYTES;
    return Array.from({ length: this.workers }, (_, worker) => {
      const roots = this.forkBlock(worker) + layout.FORK_ROOTS;
      const of = `worker ${String(worker)}`;
      const stacks = Array.from({ length: LEVELS }, (_one, level) => ({
        of: `${of} level ${String(level)} frame`,
        prefix: 'FRAME_',
        begin: roots + (layout.ROOT_FRAMES + level * FRAMES) * bytes,
        bytes,
        count: FRAMES,
      }));
      const shares = {
        of: `${of} level`,
        prefix: 'FORK_',
        begin: this.forkBlock(worker),
        bytes: layout.LINE,
        count: LEVELS,
      };
      const ended = {
        of: `${of} ended`,
        prefix: '',
        begin: this.forkBlock(worker) + layout.FORK_ENDED,
        bytes: 4,
        count: 1,
      };
      return [
        { of: `${of} root`, prefix: 'FRAME_', begin: roots, bytes, count: layout.ROOT_FRAMES },
        shares,
        ended,
        ...stacks,
      ];
    }).flat();
  }

  private queueBlocks(of: string, begin: number, owners: number, entries: number): NamedBlocks[] {
    const bytes = layout.QUEUE_RING + entries * 4;
    return Array.from({ length: owners }, (_, owner) => ({
      of: `${of} ${String(owner)} level`,
      prefix: 'QUEUE_',
      begin: begin + owner * LEVELS * bytes,
      bytes,
      count: LEVELS,
    }));
  }

  private long(address: number): bigint {
    for (const word of [address >> 2, (address >> 2) + 1]) this.observer(word, false);
    return this.i64[address >> 3] ?? 0n;
  }

  private blocks(count: number, bytes: number, stateless: readonly (readonly [number, number])[] = []): number {
    const begin = Math.ceil(this.end / layout.LINE) * layout.LINE;
    this.end = begin + count * bytes;
    for (let at = begin; at < this.end; at += bytes) {
      for (const [from, to] of stateless) this.stateless.push([at + from, at + to]);
    }
    return begin;
  }

  private blocksOfPool(): number {
    const begin = Math.ceil(this.end / layout.PAGE_BYTES) * layout.PAGE_BYTES;
    if (this.poolPages > 0) this.end = begin + this.poolPages * layout.PAGE_BYTES;
    return begin;
  }

  private queues(owners: number, entries: number): number {
    const bytes = layout.QUEUE_RING + entries * 4;
    return this.blocks(owners * LEVELS, bytes);
  }

  private writeHeader(config: ModelConfig, types: number): void {
    const header: [number, number][] = [
      [layout.HEADER_MAGIC, layout.LAYOUT_MAGIC],
      [layout.HEADER_VERSION, layout.LAYOUT_VERSION],
      [layout.HEADER_CAPACITY, this.capacity],
      [layout.HEADER_RING_MASK, this.ringEntries - 1],
      [layout.HEADER_WORKERS, this.workers],
      [layout.HEADER_SUBMITTERS, this.submitters],
      [layout.HEADER_STARVATION, config.starvation ?? 0],
      [layout.HEADER_TIMING, config.timing ?? 0],
      [layout.HEADER_MAGAZINE, config.magazine ?? 1],
      [layout.HEADER_RUN_MASK, RING - 1],
      [layout.HEADER_WORKER_BLOCKS, this.workerBlocks],
      [layout.HEADER_SUBMITTER_BLOCKS, this.submitterBlocks],
      [layout.HEADER_TYPES, types],
      [layout.HEADER_RUN_QUEUES, this.runQueues],
      [layout.HEADER_FORKS, this.forks],
      [layout.HEADER_FRAMES, FRAMES],
      [layout.HEADER_SUBMISSION, this.submission],
      [layout.HEADER_SLAB, this.slab],
      [layout.HEADER_LINKS, this.links],
      [layout.HEADER_PAGE_MAP, this.pageMap],
      [layout.HEADER_POOL, this.pool],
      [layout.HEADER_POOL_PAGES, this.poolPages],
      [layout.HEADER_SPIN, config.spin ?? 0],
      [layout.HEADER_RETRY, config.retry ?? 0],
      [layout.SUBMITTERS_IN_USE, config.inUse ?? this.submitters],
    ];
    for (const [address, value] of header) this.setWord(address, value);
  }

  private writeTypes(means: readonly number[], types: number): void {
    for (let type = 0; type < TYPES; ++type) {
      const mean = means[type];
      this.setWord(types + type * layout.TYPE_BYTES + layout.TYPE_KERNEL, mean === undefined ? -1 : MODEL_KERNEL);
      this.f32[(types + type * layout.TYPE_BYTES + layout.TYPE_MEAN_US) >> 2] = mean ?? 0;
    }
  }

  private writeIndices(first: bigint): void {
    const start = (queue: number): void => {
      this.i64[(queue + layout.QUEUE_TOP) >> 3] = first;
      this.i64[(queue + layout.QUEUE_BOTTOM) >> 3] = first;
    };
    for (let level = 0; level < LEVELS; ++level) {
      for (let worker = 0; worker < this.workers; ++worker) start(this.runQueue(worker, level));
      for (let submitter = 0; submitter < this.submitters; ++submitter) start(this.submissionQueue(submitter, level));
    }
  }
}
