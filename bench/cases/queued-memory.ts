import type { BenchCase, BenchContext, Session } from '../case.ts';
import { measureChild } from '../child.ts';
import { childInput } from '../children/input.ts';
import type { QueuedInput } from '../children/queued-memory.ts';
import { BEST_POOL, costOf } from '../goal.ts';
import type { Library } from '../library.ts';
import { POOL_NAMES } from '../pool.ts';
import { openPool } from '../rivals.ts';

const TASKS = 100_000;
const BYTES = 1_024;

function queuedSession(
  { workers, signal }: BenchContext,
  library: Library,
  contender: QueuedInput['contender'],
): Session {
  const input: QueuedInput = { ...childInput(library, workers), contender, tasks: TASKS, bytes: BYTES };
  return { round: () => measureChild('queued-memory', input, signal), close: () => Promise.resolve() };
}

export const queuedMemory: BenchCase = {
  id: 'queued-memory',
  suite: 'memory',
  title: 'peak resident size of a process that queues 100,000 tasks of 1 KiB at once',
  cannotTell: 'the peak depends on when the garbage collector runs; every contender has a process of its own',
  matches: (context) =>
    Promise.resolve([
      {
        id: 'queued-memory',
        metrics: [{ key: 'value', unit: 'B', better: 'lower', goals: [costOf(BEST_POOL, 0.7)] }],
        rounds: context.quick ? 1 : 3,
        engine: (library) => Promise.resolve(queuedSession(context, library, 'tallyio')),
        contenders: POOL_NAMES.map((name) => ({
          name,
          role: 'pool',
          open: async () => {
            // Only to learn here, not in the child, whether it is installed.
            await (await openPool(name, { workers: 1, inFlight: 1 })).close();
            return queuedSession(context, context.library, name);
          },
        })),
      },
    ]),
};
