import assert from 'node:assert/strict';
import { workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelConfig } from '../memory.ts';
import type { Program } from '../vthread.ts';

const LEVEL = 2;

/** t = take one's own, u = put one more, a digit = steal half from that worker. */
function* worker(put: number[], got: number[], fresh: number, steps: string): Program {
  for (const step of steps) {
    if (step === 'u') {
      const entry = fresh + put.length;
      const fits = yield ['runPut', LEVEL, entry];
      if (fits === 1) put.push(entry);
    } else {
      const entry = yield step === 't' ? ['runTake', LEVEL] : ['runSteal', Number(step), LEVEL];
      if (entry >= 0) got.push(entry);
    }
  }
}

/** Every entry is taken once or in one run queue; the owner's queue stays in order. */
export function takesAndSteals(
  queued: readonly number[],
  steps: readonly string[],
  config: ModelConfig = {},
): Scenario {
  const first = queued.map((count, w) => Array.from({ length: count }, (_, i) => 100 * w + i + 1));
  return {
    config: { workers: steps.length, ...config },
    roles: steps.map((_, w) => workerRole(w)),
    setUp(call) {
      first.forEach((entries, w) => {
        for (const entry of entries) call(w, 'runPut', LEVEL, entry);
      });
    },
    run(model) {
      const put = steps.map((): number[] => []);
      const got = steps.map((): number[] => []);
      return {
        programs: steps.map((list, w) => worker(put[w] ?? [], got[w] ?? [], 100 * w + 50, list)),
        end() {
          const left = steps.map((_, w) => model.runEntries(w, LEVEL));
          const all = [...got, ...left].flat().sort((a, b) => a - b);
          const seen = `got ${got.join(' | ')} left ${left.join(' | ')}`;
          assert.deepEqual(
            all,
            [...first, ...put].flat().sort((a, b) => a - b),
            seen,
          );
          const own = (left[0] ?? []).filter((entry) => entry < 100);
          assert.deepEqual(
            own,
            own.toSorted((a, b) => a - b),
            seen,
          );
        },
      };
    },
  };
}
