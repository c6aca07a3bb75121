import type { BenchCase, BenchContext, Match, Session } from '../case.ts';
import { onEngine, startScheduler } from '../engines.ts';
import { Counter } from '../floors/counter.ts';
import { costOf } from '../goal.ts';
import { batchSession, timeMs } from '../lanes.ts';
import type { Library } from '../library.ts';
import { nativeContender } from '../rivals.ts';

const TASKS = 20_000;
const NATIVE = ['oneTBB task_group::run', 'rayon scope spawn'] as const;

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

function counterSession(context: BenchContext, workers: number): Promise<Session> {
  return Counter.start(workers, context.library.kernels, new Float64Array(TASKS * 10)).then((counter) => ({
    round: async () => ({ value: ((await timeMs(() => counter.run())) * 1e6) / (TASKS * 10) }),
    close: () => counter.close(),
  }));
}

export const kernelThroughput: BenchCase = {
  id: 'kernel-throughput',
  suite: 'stealing',
  title: 'empty kernel tasks, submit to done, one submitter; time per task with its release',
  cannotTell: 'one submitter saturates first: more workers cannot make empty tasks faster',
  matches: (context) =>
    Promise.resolve(
      [1, 2].map((workers): Match => ({
        id: `kernel-throughput/${String(workers)}`,
        metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: NATIVE.map((rival) => costOf(rival, 0.5)) }],
        rounds: context.quick ? 3 : 7,
        engine: (library) => engineSession(library, workers, context.quick ? 100 : 300),
        contenders: [
          ...NATIVE.map(nativeContender),
          { name: 'bare atomic counter', role: 'floor', open: () => counterSession(context, workers) },
        ],
      })),
    ),
};
