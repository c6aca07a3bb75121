import { NotMeasured, type Contender } from '../case.ts';

const CALLS = 1_000;

/** Serial code: the same function, called in place. Needs tinybench, a development dependency. */
export function serialContender(task: (index: number) => unknown): Contender {
  return {
    name: 'serial code',
    role: 'floor',
    open: async () => {
      const { Bench } = await import('tinybench').catch((error: unknown) => {
        throw new NotMeasured('tinybench is not installed', { cause: error });
      });
      let kept: unknown;
      return {
        round: async () => {
          const bench = new Bench({ time: 50, warmupTime: 10 });
          bench.add('serial', () => {
            for (let call = 0; call < CALLS; call++) kept = task(call);
          });
          const [done] = await bench.run();
          if (done?.result.state !== 'completed') throw new Error(`expected figures, got ${String(kept)}`);
          return { value: (done.result.latency.p50 * 1e6) / CALLS };
        },
        close: () => Promise.resolve(),
      };
    },
  };
}
