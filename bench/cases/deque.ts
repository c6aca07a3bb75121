import type { BenchCase, Session } from '../case.ts';
import { loadFunction } from '../floors/burn.ts';
import { costOf } from '../goal.ts';
import { nativeContender } from '../rivals.ts';

const NATIVE = 'crossbeam-deque';
const BURST = 1_000;

function burstSession(kernels: URL, name: string, bursts: number): Promise<Session> {
  const run = loadFunction(kernels, name);
  run(bursts);
  return Promise.resolve({
    round: () => {
      const start = performance.now();
      run(bursts);
      return Promise.resolve({ value: ((performance.now() - start) * 1e6) / (bursts * BURST) });
    },
    close: () => Promise.resolve(),
  });
}

export const deque: BenchCase = {
  id: 'deque',
  suite: 'stealing',
  title: 'owner push and pop of the Chase–Lev deque inside WebAssembly, per pair, in bursts of 1,000',
  cannotTell: 'nobody steals: a thief adds the transfer of cache lines',
  matches: ({ library, quick }) => {
    const bursts = quick ? 2_000 : 5_000;
    return Promise.resolve([
      {
        id: 'deque',
        metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [costOf(NATIVE, 2)] }],
        rounds: quick ? 5 : 11,
        engine: ({ kernels }) => burstSession(kernels, 'dequeBursts', bursts),
        contenders: [
          nativeContender(NATIVE),
          {
            name: 'plain stack in wasm',
            role: 'floor',
            open: () => burstSession(library.kernels, 'stackBursts', bursts),
          },
        ],
      },
    ]);
  },
};
