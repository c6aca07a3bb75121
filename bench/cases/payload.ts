import type { BenchCase, BenchContext, Contender, Match, Sample, Session } from '../case.ts';
import { measureChild } from '../child.ts';
import { childInput } from '../children/input.ts';
import type { PayloadInput } from '../children/payload.ts';
import { type EchoLoad, echoSession, inFlight } from '../echo.ts';
import { onEngine, openHandlers, openKernels } from '../engines.ts';
import { RawPool } from '../floors/raw-pool.ts';
import { costOf } from '../goal.ts';
import type { Library } from '../library.ts';
import { closing, poolContenders } from '../rivals.ts';

const KIB = 2 ** 10;
const SIZES = [64, KIB, 16 * KIB, 64 * KIB, 256 * KIB, 1_024 * KIB];
const QUICK_SIZES = [64, 64 * KIB, 1_024 * KIB];
/** Below, a task costs more than its bytes. */
const GOALS_FROM = 64 * KIB;
const COPIES = 'two copies';
/** Rounds of a process, of which it prints the median. */
const TURNS = 3;

function loadOf({ workers, quick }: BenchContext, size: number): EchoLoad {
  return { size, workers, targetMs: quick ? 100 : 300 };
}

async function bothSessions(library: Library, context: BenchContext, size: number): Promise<Session> {
  const { workers } = context;
  const load = loadOf(context, size);
  const kernel = await onEngine(openKernels(library, { workers }), (engine) =>
    echoSession(load, (bytes) => engine.run('echo', bytes)),
  );
  const handler = await onEngine(openHandlers(library, { workers }), (engine) =>
    echoSession(load, (bytes) => engine.run('giveBack', bytes)),
  );
  const session: Session = {
    round: async () => ({ kernel: await figureOf(kernel), handler: await figureOf(handler) }),
    close: () => kernel.close(),
  };
  return closing(session, () => handler.close());
}

/** Whoever has but one kind of task is compared with both. */
async function forBoth(opening: Promise<Session>): Promise<Session> {
  const session = await opening;
  return {
    round: async () => {
      const figure = await figureOf(session);
      return { kernel: figure, handler: figure };
    },
    close: () => session.close(),
  };
}

async function figureOf(session: Session): Promise<number> {
  return (await session.round())['value'] ?? Number.NaN;
}

function rivals(context: BenchContext, size: number): readonly Contender[] {
  const { workers } = context;
  const load = loadOf(context, size);
  const pools = poolContenders({ workers, inFlight: inFlight(load) }, (pool) =>
    forBoth(echoSession(load, (bytes) => pool.run('giveBack', bytes))),
  );
  const raw: Contender = {
    name: 'raw postMessage',
    role: 'floor',
    open: async () => {
      const pool = await RawPool.open(workers);
      const session = await forBoth(echoSession(load, (bytes) => pool.run('giveBack', bytes)));
      return closing(session, () => pool.close());
    },
  };
  return [...pools, raw];
}

function sizeName(size: number): string {
  return size < KIB ? `${String(size)}B` : `${String(size / KIB)}KiB`;
}

/** A process that measures the echo and two copies in turn; whoever asks second in a round gets the figure that it has printed. */
class Pair {
  readonly #measure: () => Promise<Sample>;
  readonly #printed = new Map<string, number>();

  constructor(measure: () => Promise<Sample>) {
    this.#measure = measure;
  }

  session(key: 'echo' | 'copies'): Session {
    const round = async (): Promise<Sample> => {
      const other = key === 'echo' ? 'copies' : 'echo';
      const printed = this.#printed.get(key);
      this.#printed.delete(key);
      if (printed !== undefined) return { value: printed };
      const { [key]: value = Number.NaN, [other]: rest = Number.NaN } = await this.#measure();
      this.#printed.set(other, rest);
      return { value };
    };
    return { round, close: () => Promise.resolve() };
  }
}

/** Echoes of one size by one kind of task. */
function floorMatch(context: BenchContext, size: number, side: PayloadInput['side'], times: number): Match {
  const pairOf = (library: Library): Pair => {
    const input: PayloadInput = {
      ...childInput(library, context.workers),
      ...loadOf(context, size),
      side,
      rounds: TURNS,
    };
    return new Pair(() => measureChild('payload', input, context.signal));
  };
  const pair = pairOf(context.library);
  return {
    id: `payload/${sizeName(size)}/${side}`,
    metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: size < GOALS_FROM ? [] : [costOf(COPIES, times)] }],
    rounds: roundsOf(context),
    engine: (library) => Promise.resolve((library === context.library ? pair : pairOf(library)).session('echo')),
    contenders: [{ name: COPIES, role: 'floor', open: () => Promise.resolve(pair.session('copies')) }],
  };
}

function poolMatch(context: BenchContext, size: number): Match {
  return {
    id: `payload/${sizeName(size)}/pools`,
    metrics: [
      { key: 'kernel', unit: 'ns', better: 'lower', goals: [] },
      { key: 'handler', unit: 'ns', better: 'lower', goals: [] },
    ],
    rounds: roundsOf(context),
    engine: (library) => bothSessions(library, context, size),
    contenders: rivals(context, size),
  };
}

function roundsOf({ quick }: BenchContext): number {
  return quick ? 3 : 5;
}

export const payload: BenchCase = {
  id: 'payload',
  suite: 'data-size',
  title: 'run() of a kernel and of a handler that give their bytes back, up to 8 MiB of them in flight',
  cannotTell:
    'the input is the same array every time, warm in a cache, and stays the caller’s; a pool that is handed an array for ' +
    'good copies less; the two copies need one core, a task the cores of two threads',
  // What was freed and collected in the same process before costs everybody in it: each side meets the floor in a process of its own.
  matches: (context) => {
    const sizes = context.quick ? QUICK_SIZES : SIZES;
    return Promise.resolve([
      ...sizes.map((size) => floorMatch(context, size, 'kernel', 2)),
      ...sizes.map((size) => floorMatch(context, size, 'handler', 3)),
      ...sizes.map((size) => poolMatch(context, size)),
    ]);
  },
};
