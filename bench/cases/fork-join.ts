import type { BenchCase, Match, Session } from '../case.ts';
import { onEngine, openKernels } from '../engines.ts';
import { costOf } from '../goal.ts';
import { timeMs, warmUp } from '../lanes.ts';
import type { Library } from '../library.ts';
import { nativeContender } from '../rivals.ts';

const RAYON = 'rayon::join';
const ONE_TBB = 'oneTBB task_group';

/** Joins of fib(n): one for each call that adds two others, fib(n + 1) − 1. */
function joinsOf(n: number): number {
  let [last, next] = [0, 1];
  for (let i = 0; i <= n; ++i) [last, next] = [next, last + next];
  return last - 1;
}

/** `reclaim`: what nobody has begun is done by a plain call; `join`: every kernel that was spawned is run as one. */
const KERNELS = [
  { kernel: 'fib', id: 'fork-join' },
  { kernel: 'fibJoined', id: 'fork-join/joined' },
] as const;

type Kernel = (typeof KERNELS)[number]['kernel'];

function engineSession(library: Library, kernel: Kernel, workers: number, n: number): Promise<Session> {
  return onEngine(openKernels(library, { workers }), async (engine) => {
    const round = async () => ({ value: ((await timeMs(() => engine.run(kernel, n))) * 1e6) / joinsOf(n) });
    await warmUp(round);
    return { round, close: () => Promise.resolve() };
  });
}

export const forkJoin: BenchCase = {
  id: 'fork-join',
  suite: 'stealing',
  title: 'fib by its definition, a kernel spawned for each sum, reclaimed or joined: time per sum',
  cannotTell:
    'kernels do next to nothing: what a join costs, not what it is worth; a tree without work left is stolen from a lot',
  matches: ({ quick, signal }) => {
    const n = quick ? 27 : 32;
    const matchOf = (id: string, kernel: Kernel, workers: number): Match => ({
      id: `${id}/${String(workers)}`,
      metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [costOf(RAYON, 1), costOf(ONE_TBB, 0.2)] }],
      rounds: quick ? 7 : 15,
      engine: (library) => engineSession(library, kernel, workers, n),
      contenders: (
        [
          [RAYON, 'rayon'],
          [ONE_TBB, 'oneTBB'],
        ] as const
      ).map(([name, program]) => nativeContender({ name, program, args: ['join', String(workers)], count: n }, signal)),
    });
    return Promise.resolve(KERNELS.flatMap(({ id, kernel }) => [1, 2].map((workers) => matchOf(id, kernel, workers))));
  },
};
