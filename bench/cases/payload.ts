import type { BenchCase, BenchContext, Contender, Match, Session } from '../case.ts';
import { onEngine, openHandlers, openKernels } from '../engines.ts';
import { Copies } from '../floors/copies.ts';
import { RawPool } from '../floors/raw-pool.ts';
import { costOf, type Goal } from '../goal.ts';
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

async function engineSession(library: Library, context: BenchContext, size: number): Promise<Session> {
  const { workers } = context;
  const kernel = await onEngine(openKernels(library, { workers }), (engine) =>
    echoSession(context, size, (bytes) => engine.run('echo', bytes)),
  );
  const handler = await onEngine(openHandlers(library, { workers }), (engine) =>
    echoSession(context, size, (bytes) => engine.run('echo', bytes)),
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

function contenders(context: BenchContext, size: number): readonly Contender[] {
  const { workers } = context;
  const pools = poolContenders({ workers, inFlight: inFlight(size, workers) }, (pool) =>
    forBoth(echoSession(context, size, (bytes) => pool.run('echo', bytes))),
  );
  const raw: Contender = {
    name: 'raw postMessage',
    role: 'floor',
    open: async () => {
      const pool = await RawPool.open(workers);
      const session = await forBoth(echoSession(context, size, (bytes) => pool.run('echo', bytes)));
      return closing(session, () => pool.close());
    },
  };
  const copies: Contender = {
    name: COPIES,
    role: 'floor',
    open: () => {
      const { run } = new Copies(size);
      return forBoth(batchSession(run, targetMs(context), inFlight(size, workers)));
    },
  };
  return [...pools, raw, copies];
}

function sizeName(size: number): string {
  return size < KIB ? `${String(size)}B` : `${String(size / KIB)}KiB`;
}

export const payload: BenchCase = {
  id: 'payload',
  suite: 'data-size',
  title: 'run() of a kernel and of a handler that give their bytes back, up to 8 MiB of them in flight',
  cannotTell:
    'the input is the same array every time, warm in a cache, and stays the caller’s; a pool that is handed an array for ' +
    'good copies less; the two copies need one core, a task the cores of two threads',
  matches: (context) => {
    const goals = (size: number, times: number): readonly Goal[] => (size < GOALS_FROM ? [] : [costOf(COPIES, times)]);
    return Promise.resolve(
      (context.quick ? QUICK_SIZES : SIZES).map((size): Match => ({
        id: `payload/${sizeName(size)}`,
        metrics: [
          { key: 'kernel', unit: 'ns', better: 'lower', goals: goals(size, 2) },
          { key: 'handler', unit: 'ns', better: 'lower', goals: goals(size, 3) },
        ],
        rounds: context.quick ? 3 : 7,
        engine: (library) => engineSession(library, context, size),
        contenders: contenders(context, size),
      })),
    );
  },
};
