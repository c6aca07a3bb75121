import type { BenchCase, Sample, Session } from '../case.ts';
import { loadFunction } from '../floors/burn.ts';
import { costOf } from '../goal.ts';
import { warmUp } from '../lanes.ts';
import { nativeContender } from '../rivals.ts';

const NATIVE = 'crossbeam-deque';
const BURST = 1_000;

async function burstSession(kernels: URL, name: string, bursts: number): Promise<Session> {
  const run = loadFunction(kernels, name);
  const round = (): Promise<Sample> => {
    const start = performance.now();
    run(bursts);
    return Promise.resolve({ value: ((performance.now() - start) * 1e6) / (bursts * BURST) });
  };
  await warmUp(round);
  return { round, close: () => Promise.resolve() };
}

export const deque: BenchCase = {
  id: 'deque',
  suite: 'stealing',
  title: 'owner push and pop of the split deque inside WebAssembly, per pair, in bursts of 1,000',
  cannotTell:
    'nobody steals: a thief adds the transfer of cache lines; crossbeam’s buffer grows and shrinks with every burst, ours is fixed',
  matches: ({ library, quick, signal }) => {
    const bursts = quick ? 2_000 : 5_000;
    return Promise.resolve([
      {
        id: 'deque',
        metrics: [{ key: 'value', unit: 'ns', better: 'lower', goals: [costOf(NATIVE, 1)] }],
        rounds: quick ? 5 : 11,
        engine: ({ kernels }) => burstSession(kernels, 'dequeBursts', bursts),
        contenders: [
          nativeContender(
            { name: NATIVE, program: 'crossbeam', args: ['deque', String(BURST)], count: bursts },
            signal,
          ),
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
