import type { BenchCase, Session } from '../case.ts';
import { onEngine, startScheduler } from '../engines.ts';
import { loadBurn, unitsPerUs } from '../floors/burn.ts';
import { Counter } from '../floors/counter.ts';
import { fasterThan } from '../goal.ts';
import { timeMs } from '../lanes.ts';
import type { Library } from '../library.ts';
import { paretoSizes } from '../random.ts';

const TASKS = 10_000;
const MEAN_US = 25;
const SEED = 20_201_231;
const BARE = 'bare Workers';

function engineSession(library: Library, workers: number, units: Float64Array): Promise<Session> {
  return onEngine(startScheduler(library, { workers }), async (scheduler) => {
    const type = scheduler.taskType('busy');
    const priority = library.tallyio.Priority.Normal;
    const round = async (): Promise<number> => {
      const ids = new Array<ReturnType<typeof scheduler.submitTask>>(TASKS);
      const elapsedMs = await timeMs(async () => {
        for (let index = 0; index < TASKS; index++)
          ids[index] = scheduler.submitTask(type, units[index] ?? 0, priority);
        await scheduler.drain();
      });
      for (const id of ids) scheduler.release(id);
      return elapsedMs * 1e6;
    };
    await round();
    return { round: async () => ({ value: await round() }), close: () => Promise.resolve() };
  });
}

export const uneven: BenchCase = {
  id: 'uneven',
  suite: 'stealing',
  title: `10,000 kernel tasks of Pareto sizes (mean ${String(MEAN_US)} µs, seed ${String(SEED)}) from one submitter, time for all`,
  cannotTell:
    'both sides share the cores with whatever else runs; the ideal is a multiple of what one quiet core takes',
  matches: ({ library, quick, workers }) => {
    const speed = unitsPerUs(loadBurn(library.kernels));
    const units = paretoSizes(TASKS, MEAN_US * speed, SEED);
    const sum = units.reduce((total, size) => total + size, 0);
    const idealNs = (Math.max(sum / workers, Math.max(...units)) / speed) * 1_000;
    return Promise.resolve([
      {
        id: 'uneven',
        metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [fasterThan(BARE, 0.95)] }],
        rounds: quick ? 5 : 11,
        engine: (build) => engineSession(build, workers, units),
        contenders: [
          {
            name: BARE,
            role: 'floor',
            open: async () => {
              const counter = await Counter.start(workers, library.kernels, units);
              await counter.run();
              return {
                round: async () => ({ value: (await timeMs(() => counter.run())) * 1e6 }),
                close: () => counter.close(),
              };
            },
          },
          {
            name: 'ideal',
            role: 'floor',
            open: () =>
              Promise.resolve({ round: () => Promise.resolve({ value: idealNs }), close: () => Promise.resolve() }),
          },
        ],
      },
    ]);
  },
};
