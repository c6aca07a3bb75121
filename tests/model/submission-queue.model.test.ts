import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, host, refute, workerRole } from './check.ts';
import type { Scenario } from './explorer.ts';
import type { ModelConfig, ModelMemory } from './memory.ts';
import type { Program } from './vthread.ts';

const LEVEL = 1;
const RING = 4;
const RING_FILE = 'assembly/queue/ring.ts';

function isFull(model: ModelMemory): boolean {
  return model.submissionEntries(0, LEVEL).length === RING;
}

/** Puts as many entries as fit, one after the other: a slot comes back only after `top` passed its entry. */
function* submitter(model: ModelMemory, put: number[], entries: readonly number[]): Program {
  for (const entry of entries) {
    if (isFull(model)) yield ['pause'];
    if (isFull(model)) return;
    yield ['submissionPut', LEVEL, entry];
    put.push(entry);
  }
}

/** Moves of up to so many; 1 is a plain take. */
function* taker(got: number[], moves: readonly number[]): Program {
  for (const most of moves) {
    const entry = yield most === 1 ? ['submissionTake', 0, LEVEL] : ['submissionMove', 0, LEVEL, most];
    if (entry >= 0) got.push(entry);
  }
}

interface Shape {
  /** In the queue before. */
  readonly queued: number;
  readonly puts: number;
  readonly moves: readonly (readonly number[])[];
  /** In the first taker's run queue before. */
  readonly own?: number;
  readonly config?: ModelConfig;
}

/** Every entry is taken once, moved once, or still there; what one taker got is in order. */
function scenario({ queued, puts, moves, own = 0, config = {} }: Shape): Scenario {
  const first = Array.from({ length: queued }, (_, i) => i + 1);
  const later = Array.from({ length: puts }, (_, i) => queued + i + 1);
  const owned = Array.from({ length: own }, (_, i) => 50 + i);
  return {
    config: { capacity: RING, ...config },
    roles: [host, ...moves.map((_, worker) => workerRole(worker))],
    setUp(call) {
      for (const entry of first) call(0, 'submissionPut', LEVEL, entry);
      for (const entry of owned) call(1, 'runPut', LEVEL, entry);
    },
    run(model) {
      const put = [...first];
      const got = moves.map((): number[] => []);
      return {
        programs: [submitter(model, put, later), ...got.map((list, i) => taker(list, moves[i] ?? []))],
        end() {
          const moved = got.map((_, worker) => model.runEntries(worker, LEVEL));
          const left = model.submissionEntries(0, LEVEL);
          const all = [...got, ...moved, left].flat().sort((a, b) => a - b);
          const seen = `got ${got.join(' | ')} moved ${moved.join(' | ')} left ${left.join()}`;
          assert.deepEqual(all, [...put, ...owned], seen);
          for (const list of got)
            assert.deepEqual(
              list,
              list.toSorted((a, b) => a - b),
              seen,
            );
          assert.deepEqual(
            left,
            left.toSorted((a, b) => a - b),
            seen,
          );
        },
      };
    },
  };
}

describe('submission queue model (docs/protocols/submission-queue.md)', () => {
  it('batch move against batch move, while more is submitted', () => {
    check(scenario({ queued: 2, puts: 2, moves: [[3, 2], [2]] }), { preemptions: Infinity, full: Infinity });
  });
  it('batch move against single takes', () => {
    check(scenario({ queued: 3, puts: 1, moves: [[3], [1, 1]] }), { preemptions: Infinity, full: Infinity });
  });
  it('full ring, reused under a slow taker, indices near 2^31 and 2^32', () => {
    for (const firstIndex of [2n ** 31n - 2n, 2n ** 32n - 2n]) {
      const config = { firstIndex };
      check(scenario({ queued: 4, puts: 3, moves: [[1, 4], [2]], config }), { preemptions: Infinity, full: Infinity });
    }
  });
  it('a batch never overflows the run queue it goes to', () => {
    check(scenario({ queued: 4, puts: 1, moves: [[4], [2]], own: 2 }), { preemptions: Infinity, full: Infinity });
  });
  it('is caught: a taker reads the entry after the CAS', async () => {
    await refute(scenario({ queued: 4, puts: 2, moves: [[1], [1]] }), 3, {
      file: RING_FILE,
      find: '  holdEntry(entry);\n  return entry;',
      put: '  return loadRacy32(entryAt(ring, mask, top));',
    });
  });
  it('is caught: a batch is published before it is won', async () => {
    await refute(scenario({ queued: 3, puts: 0, moves: [[3], [2]] }), 2, {
      file: RING_FILE,
      find: `  if (!cas64(from + QUEUE_TOP, top, top + (n as i64))) return LOST_RACE;
  holdEntry(first);
  if (n == 1) return first;
  holdBatch(n - 1, level);
  ringPublish(into, n - 1);`,
      put: `  if (n > 1) ringPublish(into, n - 1);
  if (!cas64(from + QUEUE_TOP, top, top + (n as i64))) return LOST_RACE;`,
    });
  });
  it('is caught: a batch larger than the free space', async () => {
    await refute(scenario({ queued: 4, puts: 0, moves: [[4]], own: 2 }), 0, {
      file: RING_FILE,
      find: '  if (n > space) n = space;\n',
      put: '',
    });
  });
});
