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
const LONG_LOW_US = 50_000;
/** As in kernels.ts. */
const STEPS = 1_000;
const GAP_MS = 1;
/** Low tasks kept in flight per worker: enough to saturate, few enough that one priority is not absurd. */
const BACKLOG = 16;
const LONG_BACKLOG = 2;
const CONTROL = 'bare flag control';

interface Load {
  readonly workers: number;
  readonly kernel: 'busy' | 'yielding';
  readonly units: number;
  /** Of a worker. */
  readonly backlog: number;
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
      const flood = Array.from({ length: load.workers * load.backlog }, async () => {
        while (!over) await engine.run(load.kernel, load.units, { priority: background });
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

/** @param units of work between two looks at the flag */
function controlSession(context: BenchContext, { workers, durationMs }: Load, units: number): Session {
  const options = { workers, durationMs, units, kernels: context.library.kernels, gapMs: GAP_MS };
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
  title:
    'wait of a Critical task a millisecond while Low tasks saturate all workers: of 100 µs, or of 50 ms with checkpoints',
  cannotTell: 'with as many workers as cores the host competes with them: both sides include the operating system',
  matches: (context) => {
    const { library, quick, workers } = context;
    const perUs = unitsPerUs(loadBurn(library.kernels));
    const durationMs = quick ? 1_500 : 4_000;
    const short: Load = { workers, kernel: 'busy', units: LOW_US * perUs, backlog: BACKLOG, durationMs };
    const long: Load = { workers, kernel: 'yielding', units: LONG_LOW_US * perUs, backlog: LONG_BACKLOG, durationMs };
    const p999 = metric('p999', [atMost((medians) => Math.max(1e6, 2 * (medians.get(CONTROL) ?? 0)))]);
    const rounds = quick ? 3 : 5;
    return Promise.resolve([
      {
        id: 'critical-latency',
        metrics: [metric('p50', [atMost(LOW_US * 1_000)]), metric('p99', []), p999],
        rounds,
        engine: (build) => Promise.resolve(engineSession(build, short, 'priorities')),
        contenders: [
          { name: CONTROL, role: 'floor', open: () => Promise.resolve(controlSession(context, short, short.units)) },
          {
            name: 'one priority',
            role: 'floor',
            open: () => Promise.resolve(engineSession(library, short, 'one priority')),
          },
        ],
      },
      {
        id: 'critical-latency/checkpoints',
        metrics: [metric('p50', []), metric('p99', []), p999],
        rounds,
        engine: (build) => Promise.resolve(engineSession(build, long, 'priorities')),
        contenders: [
          { name: CONTROL, role: 'floor', open: () => Promise.resolve(controlSession(context, long, STEPS)) },
        ],
      },
    ]);
  },
};
