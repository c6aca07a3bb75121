import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, refute, workerRole } from './check.ts';
import type { Scenario } from './explorer.ts';
import type { ModelConfig } from './memory.ts';
import type { Program } from './vthread.ts';

const LEVEL = 2;

function* owner(pushed: number[], got: number[], steps: string): Program {
  for (const step of steps) {
    if (step === 'u') {
      const entry = pushed.length + 1;
      const full = yield ['dequePush', LEVEL, entry];
      if (full === 0) pushed.push(entry);
    } else {
      const entry = yield ['dequePop', LEVEL];
      if (entry > 0) got.push(entry);
    }
  }
}

function* thief(got: number[], times: number): Program {
  for (let i = 0; i < times; ++i) {
    const entry = yield ['dequeSteal', 0, LEVEL];
    if (entry > 0) got.push(entry);
  }
}

/** u = push, o = pop. Every pushed entry is taken once or still there; a thief takes them oldest first. */
function scenario(steps: string, thieves: number, steals: number, config: ModelConfig = {}): Scenario {
  return {
    config: { workers: 1 + thieves, ...config },
    roles: Array.from({ length: 1 + thieves }, (_, worker) => workerRole(worker)),
    setUp(call) {
      // Goes round once, so that old entries stand in the ring.
      for (let i = 0; i < 3; ++i) {
        call(0, 'dequePush', LEVEL, 90 + i);
        call(0, 'dequeSteal', 0, LEVEL);
      }
    },
    run(model) {
      const pushed: number[] = [];
      const own: number[] = [];
      const stolen = Array.from({ length: thieves }, (): number[] => []);
      return {
        programs: [owner(pushed, own, steps), ...stolen.map((got) => thief(got, steals))],
        end() {
          const left = model.dequeEntries(0, LEVEL);
          const all = [...own, ...stolen.flat(), ...left].sort((a, b) => a - b);
          assert.deepEqual(all, pushed, `own ${own.join()} stolen ${stolen.join(' | ')} left ${left.join()}`);
          for (const got of stolen)
            assert.deepEqual(
              got,
              got.toSorted((a, b) => a - b),
              'steals are oldest first',
            );
        },
      };
    },
  };
}

describe('deque model (docs/protocols/deque.md)', () => {
  it('owner against one thief', () => {
    check(scenario('uuoouo', 1, 3), { preemptions: Infinity, full: Infinity });
  });
  it('owner against two thieves, down to the last entry', () => {
    check(scenario('uuoo', 2, 2), { preemptions: Infinity, full: Infinity });
  });
  it('the ring goes round under a slow thief, indices near 2^31 and 2^32', () => {
    for (const firstIndex of [2n ** 31n - 5n, 2n ** 32n - 5n]) {
      check(scenario('uuuuoo', 1, 3, { firstIndex }), { preemptions: Infinity, full: Infinity });
      check(scenario('uuouou', 2, 1, { firstIndex }), { preemptions: Infinity, full: Infinity });
    }
  });
  it('is caught: pop loads top before it stores bottom', async () => {
    await refute(scenario('uuoo', 1, 2), 4, {
      file: 'assembly/queue/deque.ts',
      find: `  store64(deque + QUEUE_BOTTOM, bottom); // before the load of top: a thief that misses it has raised top already
  const top = load64(deque + QUEUE_TOP);`,
      put: `  const top = load64(deque + QUEUE_TOP);
  store64(deque + QUEUE_BOTTOM, bottom);`,
    });
  });
  it('is caught: pop takes the last entry without CAS', async () => {
    await refute(scenario('uo', 1, 1), 4, {
      file: 'assembly/queue/deque.ts',
      find: 'if (bottom > top) return entry;',
      put: 'if (bottom >= top) return entry;',
    });
  });
  it('is caught: the thief reads the entry after the CAS', async () => {
    await refute(scenario('uuuuu', 1, 2), 4, {
      file: 'assembly/queue/deque.ts',
      find: 'return cas64(deque + QUEUE_TOP, top, top + 1) ? entry : LOST_RACE;',
      put: 'return cas64(deque + QUEUE_TOP, top, top + 1) ? loadRacy32(entryAt(deque, top)) : LOST_RACE;',
    });
  });
});
