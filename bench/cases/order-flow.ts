import type { BenchCase, BenchContext, Session } from '../case.ts';
import { onEngine, openHandlers } from '../engines.ts';
import { loadBurn, unitsPerUs } from '../floors/burn.ts';
import { RawPool } from '../floors/raw-pool.ts';
import { BEST_POOL, fasterThan } from '../goal.ts';
import { batchSession, runLanes } from '../lanes.ts';
import { makeOrder } from '../orders.ts';
import { closing, poolContenders } from '../rivals.ts';

const STREAMS = 64;
const RISK_EVERY = 10;
const RISK_US = 75;
const orders = Array.from({ length: 1_024 }, (_, index) => makeOrder(index));

type Quote = (order: ReturnType<typeof makeOrder>) => Promise<unknown>;
type Risk = () => Promise<unknown>;

/** Orders per second over 64 streams; each order is a quote, every tenth is revalued as well. */
async function flowSession(context: BenchContext, quote: Quote, risk: Risk): Promise<Session> {
  const order = async (index: number): Promise<void> => {
    await quote(orders[index & 1_023] ?? makeOrder(index));
    if (index % RISK_EVERY === 0) await risk();
  };
  const session = await batchSession((count) => runLanes(STREAMS, count, order), context.quick ? 200 : 600, 1_000);
  return {
    round: async () => ({ value: 1e9 / ((await session.round())['value'] ?? Number.NaN) }),
    close: () => session.close(),
  };
}

export const orderFlow: BenchCase = {
  id: 'order-flow',
  suite: 'concurrent',
  title: 'orders per second in 64 streams: a Critical quote check each, every tenth a Low revaluation of 75 µs as well',
  cannotTell: 'the revaluations alone bound everyone: the less dispatch costs, the nearer that bound',
  matches: (context) => {
    const { library, workers, quick } = context;
    const units = RISK_US * unitsPerUs(loadBurn(library.kernels));
    return Promise.resolve([
      {
        id: 'order-flow',
        metrics: [{ key: 'value', unit: '/s', better: 'higher', goals: [fasterThan(BEST_POOL, 2.5)] }],
        rounds: quick ? 3 : 7,
        engine: (build) => {
          const { Priority } = build.tallyio;
          return onEngine(openHandlers(build, { workers }), (engine) =>
            flowSession(
              context,
              (order) => engine.run('check', order, { priority: Priority.Critical }),
              () => engine.run('burnUnits', units, { priority: Priority.Low }),
            ),
          );
        },
        contenders: [
          ...poolContenders({ workers, inFlight: STREAMS }, (pool) =>
            flowSession(
              context,
              (order) => pool.run('check', order),
              () => pool.run('burnUnits', units),
            ),
          ),
          {
            name: 'raw postMessage',
            role: 'floor',
            open: async () => {
              const pool = await RawPool.open(workers);
              const session = await flowSession(
                context,
                (order) => pool.run('check', order),
                () => pool.run('burnUnits', units),
              );
              return closing(session, () => pool.close());
            },
          },
        ],
      },
    ]);
  },
};
