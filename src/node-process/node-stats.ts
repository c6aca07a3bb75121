import type { Counts } from '../client/counts.ts';
import { Histogram } from '../scheduler/histogram.ts';
import { deepFreeze } from '../base/deep-freeze.ts';
import type { SchedulerReport } from '../scheduler/snapshot.ts';
import type { EngineStats, PriorityStats } from '../scheduler/stats.ts';
import type { NodeTasks } from './node-tasks.ts';

const LEVEL_NAMES = ['critical', 'high', 'normal', 'low'] as const;

/** What is known of one node process: its last report, and what the host has for it. */
export interface NodeView {
  readonly report: SchedulerReport;
  readonly tasks: NodeTasks;
}

/** What the host knows of tasks wherever they are. */
interface HostCounts {
  readonly counts: Readonly<Counts>;
  waitingAt(priority: number): number;
}

/** A report of a process that is gone: it has nothing, and its workers are to come, or to come no more. */
export function reportOfNone({ stats, histograms }: SchedulerReport, state: 'starting' | 'stopped'): SchedulerReport {
  const { critical, high, normal, low } = stats.priorities;
  return {
    histograms,
    stats: {
      ...stats,
      queued: 0,
      running: 0,
      poolBytesUsed: 0,
      priorities: {
        critical: { ...critical, queued: 0 },
        high: { ...high, queued: 0 },
        normal: { ...normal, queued: 0 },
        low: { ...low, queued: 0 },
      },
      workers: stats.workers.map((worker) => ({ ...worker, state })),
    },
  };
}

/** All node processes together, with the counts of the host. */
export function mergeStats(nodes: readonly NodeView[], client: HostCounts, capacity: number): EngineStats {
  const sum = (of: (stats: EngineStats) => number): number =>
    nodes.reduce((total, { report }) => total + of(report.stats), 0);
  const priority = (level: 0 | 1 | 2 | 3): PriorityStats => {
    const name = LEVEL_NAMES[level];
    return {
      queued: client.waitingAt(level) + sum(({ priorities }) => priorities[name].queued),
      completed: sum(({ priorities }) => priorities[name].completed),
      waitUs: merge(nodes, level, 'wait').percentiles(),
      runUs: merge(nodes, level, 'run').percentiles(),
    };
  };
  const waiting = [0, 1, 2, 3].reduce((total, level) => total + client.waitingAt(level), 0);
  return deepFreeze({
    ...client.counts,
    queued: waiting + nodes.reduce((total, node) => total + queuedOn(node), 0),
    running: sum(({ running }) => running),
    capacity,
    poolBytesUsed: sum(({ poolBytesUsed }) => poolBytesUsed),
    poolBytes: sum(({ poolBytes }) => poolBytes),
    priorities: { critical: priority(0), high: priority(1), normal: priority(2), low: priority(3) },
    workers: nodes.flatMap(({ report }) => report.stats.workers),
  });
}

// What was released after the report waits, it seems.
function queuedOn({ report, tasks }: NodeView): number {
  const { queued, running } = report.stats;
  const { backlog, pendingCount } = tasks;
  const released = pendingCount - backlog.size;
  return Math.max(queued, released - running);
}

function merge(nodes: readonly NodeView[], level: number, of: 'wait' | 'run'): Histogram {
  const merged = new Histogram();
  for (const { report } of nodes) {
    const data = report.histograms[level]?.[of];
    if (data !== undefined) merged.addData(data);
  }
  return merged;
}
