/**
 * Two measurements that only mean something beside a bare rival in the same run: how much faster all workers are than one,
 * and how soon a saturated machine notices something urgent.
 */
import { createEngine, Priority } from '../../src/index.ts';
import { BareWorkers } from './bare.ts';
import type { Progress } from './progress.ts';
import { QUOTES_PER_SECOND } from './quotes.ts';
import { KERNELS, type RiskEngine, type RiskKernels } from './tasks.ts';

export interface RivalOptions {
  readonly workers: number;
  /** Inputs of `price` that every round runs. */
  readonly inputs: readonly Uint8Array[];
  readonly rounds: number;
  /** Events of the control. */
  readonly events: number;
  readonly progress: Progress;
}

export interface RivalResult {
  /** All workers over one, median of the rounds: through the engine, and with bare worker threads. */
  readonly speedup: number;
  readonly bareSpeedup: number;
  /** Microseconds until one of the saturated bare workers saw the flag. */
  readonly control: { readonly p50us: number; readonly p99us: number; readonly p999us: number };
}

/** Rounds in turn: engine with one worker, with all, bare with one, with all; then the control. */
export async function measureRivals(options: RivalOptions): Promise<RivalResult> {
  const { workers, inputs, rounds, events, progress } = options;
  const one = await createEngine<RiskKernels>({ kernels: KERNELS, workers: 1, name: 'risk-one' });
  const all = await createEngine<RiskKernels>({ kernels: KERNELS, workers, name: 'risk-all' });
  const bare = await BareWorkers.start({ workers, inputs, events });
  try {
    progress.phase('speed-up', rounds);
    const speedups: number[] = [];
    const bareSpeedups: number[] = [];
    for (let round = 0; round < rounds; round++) {
      speedups.push((await time(one, inputs)) / (await time(all, inputs)));
      bareSpeedups.push((await bare.time(1)) / (await bare.time(workers)));
      progress.step();
    }
    progress.phase('control', events);
    const onEvent = (): void => {
      progress.step();
    };
    const waits = await bare.control(QUOTES_PER_SECOND, onEvent);
    return {
      speedup: median(speedups),
      bareSpeedup: median(bareSpeedups),
      control: { p50us: quantile(waits, 0.5), p99us: quantile(waits, 0.99), p999us: quantile(waits, 0.999) },
    };
  } finally {
    await Promise.all([one.close(), all.close(), bare.close()]);
  }
}

async function time(engine: RiskEngine, inputs: readonly Uint8Array[]): Promise<number> {
  const start = performance.now();
  await engine.runMany('price', inputs, { priority: Priority.Low });
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

/** The smallest value that at least `share` of the ascending values do not exceed. */
function quantile(ascending: Float64Array, share: number): number {
  return ascending[Math.max(Math.ceil(share * ascending.length) - 1, 0)] ?? NaN;
}
