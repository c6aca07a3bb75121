import { WorkStealingError } from '../base/errors.ts';
import { bare } from '../base/given.ts';
import { PAGE_BYTES } from '../abi/layout.ts';
import type { MemoryMap } from './sizing.ts';

/** The modules import a memory of at least so many pages: `initialMemory` in asconfig.json. */
const LEAST_PAGES = 16;

/** The shared memory of one scheduler and the views that the host side reads it through. */
export interface SharedViews {
  readonly memory: WebAssembly.Memory;
  readonly i32: Int32Array<SharedArrayBuffer>;
  readonly u32: Uint32Array<SharedArrayBuffer>;
  readonly f64: Float64Array<SharedArrayBuffer>;
  readonly buffer: Buffer;
}

/** Creates the memory at its final size (growing a shared memory is slow and racy) and writes the header. */
export function createMemory(map: MemoryMap): SharedViews {
  const pages = Math.max(LEAST_PAGES, Math.ceil(map.totalBytes / PAGE_BYTES));
  let memory: WebAssembly.Memory;
  try {
    memory = new WebAssembly.Memory(bare({ initial: pages, maximum: pages, shared: true }));
  } catch (cause) {
    throw new WorkStealingError(
      'ERR_RESOURCE_EXHAUSTED',
      `expected ${String(map.totalBytes)} bytes of address space for the shared memory, but the runtime refused: ` +
        'lower capacity or memory.poolBytes',
      { cause, resource: 'memory', usage: map.totalBytes, limit: map.totalBytes, unit: 'bytes' },
    );
  }
  const views = viewMemory(memory);
  for (const [address, value] of map.header) views.i32[address >> 2] = value;
  return views;
}

/** Views over a memory that another thread created. */
export function viewMemory(memory: WebAssembly.Memory): SharedViews {
  const shared: unknown = memory.buffer; // the library types it as unshared
  if (!(shared instanceof SharedArrayBuffer)) {
    throw new WorkStealingError('ERR_LAYOUT_VERSION', 'expected a shared WebAssembly memory, got an unshared one');
  }
  return {
    memory,
    i32: new Int32Array(shared),
    u32: new Uint32Array(shared),
    f64: new Float64Array(shared),
    buffer: Buffer.from(shared),
  };
}
