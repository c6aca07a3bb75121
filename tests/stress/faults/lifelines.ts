import type { TaskEngine } from '../../../src/scheduler/task-engine.ts';
import type { Diary } from './diary.ts';
import type { Threads } from './threads.ts';

/** The threads of an engine's workers, one after the other: who took whose place, and how soon it worked. */
export class Lifelines {
  /** Thread of each worker, as of now. */
  readonly threads: number[];
  losses = 0;
  readonly #successions: { readonly dead: number; readonly heir: number }[] = [];

  /** @param first the thread of each worker */
  constructor(engine: TaskEngine, first: readonly number[], onLost: () => void) {
    this.threads = [...first];
    engine.on('workerLost', () => {
      this.losses += 1;
      onLost();
    });
    engine.on('workerStarted', ({ worker, threadId }) => {
      this.#successions.push({ dead: this.threads[worker] ?? -1, heir: threadId });
      this.threads[worker] = threadId;
    });
  }

  /** Milliseconds from the end of a worker to the first task of the one in its place, for each that came to run one. */
  recoveries(diary: Diary, threads: Threads): number[] {
    const notes = diary.notes();
    return this.#successions.flatMap(({ dead, heir }) => {
      const born = notes.find(({ kind, who }) => kind === 'born' && who === heir)?.atMs;
      const died = notes.find(({ kind, who }) => kind === 'dying' && who === dead)?.atMs ?? threads.endOf(dead);
      return born === undefined || died === undefined ? [] : [born - died];
    });
  }
}

/** The same for processes that were killed: to the first task of the next one. */
export function processRecoveries(diary: Diary, killed: ReadonlyMap<number, number>): number[] {
  const births = diary.notes().filter(({ kind }) => kind === 'born');
  return [...killed].flatMap(([pid, atMs]) => {
    const next = births.find((birth) => birth.who !== pid && birth.atMs > atMs);
    return next === undefined ? [] : [next.atMs - atMs];
  });
}
