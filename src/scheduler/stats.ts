import type { Counts } from '../client/counts.ts';

/** Microseconds; NaN while nothing was recorded. */
export interface Percentiles {
  /** Median. */
  readonly p50: number;
  /** 99 of 100 are at most this. */
  readonly p99: number;
  /** 999 of 1,000 are at most this. */
  readonly p999: number;
  /** Exact. */
  readonly max: number;
}

/** Statistics of one priority. Times in microseconds; NaN while nothing was timed. */
export interface PriorityStats {
  /** Submitted, not started. */
  readonly queued: number;
  /** Ended on a worker, failed ones too. */
  readonly completed: number;
  /** From submission to start. */
  readonly waitUs: Percentiles;
  /** From start to end, of an asynchronous handler with what it awaits. */
  readonly runUs: Percentiles;
}

/** Pauses of a thread in which V8 collected garbage. Nanoseconds. */
export interface GcPauses {
  /** How many. */
  readonly count: number;
  /** All together. */
  readonly total: number;
  /** The longest one. */
  readonly max: number;
}

/** Statistics of one worker. */
export interface WorkerStats {
  /** Its index, 0 … workers − 1. */
  readonly id: number;
  /** Its NUMA node. */
  readonly node: number;
  /** What it does now. */
  readonly state: 'starting' | 'running' | 'searching' | 'parked' | 'stopped';
  /** Tasks ended. */
  readonly executed: number;
  /** Batches taken from other workers. */
  readonly stolen: number;
  /** How often it went to sleep. */
  readonly parked: number;
  /** Share of its life that it ran tasks, 0 … 1. */
  readonly utilization: number;
  /** null where the runtime does not tell (Bun, Deno), and of workers without handlers, which run no JavaScript. */
  readonly gcPauseNs: GcPauses | null;
}

/** A snapshot: plain frozen data. Submissions of attached threads and nested tasks show in `executed` and `priorities`. */
export interface EngineStats extends Readonly<Counts> {
  /** Submitted, not started, all submitters together. */
  readonly queued: number;
  /** Claimed by a worker and not finished, all submitters together; without nested tasks that run inline. */
  readonly running: number;
  /** Tasks alive at once in shared memory. */
  readonly capacity: number;
  /** Bytes of payload blocks in use. */
  readonly poolBytesUsed: number;
  /** Bytes of the pool. */
  readonly poolBytes: number;
  /** By priority, all submitters together. */
  readonly priorities: Readonly<Record<'critical' | 'high' | 'normal' | 'low', PriorityStats>>;
  /** By index. */
  readonly workers: readonly WorkerStats[];
}
