import type { BenchCase, Match, Session } from '../case.ts';
import { openKernels } from '../engines.ts';
import { startThreads, stopThreads } from '../floors/threads.ts';
import { costOf } from '../goal.ts';

const BARE = 'bare Workers';
const BARE_WORKER = new URL('../floors/bare-worker.js', import.meta.url);

/** Time until `start` resolves; stopping is not timed. */
function startSession<T>(start: () => Promise<T>, stop: (started: T) => Promise<unknown>): Session {
  return {
    round: async () => {
      const begin = performance.now();
      const started = await start();
      const value = (performance.now() - begin) * 1e6;
      await stop(started);
      return { value };
    },
    close: () => Promise.resolve(),
  };
}

export const startup: BenchCase = {
  id: 'startup',
  suite: 'creation',
  title: 'createEngine() until all workers are ready, against threads that post one message',
  cannotTell: 'the modules of the engine are loaded already: a first import is not in the figure',
  matches: ({ quick }) =>
    Promise.resolve(
      [1, 2, 4, 8, 16].map((workers): Match => ({
        id: `startup/${String(workers)}`,
        metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [costOf(BARE, 1.3)] }],
        rounds: quick ? 3 : 9,
        engine: (library) =>
          Promise.resolve(
            startSession(
              () => openKernels(library, { workers }),
              (engine) => engine.close(),
            ),
          ),
        contenders: [
          {
            name: BARE,
            role: 'floor',
            open: () => Promise.resolve(startSession(() => startThreads(workers, BARE_WORKER), stopThreads)),
          },
        ],
      })),
    ),
};
