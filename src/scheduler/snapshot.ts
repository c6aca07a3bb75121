import { deepFreeze } from '../base/deep-freeze.ts';
import {
  LEVELS,
  WORKER_PARKED,
  WORKER_RUNNING,
  WORKER_SEARCHING,
  WORKER_STARTING,
  WORKER_STOPPED,
} from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import type { Counts } from '../client/counts.ts';
import type { SharedViews } from '../wasm/memory.ts';
import { Histogram, type HistogramData } from './histogram.ts';
import { queuedAt, submitterBlockOf, workerBlockOf } from './level-queues.ts';
import type { Machine } from './machine.ts';
import type { EngineStats, GcPauses, PriorityStats, WorkerStats } from './stats.ts';

const STATES = new Map<number, WorkerStats['state']>([
  [WORKER_STARTING, 'starting'],
  [WORKER_RUNNING, 'running'],
  [WORKER_SEARCHING, 'searching'],
  [WORKER_PARKED, 'parked'],
  [WORKER_STOPPED, 'stopped'],
]);

/** What a snapshot is made from. */
export interface StatsSource {
  readonly machine: Machine;
  readonly views: SharedViews;
  readonly workers: number;
  readonly submitters: number;
  readonly capacity: number;
  readonly poolBytes: number;
  readonly counts: Readonly<Counts>;
  /** Tasks of a priority that wait on the host. */
  readonly waitingAt: (priority: number) => number;
  readonly elapsedUs: number;
}

/** Reads the counters of all threads; each is exact, together they are a few tasks apart. */
export function snapshot(source: StatsSource): EngineStats {
  const queued = Array.from({ length: LEVELS }, (_, level) => queuedAt(source, level) + source.waitingAt(level));
  const priority = (level: number): PriorityStats => priorityStats(source, level, queued[level] ?? 0);
  const allQueued = queued.reduce((sum, count) => sum + count, 0);
  return deepFreeze({
    ...source.counts,
    queued: allQueued,
    running: runningOn(source),
    capacity: source.capacity,
    poolBytesUsed: poolBytesUsed(source),
    poolBytes: source.poolBytes,
    priorities: { critical: priority(0), high: priority(1), normal: priority(2), low: priority(3) },
    workers: Array.from({ length: source.workers }, (_, id) => workerStats(source, id)),
  });
}

/** What percentiles cannot be merged from. */
interface LevelHistograms {
  readonly wait: HistogramData;
  readonly run: HistogramData;
}

/** A snapshot that can be merged with those of other schedulers. */
export interface SchedulerReport {
  readonly stats: EngineStats;
  /** By priority. */
  readonly histograms: readonly LevelHistograms[];
}

/** As `snapshot`, for another process. */
export function report(source: StatsSource): SchedulerReport {
  const histograms = Array.from({ length: LEVELS }, (_, level) => {
    const { wait, run } = histogramsAt(source, level);
    return { wait: wait.data(), run: run.data() };
  });
  return { stats: snapshot(source), histograms };
}

function f64At({ views }: StatsSource, address: number): number {
  return views.f64[address / 8] ?? 0;
}

function workerStats(source: StatsSource, id: number): WorkerStats {
  const block = workerBlockOf(source, id);
  return {
    id: (source.machine.firstWorker ?? 0) + id,
    node: source.machine.node ?? 0,
    state: STATES.get(source.views.i32[(block + layout.WORKER_STATE) >>> 2] ?? 0) ?? 'starting',
    executed: f64At(source, block + layout.WORKER_EXECUTED),
    stolen: f64At(source, block + layout.WORKER_STOLEN),
    parked: f64At(source, block + layout.WORKER_PARKS),
    utilization: Math.min(1, f64At(source, block + layout.WORKER_BUSY_US) / source.elapsedUs),
    gcPauseNs: pausesOf(source, block),
  };
}

function pausesOf(source: StatsSource, block: number): GcPauses | null {
  if (source.views.i32[(block + layout.WORKER_GC_TOLD) >>> 2] !== 1) return null;
  return {
    count: f64At(source, block + layout.WORKER_GC_PAUSES),
    total: f64At(source, block + layout.WORKER_GC_NS),
    max: f64At(source, block + layout.WORKER_GC_LONGEST_NS),
  };
}

function priorityStats(source: StatsSource, level: number, queued: number): PriorityStats {
  let completed = 0;
  for (let worker = 0; worker < source.workers; ++worker) {
    completed += f64At(source, workerBlockOf(source, worker) + layout.WORKER_LEVELS + level * 8);
  }
  const { wait, run } = histogramsAt(source, level);
  return { queued, completed, waitUs: wait.percentiles(), runUs: run.percentiles() };
}

function histogramsAt(source: StatsSource, level: number): { readonly wait: Histogram; readonly run: Histogram } {
  const wait = new Histogram();
  const run = new Histogram();
  for (let worker = 0; worker < source.workers; ++worker) {
    const at = workerBlockOf(source, worker) + layout.WORKER_HISTOGRAMS + 2 * level * layout.HISTOGRAM_BYTES;
    wait.add(source.views, at);
    run.add(source.views, at + layout.HISTOGRAM_BYTES);
  }
  return { wait, run };
}

function runningOn(source: StatsSource): number {
  let running = 0;
  for (let worker = 0; worker < source.workers; ++worker) {
    running += source.views.i32[(workerBlockOf(source, worker) + layout.WORKER_IN_HAND) >>> 2] ?? 0;
  }
  return running;
}

function poolBytesUsed(source: StatsSource): number {
  let used = 0;
  for (let submitter = 0; submitter < source.submitters; ++submitter) {
    const block = submitterBlockOf(source, submitter);
    used += f64At(source, block + layout.SUBMITTER_ALLOCATED) - f64At(source, block + layout.SUBMITTER_FREED);
  }
  return Math.max(0, used);
}
