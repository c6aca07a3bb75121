import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase, BenchContext, Match, Session } from '../case.ts';
import { onEngine, openHandlers, openKernels } from '../engines.ts';
import { RawPool } from '../floors/raw-pool.ts';
import { costOf, fasterThan, type Goal } from '../goal.ts';
import type { Library } from '../library.ts';
import { closing, poolContenders } from '../rivals.ts';
import { quantile } from '../spread.ts';

const COLD_GAP_MS = 5;
const RAW = 'raw postMessage';
const HOT_GOALS = [fasterThan('piscina', 10), fasterThan(RAW, 5)];
const COLD_GOALS = [costOf(RAW, 1.5)];

type Task = (index: number) => Promise<unknown>;

/** The middle round trip of `count` awaited tasks, `gapMs` apart. */
async function awaitedSession(task: Task, count: number, gapMs: number): Promise<Session> {
  for (let index = 0; index < 2_000; index++) await task(index);
  return {
    round: async () => {
      const elapsedNs = new Float64Array(count);
      for (let index = 0; index < count; index++) {
        if (gapMs > 0) await sleep(gapMs);
        const start = performance.now();
        await task(index);
        elapsedNs[index] = (performance.now() - start) * 1e6;
      }
      return { value: quantile(elapsedNs.sort(), 0.5) };
    },
    close: () => Promise.resolve(),
  };
}

function awaitedMatch(
  context: BenchContext,
  id: string,
  gapMs: number,
  goals: readonly Goal[],
  engine: (library: Library, measure: (task: Task) => Promise<Session>) => Promise<Session>,
): Match {
  const full = gapMs > 0 ? 200 : 5_000;
  const count = context.quick ? full / 5 : full;
  const measure = (task: Task): Promise<Session> => awaitedSession(task, count, gapMs);
  return {
    id,
    metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals }],
    rounds: context.quick ? 3 : 7,
    engine: (library) => engine(library, measure),
    contenders: [
      ...poolContenders({ workers: context.workers, inFlight: 1 }, (pool) =>
        measure((index) => pool.run('twice', index)),
      ),
      {
        name: RAW,
        role: 'floor',
        open: async () => {
          const pool = await RawPool.open(1);
          return closing(await measure((index) => pool.run('twice', index)), () => pool.close());
        },
      },
    ],
  };
}

export const oneAtATime: BenchCase = {
  id: 'one-at-a-time',
  suite: 'concurrent',
  title: 'await run() in a loop, p50 of the round trip; cold with 5 ms between the calls',
  cannotTell:
    'hot figures need a free core per spinning worker: on a busy machine every contender pays the wake-up of cold',
  matches: (context) =>
    Promise.resolve(
      (
        [
          ['hot', 0, HOT_GOALS],
          ['cold', COLD_GAP_MS, COLD_GOALS],
        ] as const
      ).flatMap(([name, gapMs, goals]) => [
        awaitedMatch(context, `one-at-a-time/${name}`, gapMs, goals, (library, measure) =>
          onEngine(openKernels(library, { workers: context.workers }), (engine) =>
            measure((index) => engine.run('double', index)),
          ),
        ),
        awaitedMatch(context, `one-at-a-time/${name}-handler`, gapMs, goals, (library, measure) =>
          onEngine(openHandlers(library, { workers: context.workers }), (engine) =>
            measure((index) => engine.run('twice', index)),
          ),
        ),
      ]),
    ),
};
