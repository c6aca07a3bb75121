/**
 * Lays out the memory for a spec: what the host does in production (src/wasm/sizing.ts), small and computed from the same
 * layout. A spec plays all threads one after the other: `asHost`, `asWorker` and `asAttached` switch the identity of the
 * instance. What an instance keeps in globals (chains, its search) belongs to whoever plays: finish before switching.
 */
import { LEVELS } from '../../src/abi/codes';
import * as layout from '../../src/abi/layout';
import { resetForks } from '../worker/join';
import { attachRegion } from '../memory/region';

export const RUN_ENTRIES = 64;
export const MAGAZINE = 8;
/** A level. */
const FRAMES = 16;
/** Submitters: the host, a worker each, and this many attached threads. */
const ATTACHED = 2;
const TYPES = 16;

/** End of the memory that the last `arrange` laid out. */
export let end: usize = 0;

let next: usize = 0;

function region(bytes: usize): i32 {
  const address = next;
  next = (next + bytes + (layout.LINE - 1)) & ~(layout.LINE - 1);
  return address as i32;
}

function queueBytes(entries: i32): usize {
  return (layout.QUEUE_RING as usize) + ((entries as usize) << 2);
}

function ringEntries(slots: i32): i32 {
  let entries = 32;
  while (entries < slots) entries <<= 1;
  return entries;
}

/** Overrides one word of the configuration; call it before the next `as…`. */
export function configure(address: i32, value: i32): void {
  store<i32>(address as usize, value);
}

function places(workers: i32, submitters: i32, slots: i32, poolPages: i32): void {
  configure(layout.HEADER_WORKER_BLOCKS, region((workers as usize) * layout.WORKER_BYTES));
  configure(layout.HEADER_SUBMITTER_BLOCKS, region((submitters as usize) * layout.SUBMITTER_BYTES));
  configure(layout.HEADER_TYPES, region((TYPES as usize) * layout.TYPE_BYTES));
  configure(layout.HEADER_RUN_QUEUES, region(((workers * LEVELS) as usize) * queueBytes(RUN_ENTRIES)));
  const forkBytes =
    layout.FORK_ROOTS + (layout.ROOT_FRAMES + LEVELS * FRAMES) * layout.FRAME_BYTES + layout.SCRATCH_BYTES;
  configure(layout.HEADER_FORKS, region((workers as usize) * forkBytes));
  const rings = ((submitters * LEVELS) as usize) * queueBytes(ringEntries(slots));
  configure(layout.HEADER_SUBMISSION, region(rings));
  configure(layout.HEADER_SLAB, region((slots as usize) * layout.SLOT_BYTES));
  configure(layout.HEADER_LINKS, region((slots as usize) * layout.LINK_BYTES));
  configure(layout.HEADER_PAGE_MAP, region((poolPages as usize) * layout.PAGE_WORD_BYTES));
  next = (next + (layout.PAGE_BYTES - 1)) & ~(layout.PAGE_BYTES - 1);
  configure(layout.HEADER_POOL, region((poolPages as usize) * layout.PAGE_BYTES));
}

/** A zeroed memory with this configuration; the caller is the host afterwards. Strict priorities, no timing. */
export function arrange(workers: i32, capacity: i32, poolPages: i32): void {
  const submitters = workers + 1 + ATTACHED;
  const slots = capacity + workers + submitters; // one for inline runs of each worker, a spare one of each submitter
  if (end > 0) memory.fill(layout.HEADER as usize, 0, end - (layout.HEADER as usize));
  next = (layout.HEADER as usize) + (layout.HEADER_BYTES as usize);
  configure(layout.HEADER_MAGIC, layout.LAYOUT_MAGIC);
  configure(layout.HEADER_VERSION, layout.LAYOUT_VERSION);
  configure(layout.HEADER_CAPACITY, capacity);
  configure(layout.HEADER_RING_MASK, ringEntries(slots) - 1);
  configure(layout.HEADER_WORKERS, workers);
  configure(layout.HEADER_SUBMITTERS, submitters);
  configure(layout.HEADER_MAGAZINE, MAGAZINE);
  configure(layout.HEADER_RUN_MASK, RUN_ENTRIES - 1);
  configure(layout.HEADER_FRAMES, FRAMES);
  configure(layout.HEADER_POOL_PAGES, poolPages);
  configure(layout.SUBMITTERS_IN_USE, workers + 1);
  places(workers, submitters, slots, poolPages);
  for (let type = 0; type < TYPES; ++type) setKernel(type, -1);
  end = next;
  asHost();
}

/** Makes a type a kernel with this table index, or a handler with −1. */
export function setKernel(type: i32, tableIndex: i32): void {
  const types = load<i32>(layout.HEADER_TYPES as usize) as usize;
  store<i32>(types + (type as usize) * layout.TYPE_BYTES + layout.TYPE_KERNEL, tableIndex);
}

export function setMean(type: i32, us: f32): void {
  const types = load<i32>(layout.HEADER_TYPES as usize) as usize;
  store<f32>(types + (type as usize) * layout.TYPE_BYTES + layout.TYPE_MEAN_US, us);
}

export function asHost(): void {
  attachAs(0, -1);
}

function attachAs(submitter: i32, worker: i32): void {
  assert(attachRegion(submitter, worker) == 0);
  resetForks();
}

export function asWorker(index: i32): void {
  attachAs(index + 1, index);
}

export function asAttached(index: i32): void {
  const workers = load<i32>(layout.HEADER_WORKERS as usize);
  attachAs(workers + 1 + index, -1);
}
