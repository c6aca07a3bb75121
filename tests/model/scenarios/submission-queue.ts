import assert from 'node:assert/strict';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelConfig, ModelMemory } from '../memory.ts';
import type { Program } from '../vthread.ts';

const LEVEL = 1;
const RING = 4;

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
export function putsAndMoves({ queued, puts, moves, own = 0, config = {} }: Shape): Scenario {
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
