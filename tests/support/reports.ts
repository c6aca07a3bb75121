import { bucketOf, type HistogramData } from '../../src/scheduler/histogram.ts';
import type { SchedulerReport } from '../../src/scheduler/snapshot.ts';
import type { PriorityStats, WorkerStats } from '../../src/scheduler/stats.ts';

const NOTHING = { p50: NaN, p99: NaN, p999: NaN, max: NaN };
const NO_TASKS: PriorityStats = { queued: 0, completed: 0, waitUs: NOTHING, runUs: NOTHING };

/** What a report says that is not 0. */
export interface ReportParts {
  readonly queued?: number;
  readonly running?: number;
  /** Indices of the workers. */
  readonly workers?: readonly number[];
  /** Waits of tasks of normal priority, in ns. */
  readonly waitsNs?: readonly number[];
  /** Tasks of normal priority that ended. */
  readonly completed?: number;
}

/** The report of a node process that says this, and else that nothing has happened. */
export function reportOf(parts: ReportParts = {}): SchedulerReport {
  const { queued = 0, running = 0, workers = [0], waitsNs = [], completed = 0 } = parts;
  const normal = { ...NO_TASKS, queued, completed };
  const none = histogramOf([]);
  return {
    stats: {
      ...{ submitted: 0, completed: 0, failed: 0, cancelled: 0, timedOut: 0, lost: 0 },
      ...{ queued, running, capacity: 64, poolBytesUsed: 0, poolBytes: 1 << 20 },
      priorities: { critical: NO_TASKS, high: NO_TASKS, normal, low: NO_TASKS },
      workers: workers.map(workerOf),
    },
    histograms: [0, 1, 2, 3].map((level) => ({ wait: level === 2 ? histogramOf(waitsNs) : none, run: none })),
  };
}

/** A histogram of durations in ns. */
export function histogramOf(ns: readonly number[]): HistogramData {
  const buckets = ns.map(bucketOf);
  const first = buckets.length === 0 ? 0 : Math.min(...buckets);
  const counts = new Uint32Array(buckets.length === 0 ? 0 : Math.max(...buckets) - first + 1);
  for (const bucket of buckets) counts[bucket - first] = (counts[bucket - first] ?? 0) + 1;
  return { first, counts, maxUs: Math.max(0, ...ns) / 1000 };
}

function workerOf(id: number): WorkerStats {
  return { id, node: 0, state: 'parked', executed: 0, stolen: 0, parked: 0, utilization: 0, gcPauseNs: null };
}
