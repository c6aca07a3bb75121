import { TIMING_ALL, TIMING_OFF, TIMING_SAMPLED } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import { WorkStealingError } from '../base/errors.ts';

/** What the shared memory has to hold. */
export interface MemoryPlan {
  readonly capacity: number;
  readonly workers: number;
  /** The host, the workers, and the threads that may attach. */
  readonly submitters: number;
  readonly poolBytes: number;
  readonly maximumBytes: number;
  readonly starvationInterval: number;
  /** How often a task may be queued again after its worker was lost. */
  readonly retry: number;
  readonly timing: 'sampled' | 'all' | 'off';
  /** Of deterministic mode, where nobody waits by spinning; undefined: threads. */
  readonly seed?: number | undefined;
}

/** Addresses of the regions, as they stand in the header. */
export interface MemoryMap {
  readonly totalBytes: number;
  readonly poolBytes: number;
  readonly header: ReadonlyMap<number, number>;
  readonly typesAddress: number;
}

const RUN_QUEUE_ENTRIES = 256;
/** Kernels that a worker has spawned at one priority and not joined. */
const FRAMES = 2048;
/** Sweeps of a worker without work before it parks, a few ns each; bench one-at-a-time guards it. */
const SPIN_SWEEPS = 20_000;
const LARGEST_MAGAZINE = 64;
const TIMING = { sampled: TIMING_SAMPLED, all: TIMING_ALL, off: TIMING_OFF } as const;
/** A WebAssembly memory has at most 65,536 pages of 64 KiB. */
const WASM_MAXIMUM_BYTES = 65536 * layout.PAGE_BYTES;

/**
 * Computes where everything lies.
 *
 * @throws WorkStealingError ERR_RESOURCE_EXHAUSTED when it does not fit into `maximumBytes`
 */
export function planMemory(plan: MemoryPlan): MemoryMap {
  // Beyond the capacity each worker has a slot for inline tasks, each submitter a spare one.
  const slots = plan.capacity + plan.workers + plan.submitters;
  const ring = 2 ** Math.ceil(Math.log2(slots));
  let end = layout.HEADER + layout.HEADER_BYTES;
  const region = (bytes: number, align = layout.LINE): number => {
    const address = Math.ceil(end / align) * align;
    end = address + bytes;
    return address;
  };
  const queueBytes = (entries: number): number => layout.QUEUE_RING + entries * 4;
  const workerBlocks = region(plan.workers * layout.WORKER_BYTES);
  const submitterBlocks = region(plan.submitters * layout.SUBMITTER_BYTES);
  const types = region(layout.MAX_TYPES * layout.TYPE_BYTES);
  const runQueues = region(plan.workers * 4 * queueBytes(RUN_QUEUE_ENTRIES));
  const forkBytes = layout.FORK_ROOTS + (layout.ROOT_FRAMES + 4 * FRAMES) * layout.FRAME_BYTES + layout.SCRATCH_BYTES;
  const forks = region(plan.workers * forkBytes);
  const submission = region(plan.submitters * 4 * queueBytes(ring));
  const slab = region(slots * layout.SLOT_BYTES);
  const links = region(slots * layout.LINK_BYTES);
  const poolPages = Math.ceil(plan.poolBytes / layout.PAGE_BYTES);
  const pageMap = region(poolPages * layout.PAGE_WORD_BYTES);
  const pool = region(poolPages * layout.PAGE_BYTES, layout.PAGE_BYTES);
  const limit = Math.min(plan.maximumBytes, WASM_MAXIMUM_BYTES);
  if (end > limit) {
    throw new WorkStealingError(
      'ERR_RESOURCE_EXHAUSTED',
      `expected options that fit into ${String(limit)} bytes of shared memory, but capacity ${String(plan.capacity)}, ` +
        `${String(plan.workers)} workers and a pool of ${String(plan.poolBytes)} bytes need ${String(end)}: ` +
        'lower capacity or memory.poolBytes, or raise memory.maximumBytes (at most 4 GiB)',
      { resource: 'memory', usage: end, limit, unit: 'bytes' },
    );
  }
  const header = new Map<number, number>([
    [layout.HEADER_MAGIC, layout.LAYOUT_MAGIC],
    [layout.HEADER_VERSION, layout.LAYOUT_VERSION],
    [layout.HEADER_CAPACITY, plan.capacity],
    [layout.HEADER_RING_MASK, ring - 1],
    [layout.HEADER_WORKERS, plan.workers],
    [layout.HEADER_SUBMITTERS, plan.submitters],
    [layout.HEADER_STARVATION, plan.starvationInterval],
    [layout.HEADER_TIMING, TIMING[plan.timing]],
    [layout.HEADER_MAGAZINE, magazineSlots(plan.capacity, plan.submitters)],
    [layout.HEADER_RUN_MASK, RUN_QUEUE_ENTRIES - 1],
    [layout.HEADER_WORKER_BLOCKS, workerBlocks],
    [layout.HEADER_SUBMITTER_BLOCKS, submitterBlocks],
    [layout.HEADER_TYPES, types],
    [layout.HEADER_RUN_QUEUES, runQueues],
    [layout.HEADER_SUBMISSION, submission],
    [layout.HEADER_SLAB, slab],
    [layout.HEADER_LINKS, links],
    [layout.HEADER_PAGE_MAP, pageMap],
    [layout.HEADER_POOL, pool],
    [layout.HEADER_POOL_PAGES, poolPages],
    [layout.HEADER_SPIN, plan.seed === undefined ? SPIN_SWEEPS : 0],
    [layout.HEADER_RETRY, plan.retry],
    [layout.HEADER_SEED, plan.seed === undefined ? 0 : seedWord(plan.seed)],
    [layout.HEADER_FORKS, forks],
    [layout.HEADER_FRAMES, FRAMES],
    [layout.SUBMITTERS_IN_USE, plan.workers + 1],
  ]);
  return { totalBytes: end, poolBytes: poolPages * layout.PAGE_BYTES, header, typesAddress: types };
}

// All 53 bits of a seed.
function seedWord(seed: number): number {
  return Math.imul((seed % 2 ** 32) ^ Math.floor(seed / 2 ** 32), 0x9e3779b9);
}

// Two magazines a thread may lie in caches: together they must stay a small part of the slab.
function magazineSlots(capacity: number, submitters: number): number {
  return Math.max(1, Math.min(LARGEST_MAGAZINE, Math.floor(capacity / (4 * submitters))));
}
