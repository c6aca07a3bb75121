import { formatBytes, table } from './print.ts';

/** Quantiles of a time in µs; NaN when nothing was measured. */
interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

interface PriorityStats {
  readonly completed: number;
  readonly waitUs: Quantiles;
  readonly runUs: Quantiles;
}

/** The part of the engine's statistics that is printed. */
export interface PrintedStats {
  readonly submitted: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly timedOut: number;
  readonly lost: number;
  readonly poolBytesUsed: number;
  readonly poolBytes: number;
  readonly priorities: Readonly<Record<'critical' | 'high' | 'normal' | 'low', PriorityStats>>;
  readonly workers: readonly {
    readonly id: number;
    readonly executed: number;
    readonly stolen: number;
    readonly parked: number;
    readonly utilization: number;
  }[];
}

/** Statistics for people: the tasks, how long they waited and ran by priority, and what each worker did. */
export function formatStats(stats: PrintedStats): string {
  const { submitted, completed, failed, cancelled, timedOut, lost, poolBytesUsed, poolBytes } = stats;
  const tasks = Object.entries({ submitted, completed, failed, cancelled, 'timed out': timedOut, lost });
  const times = Object.entries(stats.priorities).filter(([, priority]) => priority.completed > 0);
  return [
    tasks.map(([name, count]) => `${name} ${String(count)}`).join(', '),
    `payload memory: ${formatBytes(poolBytesUsed)} of ${formatBytes(poolBytes)} used`,
    '',
    table([
      ['priority', 'completed', 'wait p50/p99/p99.9/max µs', 'run p50/p99/p99.9/max µs'],
      ...times.map(([name, { completed: count, waitUs, runUs }]) => [
        name,
        String(count),
        spread(waitUs),
        spread(runUs),
      ]),
    ]),
    '',
    table([
      ['worker', 'executed', 'stolen', 'parked', 'utilization'],
      ...stats.workers.map(({ id, executed, stolen, parked, utilization }) => [
        ...[id, executed, stolen, parked].map(String),
        `${(utilization * 100).toFixed(1)} %`,
      ]),
    ]),
  ].join('\n');
}

function spread({ p50, p99, p999, max }: Quantiles): string {
  return [p50, p99, p999, max].map((value) => (Number.isNaN(value) ? '-' : String(Math.round(value)))).join('/');
}
