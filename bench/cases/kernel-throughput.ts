import type { BenchCase, BenchContext, Contender, Match, Session } from '../case.ts';
import { onEngine, startScheduler } from '../engines.ts';
import { Counter } from '../floors/counter.ts';
import { costOf } from '../goal.ts';
import { batchSession, timeMs, warmUp } from '../lanes.ts';
import type { Library } from '../library.ts';
import { nativeContender } from '../rivals.ts';

const TASKS = 20_000;
const ONE_TBB = 'oneTBB task_group::run';
const RAYON = 'rayon scope spawn';

function engineSession(library: Library, workers: number, targetMs: number): Promise<Session> {
  return onEngine(startScheduler(library, { workers }), (scheduler) => {
    const type = scheduler.taskType('empty');
    const priority = library.tallyio.Priority.Normal;
    const ids = Array.from({ length: TASKS }, () => scheduler.submitTask(type, 0, priority));
    const finish = async (count: number): Promise<void> => {
      await scheduler.drain();
      for (let index = 0; index < count; index++) {
        const id = ids[index];
        if (id !== undefined) scheduler.release(id);
      }
    };
    const batch = async (count: number): Promise<void> => {
      for (let done = 0; done < count; done += TASKS) {
        const size = Math.min(TASKS, count - done);
        for (let index = 0; index < size; index++) ids[index] = scheduler.submitTask(type, index, priority);
        await finish(size);
      }
    };
    return finish(TASKS).then(() => batchSession(batch, targetMs, TASKS));
  });
}

async function counterSession(context: BenchContext, workers: number): Promise<Session> {
  const counter = await Counter.start(workers, context.library.kernels, new Float64Array(TASKS * 10));
  await warmUp(() => counter.run());
  return {
    round: async () => ({ value: ((await timeMs(() => counter.run())) * 1e6) / (TASKS * 10) }),
    close: () => counter.close(),
  };
}

/** Both libraries with the submitter as one of the workers, their fastest way, and outside of them, as the engine has it. */
function nativeContenders({ signal }: BenchContext, workers: number, targetMs: number): readonly Contender[] {
  const lanes = [
    [ONE_TBB, 'oneTBB', 'inside'],
    [RAYON, 'rayon', 'inside'],
    ['oneTBB, submitter outside', 'oneTBB', 'outside'],
    ['rayon, submitter outside', 'rayon', 'outside'],
  ] as const;
  return lanes.map(([name, program, submitter]) =>
    nativeContender({ name, program, args: [submitter, String(workers)], count: TASKS, targetMs }, signal),
  );
}

export const kernelThroughput: BenchCase = {
  id: 'kernel-throughput',
  suite: 'stealing',
  title: 'empty kernel tasks, submit to done, one submitter; time per task with its release',
  cannotTell:
    'one submitter saturates first: more workers cannot make empty tasks faster; tasks of a task_group or a scope have no ' +
    'identity, state or result, and are submitted by a worker unless the submitter is outside, as the engine’s is',
  matches: (context) => {
    const targetMs = context.quick ? 100 : 300;
    return Promise.resolve(
      [1, 2].map((workers): Match => ({
        id: `kernel-throughput/${String(workers)}`,
        metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [costOf(ONE_TBB, 0.5), costOf(RAYON, 0.5)] }],
        rounds: context.quick ? 3 : 7,
        engine: (library) => engineSession(library, workers, targetMs),
        contenders: [
          ...nativeContenders(context, workers, targetMs),
          { name: 'bare atomic counter', role: 'floor', open: () => counterSession(context, workers) },
        ],
      })),
    );
  },
};
