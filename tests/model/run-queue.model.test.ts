import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, refute, workerRole } from './check.ts';
import type { Scenario } from './explorer.ts';
import type { ModelConfig } from './memory.ts';
import type { Program } from './vthread.ts';

const LEVEL = 2;
const RING_FILE = 'assembly/queue/ring.ts';

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
function scenario(queued: readonly number[], steps: readonly string[], config: ModelConfig = {}): Scenario {
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

describe('run queue model (docs/protocols/run-queue.md)', () => {
  it('owner takes and fills against a thief of half', () => {
    check(scenario([4, 0], ['tutu', '00']), { preemptions: Infinity, full: Infinity });
  });
  it('two thieves at one victim', () => {
    check(scenario([4, 0, 0], ['tu', '0', '0t']), { preemptions: Infinity, full: Infinity });
  });
  it('a thief is robbed while it steals', () => {
    check(scenario([3, 1, 0], ['', '0t', '11']), { preemptions: Infinity, full: Infinity });
  });
  it('full ring, indices near 2^31 and 2^32', () => {
    for (const firstIndex of [2n ** 31n - 2n, 2n ** 32n - 2n]) {
      check(scenario([4, 2], ['tutuu', '0t0'], { firstIndex }), { preemptions: Infinity, full: Infinity });
    }
  });
  it('is caught: the owner takes without CAS', async () => {
    await refute(scenario([2, 0], ['t', '0']), 2, {
      file: RING_FILE,
      find: '  if (!cas64(ring + QUEUE_TOP, top, top + 1)) return LOST_RACE;',
      put: '  store64(ring + QUEUE_TOP, top + 1);',
    });
  });
  it('is caught: the thief copies after its CAS', async () => {
    await refute(scenario([4, 0], ['uuu', '0']), 2, {
      file: RING_FILE,
      find: `  for (let i = 1; i < n; ++i) ringStage(into, intoMask, i - 1, loadRacy32(entryAt(from, fromMask, top + (i as i64))));
  if (!cas64(from + QUEUE_TOP, top, top + (n as i64))) return LOST_RACE;`,
      put: `  if (!cas64(from + QUEUE_TOP, top, top + (n as i64))) return LOST_RACE;
  for (let i = 1; i < n; ++i) ringStage(into, intoMask, i - 1, loadRacy32(entryAt(from, fromMask, top + (i as i64))));`,
    });
  });
});
