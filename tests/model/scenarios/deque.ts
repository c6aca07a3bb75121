import assert from 'node:assert/strict';
import { workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelConfig } from '../memory.ts';
import type { Program } from '../vthread.ts';

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
export function pushesAndSteals(steps: string, thieves: number, steals: number, config: ModelConfig = {}): Scenario {
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
