import type { BenchCase, BenchContext, Session } from '../case.ts';
import { measureChild } from '../child.ts';
import { childInput } from '../children/input.ts';
import type { IdleInput } from '../children/idle.ts';
import { atMostMore } from '../goal.ts';
import type { Library } from '../library.ts';

const BARE = 'bare Node';

function idleSession({ quick, workers, signal }: BenchContext, library: Library, engine: boolean): Session {
  const times = { settleMs: 500, durationMs: quick ? 2_000 : 5_000 };
  const input: IdleInput = { ...childInput(library, workers), ...times, engine };
  return { round: () => measureChild('idle', input, signal), close: () => Promise.resolve() };
}

export const idle: BenchCase = {
  id: 'idle',
  suite: 'creation',
  title: 'share of a core used by a process with an idle engine, against a bare Node process',
  cannotTell: 'wake-ups that cost next to nothing here may still keep a laptop from sleeping',
  matches: (context) =>
    Promise.resolve([
      {
        id: 'idle',
        metrics: [{ key: 'value', unit: '%', better: 'lower', goals: [atMostMore(BARE, 0.05)] }],
        rounds: 3,
        engine: (library) => Promise.resolve(idleSession(context, library, true)),
        contenders: [
          { name: BARE, role: 'floor', open: () => Promise.resolve(idleSession(context, context.library, false)) },
        ],
      },
    ]),
};
