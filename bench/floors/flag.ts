import { paced } from '../pace.ts';
import { startThreads, stopThreads } from './threads.ts';

/** Words of the control block that host and workers share. */
export const FLAG = 0;
export const SEEN = 1;
export const STOP = 2;

/** What the flag word holds; a worker that reads the time of a raised flag keeps the host from raising it again. */
export const DOWN = 0;
export const RAISED = 1;
export const READING = 2;

/** `raisedNs[0]` is when the flag went up last, `waitsNs` has an entry per flag seen; both by `clockNs`. */
export interface FlagData {
  readonly control: Int32Array;
  readonly raisedNs: Float64Array;
  readonly waitsNs: Float64Array;
  readonly kernels: string;
  readonly units: number;
}

/** The clock that all threads share, in nanoseconds. */
export function clockNs(): number {
  return Number(process.hrtime.bigint());
}

/**
 * The control of critical-latency: bare workers do `units` of work, look at one flag, and start again. How long a raised
 * flag stays unseen is what no scheduler on this machine can beat by much.
 */
export async function flagWaits(options: {
  readonly workers: number;
  readonly kernels: URL;
  readonly units: number;
  readonly durationMs: number;
  readonly gapMs: number;
}): Promise<Float64Array> {
  const capacity = Math.ceil(options.durationMs / options.gapMs) * 2 + 16;
  const data: FlagData = {
    control: new Int32Array(new SharedArrayBuffer(64)),
    raisedNs: new Float64Array(new SharedArrayBuffer(8)),
    waitsNs: new Float64Array(new SharedArrayBuffer(capacity * 8)),
    kernels: options.kernels.href,
    units: options.units,
  };
  const { control, raisedNs, waitsNs } = data;
  const threads = await startThreads(options.workers, new URL('./flag-worker.js', import.meta.url), {
    workerData: data,
  });
  try {
    await paced(options.durationMs, options.gapMs, () => {
      if (Atomics.load(control, FLAG) !== DOWN) return;
      raisedNs[0] = clockNs();
      Atomics.store(control, FLAG, RAISED);
    });
  } finally {
    Atomics.store(control, STOP, 1);
    await stopThreads(threads);
  }
  return waitsNs.slice(0, Atomics.load(control, SEEN)).sort();
}
