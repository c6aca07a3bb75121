import { NotMeasured, type Contender, type Session } from './case.ts';
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

/** A rival written outside JavaScript, for which this package has no build. */
export function nativeContender(name: string): Contender {
  return {
    name,
    role: 'native',
    open: () => Promise.reject(new NotMeasured('no native build in this package')),
  };
}

function isModuleNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
