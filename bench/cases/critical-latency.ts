import type { BenchCase, BenchContext, Metric, Sample, Session } from '../case.ts';
import { openKernels } from '../engines.ts';
import { loadBurn, unitsPerUs } from '../floors/burn.ts';
import { flagWaits } from '../floors/flag.ts';
import { atMost, type Goal } from '../goal.ts';
import { runLanes } from '../lanes.ts';
import type { Library } from '../library.ts';
import { paced } from '../pace.ts';
import { quantile } from '../spread.ts';

const LOW_US = 100;
const GAP_MS = 1;
/** Low tasks kept in flight per worker: enough to saturate, few enough that one priority is not absurd. */
const BACKLOG = 16;
const CONTROL = 'bare flag control';

interface Load {
  readonly workers: number;
  readonly units: number;
  readonly durationMs: number;
}

/** Every round is a new engine, since its histograms count from the start. */
function engineSession(library: Library, load: Load, levels: 'priorities' | 'one priority'): Session {
  const { Priority } = library.tallyio;
  const [background, urgent, name] =
    levels === 'priorities'
      ? ([Priority.Low, Priority.Critical, 'critical'] as const)
      : ([Priority.Normal, Priority.Normal, 'normal'] as const);
  const round = async (): Promise<Sample> => {
    const engine = await openKernels(library, { workers: load.workers, timing: 'all' });
    try {
      await runLanes(100, 20_000, (index) => engine.run('double', index, { priority: Priority.High }));
      let over = false;
      const flood = Array.from({ length: load.workers * BACKLOG }, async () => {
        while (!over) await engine.run('busy', load.units, { priority: background });
      });
      const waiting: Promise<unknown>[] = [];
      const arrivals = paced(load.durationMs, GAP_MS, () => {
        waiting.push(engine.run('empty', 0, { priority: urgent }));
      });
      // Together, so that a failure of either ends the round.
      await Promise.all([...flood, arrivals.then(() => (over = true))]);
      await Promise.all(waiting);
      const { p50, p99, p999 } = engine.stats().priorities[name].waitUs;
      return { p50: p50 * 1_000, p99: p99 * 1_000, p999: p999 * 1_000 };
    } finally {
      await engine.close();
    }
  };
  return { round, close: () => Promise.resolve() };
}

function controlSession(context: BenchContext, load: Load): Session {
  const options = { ...load, kernels: context.library.kernels, gapMs: GAP_MS };
  return {
    round: async () => {
      const waits = await flagWaits(options);
      return { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99), p999: quantile(waits, 0.999) };
    },
    close: () => Promise.resolve(),
  };
}

function metric(key: string, goals: readonly Goal[]): Metric {
  return { key, unit: 'ns', better: 'lower', goals };
}

export const criticalLatency: BenchCase = {
  id: 'critical-latency',
  suite: 'concurrent',
  title: 'wait of a Critical task a millisecond while Low tasks of 100 µs saturate all workers',
  cannotTell: 'with as many workers as cores the host competes with them: both sides include the operating system',
  matches: (context) => {
    const { library, quick, workers } = context;
    const units = LOW_US * unitsPerUs(loadBurn(library.kernels));
    const load = { workers, units, durationMs: quick ? 1_500 : 4_000 };
    return Promise.resolve([
      {
        id: 'critical-latency',
        metrics: [
          metric('p50', [atMost(LOW_US * 1_000)]),
          metric('p99', []),
          metric('p999', [atMost((medians) => Math.max(1e6, 2 * (medians.get(CONTROL) ?? 0)))]),
        ],
        rounds: quick ? 3 : 5,
        engine: (build) => Promise.resolve(engineSession(build, load, 'priorities')),
        contenders: [
          { name: CONTROL, role: 'floor', open: () => Promise.resolve(controlSession(context, load)) },
          {
            name: 'one priority',
            role: 'floor',
            open: () => Promise.resolve(engineSession(library, load, 'one priority')),
          },
        ],
      },
    ]);
  },
};
