/**
 * Where this instance finds things: the header's configuration, copied into module globals once by `attach`. Globals
 * belong to one instance, hence to one thread; the configuration itself never changes after the host wrote it.
 */
import { BAD_LAYOUT } from '../../src/abi/codes';
import * as layout from '../../src/abi/layout';
import { loadOwned32, storeOwned32 } from '../sync/atomics';

export let capacity: i32 = 0;
export let ringMask: i32 = 0;
export let workers: i32 = 0;
export let submitters: i32 = 0;
export let starvationInterval: i32 = 0;
export let timing: i32 = 0;
export let magazineSlots: i32 = 0;
export let runMask: i32 = 0;
export let spinSweeps: i32 = 0;
export let seed: u32 = 0;
/** How often a lost task is queued again that was told nothing else. */
export let defaultRetries: i32 = 0;
/** Frames of a worker, a level each. */
export let frames: i32 = 0;
export let forks: usize = 0;
let workerBlocks: usize = 0;
let submitterBlocks: usize = 0;
export let types: usize = 0;
export let runQueues: usize = 0;
export let submissionQueues: usize = 0;
export let slab: usize = 0;
export let links: usize = 0;
export let pageMap: usize = 0;
export let pool: usize = 0;
export let poolPages: i32 = 0;

/** This thread's submitter. */
export let self: i32 = -1;
/** This thread's worker, −1 when it is no worker. */
export let worker: i32 = -1;
export let submitterBlock: usize = 0;
export let workerBlock: usize = 0;

// The header was written before this thread was told of the memory: plain reads.
function configuration(address: i32): i32 {
  return loadOwned32(address as usize);
}

/** @returns 0, or BAD_LAYOUT */
export function attachRegion(submitter: i32, workerIndex: i32): i32 {
  if (configuration(layout.HEADER_MAGIC) != layout.LAYOUT_MAGIC) return BAD_LAYOUT;
  if (configuration(layout.HEADER_VERSION) != layout.LAYOUT_VERSION) return BAD_LAYOUT;
  capacity = configuration(layout.HEADER_CAPACITY);
  ringMask = configuration(layout.HEADER_RING_MASK);
  workers = configuration(layout.HEADER_WORKERS);
  submitters = configuration(layout.HEADER_SUBMITTERS);
  starvationInterval = configuration(layout.HEADER_STARVATION);
  timing = configuration(layout.HEADER_TIMING);
  magazineSlots = configuration(layout.HEADER_MAGAZINE);
  runMask = configuration(layout.HEADER_RUN_MASK);
  spinSweeps = configuration(layout.HEADER_SPIN);
  seed = configuration(layout.HEADER_SEED) as u32;
  defaultRetries = configuration(layout.HEADER_RETRY);
  frames = configuration(layout.HEADER_FRAMES);
  forks = configuration(layout.HEADER_FORKS) as usize;
  workerBlocks = configuration(layout.HEADER_WORKER_BLOCKS) as usize;
  submitterBlocks = configuration(layout.HEADER_SUBMITTER_BLOCKS) as usize;
  types = configuration(layout.HEADER_TYPES) as usize;
  runQueues = configuration(layout.HEADER_RUN_QUEUES) as usize;
  submissionQueues = configuration(layout.HEADER_SUBMISSION) as usize;
  slab = configuration(layout.HEADER_SLAB) as usize;
  links = configuration(layout.HEADER_LINKS) as usize;
  pageMap = configuration(layout.HEADER_PAGE_MAP) as usize;
  pool = configuration(layout.HEADER_POOL) as usize;
  poolPages = configuration(layout.HEADER_POOL_PAGES);
  self = submitter;
  worker = workerIndex;
  submitterBlock = submitterBlockOf(submitter);
  workerBlock = workerIndex < 0 ? 0 : workerBlockOf(workerIndex);
  if (workerIndex >= 0) storeOwned32(workerBlock + layout.WORKER_CURRENT, -1); // our own block
  return 0;
}

export function submitterBlockOf(submitter: i32): usize {
  return submitterBlocks + (submitter as usize) * (layout.SUBMITTER_BYTES as usize);
}

export function workerBlockOf(index: i32): usize {
  return workerBlocks + (index as usize) * (layout.WORKER_BYTES as usize);
}
