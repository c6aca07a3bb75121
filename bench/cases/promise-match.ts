import type { BenchContext, Contender, Match, Session } from '../case.ts';
import { BEST_POOL, fasterThan } from '../goal.ts';
import { BarePromises } from '../floors/promises.ts';
import { RawPool } from '../floors/raw-pool.ts';
import { serialContender } from '../floors/serial.ts';
import { batchSession, runLanes } from '../lanes.ts';
import type { Library } from '../library.ts';
import type { TaskName, Tasks } from '../pool.ts';
import { closing, poolContenders } from '../rivals.ts';

export const IN_FLIGHT = 1_000;

/** Nanoseconds per task with 1,000 promises in flight. */
export function promiseSession(context: BenchContext, task: (index: number) => Promise<unknown>): Promise<Session> {
  return batchSession((count) => runLanes(IN_FLIGHT, count, task), context.quick ? 150 : 400, 2_000);
}

/** The match that the promise cases share: the engine against every pool and the floors, on the same function. */
export function promiseMatch<N extends TaskName>(
  context: BenchContext,
  match: {
    readonly id: string;
    readonly times: number;
    readonly name: N;
    readonly input: (index: number) => Tasks[N]['input'];
    readonly serial: (index: number) => unknown;
    readonly engine: (library: Library) => Promise<Session>;
  },
): Match {
  const { id, name, input, serial, engine } = match;
  const raw: Contender = {
    name: 'raw postMessage',
    role: 'floor',
    open: async () => {
      const pool = await RawPool.open(context.workers);
      return closing(await promiseSession(context, (index) => pool.run(name, input(index))), () => pool.close());
    },
  };
  const promises: Contender = {
    name: 'bare promises',
    role: 'floor',
    open: async () => {
      const bare = new BarePromises();
      return closing(await promiseSession(context, () => bare.run()), () => Promise.resolve());
    },
  };
  const pools = poolContenders({ workers: context.workers, inFlight: IN_FLIGHT }, (pool) =>
    promiseSession(context, (index) => pool.run(name, input(index))),
  );
  return {
    id,
    metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [fasterThan(BEST_POOL, match.times)] }],
    rounds: context.quick ? 3 : 7,
    engine,
    contenders: [...pools, raw, promises, serialContender(serial)],
  };
}
