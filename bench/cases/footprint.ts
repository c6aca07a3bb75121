import type { BenchCase, BenchContext, Match, Session } from '../case.ts';
import { measureChild } from '../child.ts';
import type { FootprintInput } from '../children/footprint.ts';
import { childInput } from '../children/input.ts';
import { loadBurn, unitsPerUs } from '../floors/burn.ts';
import { atMost, atMostMore } from '../goal.ts';
import type { Library } from '../library.ts';

const BARE = 'bare Workers';
const SMALL = 2 ** 12;
const LARGE = 2 ** 18;
const BUSY_US = 1_000_000;

type Hold = Pick<FootprintInput, 'hold' | 'capacity'>;

export const footprint: BenchCase = {
  id: 'footprint',
  suite: 'memory',
  title: 'resident bytes per queued empty task, and of an idle engine over bare Workers',
  cannotTell:
    'resident pages of the whole process: a task’s figure includes what the host keeps beside the shared memory',
  matches: (context: BenchContext) => {
    const busyUnits = BUSY_US * unitsPerUs(loadBurn(context.library.kernels));
    const measure = (library: Library, held: Hold): Promise<Readonly<Record<string, number>>> => {
      const input: FootprintInput = { ...childInput(library, context.workers), ...held, busyUnits };
      return measureChild('footprint', input, context.signal);
    };
    const resident = (library: Library, hold: Hold['hold']): Session => ({
      round: () => measure(library, { hold, capacity: 0 }),
      close: () => Promise.resolve(),
    });
    const perTask = (library: Library): Session => ({
      round: async () => {
        const small = await measure(library, { hold: 'tasks', capacity: SMALL });
        const large = await measure(library, { hold: 'tasks', capacity: LARGE });
        const bytes = (large['value'] ?? Number.NaN) - (small['value'] ?? Number.NaN);
        return { value: bytes / ((large['tasks'] ?? Number.NaN) - (small['tasks'] ?? Number.NaN)) };
      },
      close: () => Promise.resolve(),
    });
    const rounds = context.quick ? 3 : 5;
    const matches: readonly Match[] = [
      {
        id: 'footprint/task',
        metrics: [{ key: 'value', unit: 'B', better: 'lower', goals: [atMost(128)] }],
        rounds,
        engine: (library) => Promise.resolve(perTask(library)),
        contenders: [],
      },
      {
        id: 'footprint/engine',
        metrics: [{ key: 'value', unit: 'B', better: 'lower', goals: [atMostMore(BARE, 8 * 2 ** 20)] }],
        rounds,
        engine: (library) => Promise.resolve(resident(library, 'engine')),
        contenders: [{ name: BARE, role: 'floor', open: () => Promise.resolve(resident(context.library, 'threads')) }],
      },
    ];
    return Promise.resolve(matches);
  },
};
