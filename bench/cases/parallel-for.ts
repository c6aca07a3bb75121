import type { Engine, SharedBuffer } from 'tallyio';
import type { BenchCase, BenchContext, Contender, Match, Session } from '../case.ts';
import { type Kernels, onEngine, openKernels } from '../engines.ts';
import { type Split, SplitThreads } from '../floors/split.ts';
import { fasterThan } from '../goal.ts';
import { timeMs, warmUp } from '../lanes.ts';
import type { Library } from '../library.ts';
import { fillRandom } from '../random.ts';
import { closing, nativeContender } from '../rivals.ts';

const BARE = 'bare Workers';
const ALONE = 'one bare Worker';
/** Parts of a phase of the bare Workers: so many that none waits long for another one, and that their number is a power of two. */
const PARTS = 16;
const F64_BYTES = Float64Array.BYTES_PER_ELEMENT;

/** Work on numbers that the engine and bare Workers do alike. */
interface Work {
  readonly name: 'sum' | 'matrix' | 'mergeSort';
  /** What the figure of a run is divided by. */
  readonly steps: number;
  /** So many runs a round, one after the other: a few milliseconds alone tell where threads woke up, not how they split. */
  readonly runs: number;
  readonly rounds: number;
  /** Whether the native programs do it, too. */
  readonly hasNatives: boolean;
  readonly split: Split;
  /** Numbers that the engine's kernel is given, and that bare Workers work on. */
  readonly inputLength: number;
  readonly memoryLength: number;
  /** Before each round, in both: the same numbers. */
  fill(numbers: Float64Array): void;
  /** After the first round. @throws Error when it is not what it should be */
  check(result: number, numbers: Float64Array): void;
}

function expectClose(got: number, expected: number): void {
  if (Math.abs(got - expected) > 1e-9 * Math.abs(expected)) {
    throw new Error(`expected ${String(expected)}, got ${String(got)}`);
  }
}

function sumWork(count: number): Work {
  return {
    name: 'sum',
    steps: count,
    runs: 10,
    rounds: 41,
    hasNatives: true,
    split: { name: 'sumPart', phases: 1, parts: PARTS, count },
    inputLength: count,
    memoryLength: count,
    fill: fillRandom,
    check: (result, numbers) => {
      expectClose(
        result,
        numbers.reduce((sum, number) => sum + number, 0),
      );
    },
  };
}

/** Two words before A, B and C: n, and an empty one. */
function matrixWork(n: number): Work {
  const length = 2 + 3 * n ** 2;
  return {
    name: 'matrix',
    steps: n ** 3,
    runs: 1,
    rounds: 15,
    hasNatives: false,
    split: { name: 'matrixPart', phases: 1, parts: PARTS, count: n },
    inputLength: length,
    memoryLength: length,
    fill: (numbers) => {
      fillRandom(numbers);
      numbers[0] = n;
    },
    check: (_result, numbers) => {
      const [a, b, c] = [0, 1, 2].map((matrix) => numbers.subarray(2 + matrix * n ** 2)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      for (let row = 0; row < n; row += 37) {
        const column = (row * 11) % n;
        let sum = 0;
        for (let k = 0; k < n; k++) sum += (a[row * n + k] ?? 0) * (b[k * n + column] ?? 0);
        expectClose(c[row * n + column] ?? Number.NaN, sum);
      }
    },
  };
}

function sortWork(count: number): Work {
  return {
    name: 'mergeSort',
    steps: count,
    runs: 1,
    rounds: 15,
    hasNatives: false,
    split: { name: 'sortPart', phases: 1 + Math.log2(PARTS), parts: PARTS, count },
    inputLength: count,
    memoryLength: 2 * count,
    fill: (numbers) => {
      fillRandom(numbers.subarray(0, count));
    },
    check: (_result, numbers) => {
      for (let i = 1; i < count; i++) {
        if (!((numbers[i - 1] ?? Number.NaN) <= (numbers[i] ?? Number.NaN))) {
          throw new Error(`expected ascending numbers, got ${String(numbers[i - 1])} before ${String(numbers[i])}`);
        }
      }
    },
  };
}

async function session(work: Work, numbers: Float64Array, run: () => Promise<number>): Promise<Session> {
  const round = async (): Promise<{ readonly elapsedMs: number; readonly result: number }> => {
    work.fill(numbers);
    let result = 0;
    const elapsedMs = await timeMs(async () => {
      for (let left = work.runs; left > 0; left--) result = await run();
    });
    return { elapsedMs: elapsedMs / work.runs, result };
  };
  work.check((await round()).result, numbers);
  await warmUp(round);
  return {
    round: async () => ({ value: ((await round()).elapsedMs * 1e6) / work.steps }),
    close: () => Promise.resolve(),
  };
}

function engineSession(library: Library, workers: number, work: Work): Promise<Session> {
  return onEngine(openKernels(library, { workers }), (engine: Engine<Kernels>) => {
    const memory: SharedBuffer = engine.allocate(work.inputLength * F64_BYTES);
    return session(work, memory.view(Float64Array), () => engine.run(work.name, memory));
  });
}

function bareContender(name: string, workers: number, kernels: URL, work: Work): Contender {
  return {
    name,
    role: 'floor',
    open: async () => {
      const threads = await SplitThreads.start(workers, kernels, work.split, work.memoryLength);
      return closing(await session(work, threads.data, () => threads.run()), () => threads.close());
    },
  };
}

function matchOf({ library, quick, workers, signal }: BenchContext, id: string, work: Work): Match {
  const natives = (
    [
      ['rayon', 'rayon'],
      ['oneTBB', 'oneTBB'],
    ] as const
  ).map(([name, program]) =>
    nativeContender({ name, program, args: ['sum', String(workers)], count: work.steps }, signal),
  );
  return {
    id: `parallel-for/${id}`,
    metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [fasterThan(BARE, 0.95)] }],
    rounds: quick ? 5 : work.rounds,
    engine: (build) => engineSession(build, workers, work),
    contenders: [
      bareContender(BARE, workers, library.kernels, work),
      bareContender(ALONE, 1, library.kernels, work),
      ...(work.hasNatives ? natives : []),
    ],
  };
}

export const parallelFor: BenchCase = {
  id: 'parallel-for',
  suite: 'stealing',
  title:
    'a kernel that splits its work: the sum of numbers (per number), the product of matrices (per multiplication), a merge sort (per number)',
  cannotTell:
    'the bare Workers share parts by one atomic counter and know before how many there are: no task can wait there, fail or be more urgent',
  matches: (context) =>
    Promise.resolve([
      matchOf(context, 'sum', sumWork(context.quick ? 1e6 : 1e7)),
      matchOf(context, 'matrix', matrixWork(context.quick ? 256 : 768)),
      matchOf(context, 'merge-sort', sortWork(context.quick ? 1e6 : 1e7)),
    ]),
};
