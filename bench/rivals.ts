import { NotMeasured, type Contender, type Sample, type Session } from './case.ts';
import { calibrate, warmUp } from './lanes.ts';
import { buildNative, type NativeName } from './native/build.ts';
import { NativeProgram } from './native/program.ts';
import { POOL_NAMES, type Pool, type PoolName, type PoolOptions } from './pool.ts';

/**
 * Opens a rival library. They are development dependencies, so neither they nor `peers/` are in the published package.
 *
 * @throws NotMeasured where the library is not installed
 */
export async function openPool(name: PoolName, options: PoolOptions): Promise<Pool> {
  try {
    switch (name) {
      case 'piscina':
        return (await import('./peers/piscina.ts')).openPiscina(options);
      case 'tinypool':
        return (await import('./peers/tinypool.ts')).openTinypool(options);
      case 'workerpool':
        return (await import('./peers/workerpool.ts')).openWorkerpool(options);
      case 'poolifier':
        return (await import('./peers/poolifier.ts')).openPoolifier(options);
    }
  } catch (error) {
    if (isModuleNotFound(error)) throw new NotMeasured(`${name} is not installed`, { cause: error });
    throw error;
  }
}

/** One contender per pool, each measured the same way. */
export function poolContenders(options: PoolOptions, measure: (pool: Pool) => Promise<Session>): readonly Contender[] {
  return POOL_NAMES.map((name) => ({
    name,
    role: 'pool',
    open: async () => {
      const pool = await openPool(name, options);
      return closing(await measure(pool), () => pool.close());
    },
  }));
}

/** The session, which also closes what it was measured on. */
export function closing(session: Session, close: () => Promise<unknown>): Session {
  return {
    round: () => session.round(),
    close: async () => {
      await session.close();
      await close();
    },
  };
}

/** A lane of a native program. */
export interface NativeLane {
  /** Under which the report lists it. */
  readonly name: string;
  readonly program: NativeName;
  readonly args: readonly string[];
  /** Size of a round: units of work, for the lane `join` the number whose fib it is. */
  readonly count: number;
  /** How long a round takes, in milliseconds; then `count` is the least. */
  readonly targetMs?: number;
}

/** A rival written outside JavaScript, in a process of its own that measures itself and rests between its rounds. */
export function nativeContender(lane: NativeLane, signal: AbortSignal): Contender {
  return {
    name: lane.name,
    role: 'native',
    prepare: () => buildNative(lane.program, signal),
    open: async () => {
      const program = await NativeProgram.start(await buildNative(lane.program, signal), lane.args);
      return closing(await nativeSession(program, lane), () => program.close());
    },
  };
}

async function nativeSession(program: NativeProgram, { count: least, targetMs }: NativeLane): Promise<Session> {
  const run = (count: number): Promise<Sample> => program.run(count);
  await warmUp(() => run(least));
  const count = targetMs === undefined ? least : await calibrate(run, targetMs, least);
  return { round: () => run(count), close: () => Promise.resolve() };
}

function isModuleNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
