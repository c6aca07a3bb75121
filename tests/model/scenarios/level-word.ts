import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelConfig, ModelMemory } from '../memory.ts';
import type { Program } from '../vthread.ts';

/** Type 0 is a kernel of 1 µs, which is taken in batches; type 1 is a handler. */
const KERNEL = 0;
const HANDLER = 1;
const kernelMeansUs = [1];

function* submitter(type: number, levels: readonly number[]): Program {
  for (const level of levels) yield ['submit', type, level, 0, 0, 0, 0, 0];
}

function* finder(got: number[], finds: number, lazily: boolean): Program {
  for (let i = 0; i < finds; ++i) {
    const entry = yield [lazily ? 'findTaskLazily' : 'findTask'];
    if (entry >= 0) got.push(entry);
  }
}

function assertBitsSet(model: ModelMemory, seen: string): void {
  for (let level = 0; level < codes.LEVELS; ++level) {
    const entries = model.levelEntries(level);
    const set = (model.word(layout.LEVEL_WORD) & (1 << level)) !== 0;
    assert.ok(set || entries.length === 0, `level ${String(level)} is clear over ${entries.join()}; ${seen}`);
  }
}

interface Shape {
  readonly queued?: readonly number[];
  readonly submits?: readonly number[];
  readonly type?: number;
  readonly finds: readonly number[];
  readonly config?: ModelConfig;
  /** So many entries stand in the first worker's run queue. */
  readonly own?: number;
  /** The first worker is about to back off. */
  readonly lazily?: boolean;
}

/** At the end every level with an entry has its bit, and every entry is somewhere once. */
function bits({
  queued = [],
  submits = [],
  type = HANDLER,
  finds,
  config = {},
  own = 0,
  lazily = false,
}: Shape): Scenario {
  return {
    config: { kernelMeansUs, workers: finds.length, inUse: 1, ...config },
    roles: [host, ...finds.map((_, w) => workerRole(w))],
    setUp(call) {
      for (const level of queued) call(0, 'submit', type, level, 0, 0, 0, 0, 0);
      for (let i = 0; i < own; ++i) call(1, 'runPut', codes.NORMAL, call(0, 'slotAlloc'));
      // The bits stand over levels that are empty: the next finder clears them.
      for (let level = 0; level < codes.LEVELS; ++level) call(0, 'levelAnnounce', level);
    },
    run(model) {
      const got = finds.map((): number[] => []);
      return {
        programs: [submitter(type, submits), ...got.map((list, w) => finder(list, finds[w] ?? 0, lazily && w === 0))],
        end() {
          const seen = `got ${got.join(' | ')}`;
          assertBitsSet(model, seen);
          const all = [...got.flat(), ...model.queuedEntries()];
          assert.equal(all.length, queued.length + own + submits.length, seen);
          assert.equal(new Set(all).size, all.length, seen);
        },
      };
    },
  };
}

function* urgentFirst(model: ModelMemory, levelOf: (entry: number) => number): Program {
  for (;;) {
    const entry = yield ['findTask'];
    if (entry === codes.LOST_RACE) continue;
    if (entry >= 0) {
      const urgent = model.levelEntries(codes.CRITICAL);
      const level = levelOf(entry);
      assert.ok(level === codes.CRITICAL || urgent.length === 0, `took a Low entry over Critical ${urgent.join()}`);
    }
    return;
  }
}

/** Workers that meet at the head of Critical: the loser does not turn to Low while Critical entries are queued. */
function contention(workers: number): Scenario {
  const queued = [codes.CRITICAL, codes.CRITICAL, codes.CRITICAL, codes.LOW];
  return {
    config: { inUse: 1, workers },
    roles: [host, ...Array.from({ length: workers }, (_, worker) => workerRole(worker))],
    setUp(call) {
      for (const level of queued) call(0, 'submit', HANDLER, level, 0, 0, 0, 0, 0);
    },
    run(model) {
      const levelOf = (entry: number): number => (model.word(model.slot(entry) + layout.SLOT_META) >> 8) & 3;
      return {
        programs: [submitter(HANDLER, []), ...Array.from({ length: workers }, () => urgentFirst(model, levelOf))],
        end() {
          assertBitsSet(model, '');
        },
      };
    },
  };
}

export const oneSubmit = bits({ submits: [0], finds: [1] });
export const batch = bits({ queued: [2, 2], type: KERNEL, finds: [1, 2] });
export const contended = contention(2);
export const contendedByThree = contention(3);
export const twoSubmits = bits({ submits: [0, 0], finds: [2] });
export const neighbour = bits({ submits: [1], finds: [1] });
export const twoFinders = bits({ submits: [0], finds: [1, 1] });
export const lazily = bits({ submits: [2], finds: [1, 1], lazily: true });
export const batchLazily = bits({ queued: [2, 2], type: KERNEL, finds: [1, 2], lazily: true });
export const steal = bits({ own: 3, finds: [2, 1] });
export const twoThieves = bits({ own: 3, finds: [0, 1, 1] });

function* onePick(outcomes: number[]): Program {
  outcomes.push(yield ['findTask']);
}

/** How often the thieves of `lostSteal` lost, in each schedule. */
export const lostSteals = new Set<number>();

/** Two thieves at a queue with one entry: who was about to take it and did not get it has counted that. */
export const lostSteal: Scenario = {
  config: { kernelMeansUs, workers: 3, inUse: 1 },
  roles: [host, workerRole(0), workerRole(1), workerRole(2)],
  setUp(call) {
    call(1, 'runPut', codes.NORMAL, call(0, 'slotAlloc'));
    call(0, 'levelAnnounce', codes.NORMAL);
  },
  run(model) {
    const outcomes = [1, 2].map((): number[] => []);
    return {
      programs: [submitter(HANDLER, []), finder([], 0, false), ...outcomes.map(onePick)],
      end() {
        const lost = [1, 2].map((worker) => {
          const counter = model.workerBlocks + worker * layout.WORKER_BYTES + layout.WORKER_STEALS_LOST;
          return model.f64[counter >> 3] ?? NaN;
        });
        for (const [n, [outcome]] of outcomes.entries()) {
          if (outcome === codes.LOST_RACE) assert.ok((lost[n] ?? 0) > 0, 'a lost race was not counted');
        }
        assert.equal(outcomes.flat().filter((outcome) => outcome >= 0).length, 1);
        lostSteals.add((lost[0] ?? NaN) + (lost[1] ?? NaN));
      },
    };
  },
};

/** Two submitters publish at two levels whose bits are clear. */
export const twoLevels: Scenario = {
  config: { workers: 1, inUse: 2 },
  roles: [host, { submitter: 1, worker: -1 }],
  run(model) {
    return {
      programs: [submitter(HANDLER, [0]), submitter(HANDLER, [1])],
      end() {
        assertBitsSet(model, '');
      },
    };
  },
};
