import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import * as layout from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';

/** V8's name for a collection of the whole heap: `constants.NODE_PERFORMANCE_GC_MAJOR`. */
const MAJOR = 4;

/**
 * Counts the pauses of this thread for the collection of garbage, in the worker's block, where `stats()` reads them. Told by the
 * runtime in turns of the event loop, so a task pays nothing for it; Bun and Deno do not tell.
 *
 * @param onMajor called after collections of the whole heap
 */
export function countPauses({ i32, f64, u32 }: EngineInstance, worker: number, onMajor: () => void): void {
  if (!tells()) return;
  const block = (u32[layout.HEADER_WORKER_BLOCKS >> 2] ?? 0) + worker * layout.WORKER_BYTES;
  const pauses = (block + layout.WORKER_GC_PAUSES) >>> 3;
  const sum = (block + layout.WORKER_GC_NS) >>> 3;
  const longest = (block + layout.WORKER_GC_LONGEST_NS) >>> 3;
  const observer = new PerformanceObserver((list) => {
    let wasMajor = false;
    for (const entry of list.getEntries()) {
      const ns = entry.duration * 1e6;
      f64[pauses] = (f64[pauses] ?? 0) + 1;
      f64[sum] = (f64[sum] ?? 0) + ns;
      f64[longest] = Math.max(f64[longest] ?? 0, ns);
      wasMajor ||= isMajor(entry);
    }
    if (wasMajor) onMajor();
  });
  // Node copies the options into an object that shows what stands on Object.prototype: own names go before it.
  const options = { entryTypes: ['gc'] as const, type: undefined };
  observer.observe(options);
  i32[(block + layout.WORKER_GC_TOLD) >>> 2] = 1;
}

// The types of Node know neither of these two properties.
function tells(): boolean {
  const types: unknown = Reflect.get(PerformanceObserver, 'supportedEntryTypes');
  return Array.isArray(types) && types.includes('gc');
}

function isMajor(entry: PerformanceEntry): boolean {
  const detail: unknown = Reflect.get(entry, 'detail');
  return typeof detail === 'object' && detail !== null && 'kind' in detail && detail.kind === MAJOR;
}
