import { availableParallelism } from 'node:os';
import type { BenchCase, BenchContext, Match, Session } from '../case.ts';
import { onEngine, openKernels } from '../engines.ts';
import { costOf } from '../goal.ts';
import { timeMs } from '../lanes.ts';
import type { Library } from '../library.ts';
import { closing } from '../rivals.ts';
import { Submitters } from '../threads/submitters.ts';

const TASKS = 1_000;
const ONE = '1 submitter';
/** How many times the time of one submitter n of them may take, where each has a core. */
const LIMITS = new Map([
  [2, 1.4],
  [4, 2.7],
  [8, 3.1],
  [16, 4.6],
]);

function limitFor(submitters: number): number {
  const cores = availableParallelism();
  const limit = LIMITS.get(submitters) ?? 1;
  return submitters <= cores ? limit : Math.max(limit, (submitters / cores) * 1.3);
}

function submittersSession(library: Library, context: BenchContext, count: number): Promise<Session> {
  const repeats = context.quick ? 20 : 50;
  return onEngine(openKernels(library, { workers: context.workers }), async (engine) => {
    const submitters = await Submitters.start(count, library, engine.attach(), TASKS);
    const round = async (): Promise<number> => {
      let elapsedMs = 0;
      for (let repeat = 0; repeat < repeats; repeat++) elapsedMs += await timeMs(() => submitters.run());
      return (elapsedMs * 1e6) / repeats;
    };
    await round();
    return closing({ round: async () => ({ value: await round() }), close: () => Promise.resolve() }, () =>
      submitters.close(),
    );
  });
}

export const contention: BenchCase = {
  id: 'contention',
  suite: 'concurrent',
  title:
    'threads that submit 1,000 kernel tasks each through attach() and wait for the results, time until all are done',
  cannotTell: 'submitters beyond the cores share them: then the goal is their share of the cores, with a margin',
  matches: (context) =>
    Promise.resolve(
      [2, 4, 8, 16].map((count): Match => ({
        id: `contention/${String(count)}`,
        metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [costOf(ONE, limitFor(count))] }],
        rounds: context.quick ? 3 : 7,
        engine: (library) => submittersSession(library, context, count),
        contenders: [{ name: ONE, role: 'floor', open: () => submittersSession(context.library, context, 1) }],
      })),
    ),
};
