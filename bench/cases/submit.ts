import type { Priority } from 'tallyio';
import type { BenchCase, BenchContext, Contender, Match, Session } from '../case.ts';
import { onEngine, startScheduler } from '../engines.ts';
import { RawPool } from '../floors/raw-pool.ts';
import { atMost, costOf } from '../goal.ts';
import { warmUp } from '../lanes.ts';
import type { Library } from '../library.ts';
import { closing, nativeContender } from '../rivals.ts';
import { quantile } from '../spread.ts';

const BATCH = 1_000;
const LEVELS = ['Critical', 'High', 'Normal', 'Low'] as const;
const NATIVE = 'crossbeam Injector';

/** The middle over many batches of the time per call; `settle` runs outside the timing. */
async function submitSession(
  batches: number,
  submit: (index: number) => void,
  settle: () => Promise<void>,
): Promise<Session> {
  const round = async (): Promise<number> => {
    const perCallNs = new Float64Array(batches);
    for (let batch = 0; batch < batches; batch++) {
      const start = performance.now();
      for (let index = 0; index < BATCH; index++) submit(index);
      perCallNs[batch] = ((performance.now() - start) * 1e6) / BATCH;
      await settle();
    }
    return quantile(perCallNs.sort(), 0.5);
  };
  await warmUp(round);
  return { round: async () => ({ value: await round() }), close: () => Promise.resolve() };
}

function engineSession(library: Library, context: BenchContext, priority: Priority, batches: number): Promise<Session> {
  return onEngine(startScheduler(library, { workers: context.workers }), (scheduler) => {
    const type = scheduler.taskType('empty');
    const ids = Array.from({ length: BATCH }, () => scheduler.submitTask(type, 0, priority));
    const settle = async (): Promise<void> => {
      await scheduler.drain();
      for (const id of ids) scheduler.release(id);
    };
    return settle().then(() =>
      submitSession(batches, (index) => (ids[index] = scheduler.submitTask(type, index, priority)), settle),
    );
  });
}

function rawContender(batches: number): Contender {
  return {
    name: 'raw postMessage',
    role: 'floor',
    open: async () => {
      const pool = await RawPool.open(1);
      let last: Promise<unknown> = Promise.resolve();
      const session = await submitSession(
        batches,
        (index) => {
          last = pool.run('twice', index);
        },
        async () => {
          await last;
        },
      );
      return closing(session, () => pool.close());
    },
  };
}

/** As many thieves as the engine has workers: they nap when they find nothing, as the workers do, or go on looking. */
function injectorContenders({ workers, signal }: BenchContext, batches: number): readonly Contender[] {
  const lanes = [
    [NATIVE, 'nap'],
    ['Injector, thieves spin', 'spin'],
  ] as const;
  return lanes.map(([name, idle]) =>
    nativeContender({ name, program: 'crossbeam', args: [idle, String(workers)], count: batches }, signal),
  );
}

export const submit: BenchCase = {
  id: 'submit',
  suite: 'submission',
  title: 'submitTask() of an empty kernel while workers steal: p50 over batches of 1,000, per priority',
  cannotTell:
    'the cost to the caller only: see kernel-throughput for submit to done; only thieves that spin take much of a batch before ' +
    'its last task is in; what is in an Injector has no identity, state or result, and its push wakes nobody',
  matches: (context) => {
    const batches = context.quick ? 100 : 500;
    return Promise.resolve(
      LEVELS.map((level): Match => ({
        id: `submit/${level.toLowerCase()}`,
        metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [atMost(100), costOf(NATIVE, 5)] }],
        rounds: context.quick ? 3 : 7,
        engine: (library) => engineSession(library, context, library.tallyio.Priority[level], batches),
        contenders: [...injectorContenders(context, batches), rawContender(batches)],
      })),
    );
  },
};
