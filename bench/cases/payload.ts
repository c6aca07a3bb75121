import type { BenchCase, BenchContext, Contender, Match, Session } from '../case.ts';
import { onEngine, openHandlers, openKernels } from '../engines.ts';
import { Copies } from '../floors/copies.ts';
import { RawPool } from '../floors/raw-pool.ts';
import { costOf } from '../goal.ts';
import { batchSession, runLanes } from '../lanes.ts';
import type { Library } from '../library.ts';
import { closing, poolContenders } from '../rivals.ts';

const KIB = 2 ** 10;
const SIZES = [64, KIB, 16 * KIB, 64 * KIB, 256 * KIB, 1_024 * KIB];
const QUICK_SIZES = [64, 64 * KIB, 1_024 * KIB];
/** Below, a task costs more than its bytes. */
const GOALS_FROM = 64 * KIB;
const COPIES = 'two copies';
const IN_FLIGHT_BYTES = 8_192 * KIB;
const IN_FLIGHT_MOST = 1_000;

type Echo = (bytes: Uint8Array) => Promise<unknown>;

/** As many tasks as have 8 MiB together, but two for each worker and no more than in the other cases. */
function inFlight(size: number, workers: number): number {
  return Math.max(2 * workers, Math.min(IN_FLIGHT_MOST, Math.floor(IN_FLIGHT_BYTES / size)));
}

function targetMs({ quick }: BenchContext): number {
  return quick ? 100 : 300;
}

/** Nanoseconds per echo. */
async function echoSession(context: BenchContext, size: number, echo: Echo): Promise<Session> {
  const bytes = Uint8Array.from({ length: size }, (_, index) => index % 251);
  const echoed = await echo(bytes);
  if (!(echoed instanceof Uint8Array) || Buffer.compare(echoed, bytes) !== 0) {
    throw new Error(`expected ${String(size)} bytes to come back as they were`);
  }
  const lanes = inFlight(size, context.workers);
  return batchSession((count) => runLanes(lanes, count, () => echo(bytes)), targetMs(context), lanes);
}

function kernelSession(library: Library, context: BenchContext, size: number): Promise<Session> {
  return onEngine(openKernels(library, { workers: context.workers }), (engine) =>
    echoSession(context, size, (bytes) => engine.run('echo', bytes)),
  );
}

function handlerSession(library: Library, context: BenchContext, size: number): Promise<Session> {
  return onEngine(openHandlers(library, { workers: context.workers }), (engine) =>
    echoSession(context, size, (bytes) => engine.run('giveBack', bytes)),
  );
}

async function bothSessions(library: Library, context: BenchContext, size: number): Promise<Session> {
  const kernel = await kernelSession(library, context, size);
  const handler = await handlerSession(library, context, size);
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
  const pools = poolContenders({ workers, inFlight: inFlight(size, workers) }, (pool) =>
    forBoth(echoSession(context, size, (bytes) => pool.run('giveBack', bytes))),
  );
  const raw: Contender = {
    name: 'raw postMessage',
    role: 'floor',
    open: async () => {
      const pool = await RawPool.open(workers);
      const session = await forBoth(echoSession(context, size, (bytes) => pool.run('giveBack', bytes)));
      return closing(session, () => pool.close());
    },
  };
  return [...pools, raw];
}

function copies(context: BenchContext, size: number): Contender {
  return {
    name: COPIES,
    role: 'floor',
    open: () => batchSession(new Copies(size).run, targetMs(context), inFlight(size, context.workers)),
  };
}

function sizeName(size: number): string {
  return size < KIB ? `${String(size)}B` : `${String(size / KIB)}KiB`;
}

/** Echoes of one size by one kind of task. */
function floorMatch(
  context: BenchContext,
  size: number,
  side: string,
  times: number,
  open: typeof kernelSession,
): Match {
  return {
    id: `payload/${sizeName(size)}/${side}`,
    metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: size < GOALS_FROM ? [] : [costOf(COPIES, times)] }],
    rounds: roundsOf(context),
    engine: (library) => open(library, context, size),
    contenders: [copies(context, size)],
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
  return quick ? 3 : 7;
}

export const payload: BenchCase = {
  id: 'payload',
  suite: 'data-size',
  title: 'run() of a kernel and of a handler that give their bytes back, up to 8 MiB of them in flight',
  cannotTell:
    'the input is the same array every time, warm in a cache, and stays the caller’s; a pool that is handed an array for ' +
    'good copies less; the two copies need one core, a task the cores of two threads',
  // What was freed and collected in the same process before costs everybody in it: each side meets the floor before there are pools, and
  // the largest sizes, which new memory costs most, come first.
  matches: (context) => {
    const sizes = (context.quick ? QUICK_SIZES : SIZES).toReversed();
    return Promise.resolve([
      ...sizes.map((size) => floorMatch(context, size, 'kernel', 2, kernelSession)),
      ...sizes.map((size) => floorMatch(context, size, 'handler', 3, handlerSession)),
      ...sizes.map((size) => poolMatch(context, size)),
    ]);
  },
};
