import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as codes from '../../src/abi/codes.ts';
import * as layout from '../../src/abi/layout.ts';
import { check, host, refute, workerRole } from './check.ts';
import type { Scenario } from './explorer.ts';
import type { ModelConfig, ModelMemory } from './memory.ts';
import type { Program } from './vthread.ts';

const FIND_FILE = 'assembly/worker/find.ts';
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
function contention(): Scenario {
  const queued = [codes.CRITICAL, codes.CRITICAL, codes.CRITICAL, codes.LOW];
  return {
    config: { inUse: 1 },
    roles: [host, workerRole(0), workerRole(1)],
    setUp(call) {
      for (const level of queued) call(0, 'submit', HANDLER, level, 0, 0, 0, 0, 0);
    },
    run(model) {
      const levelOf = (entry: number): number => (model.word(model.slot(entry) + layout.SLOT_META) >> 8) & 3;
      return {
        programs: [submitter(HANDLER, []), urgentFirst(model, levelOf), urgentFirst(model, levelOf)],
        end() {
          assertBitsSet(model, '');
        },
      };
    },
  };
}

const oneSubmit = bits({ submits: [0], finds: [1] });
const batch = bits({ queued: [2, 2], type: KERNEL, finds: [1, 2] });
const contended = contention();

describe('level word model (docs/protocols/level-word.md)', () => {
  it('clear against submit', () => {
    check(bits({ submits: [0, 0], finds: [2] }), { preemptions: Infinity, full: Infinity });
  });
  it('two finders clear against submit', () => {
    check(bits({ submits: [0], finds: [1, 1] }), { preemptions: 2, full: 4 });
  });
  it('a lazy look against clear and submit', () => {
    check(bits({ submits: [2], finds: [1, 1], lazily: true }), { preemptions: 2, full: 4 });
    check(bits({ queued: [2, 2], type: KERNEL, finds: [1, 2], lazily: true }), { preemptions: 2, full: 4 });
  });
  it('clear against batch move', () => {
    check(batch, { preemptions: 2, full: 4 });
  });
  it('clear against steal', () => {
    check(bits({ own: 3, finds: [0, 1, 1] }), { preemptions: 2, full: 4 });
    check(bits({ own: 3, finds: [2, 1] }), { preemptions: 3, full: 5 });
  });
  it('is caught: no rescan after the clear', async () => {
    await refute(oneSubmit, 3, {
      file: FIND_FILE,
      find: '  if (!levelHasWork(level)) return EMPTY;\n',
      put: '  if (levelHasWork(level) || true) return EMPTY;\n',
    });
  });
  it('is caught: the submitter announces before it publishes', async () => {
    await refute(oneSubmit, 3, {
      file: 'assembly/worker/submit.ts',
      find: '  putSubmission(level, index);\n  announceLevel(level);\n',
      put: '  announceLevel(level);\n  putSubmission(level, index);\n',
    });
  });
  it('is caught: a batch is not announced', async () => {
    await refute(batch, 2, {
      file: FIND_FILE,
      find: '    announceLevel(level); // the rest is published again, in our run queue\n',
      put: '',
    });
  });
});

describe('find model (docs/protocols/find.md)', () => {
  it('no level is left while it has work', () => {
    check(contended, { preemptions: 3, full: 6 });
  });
  it('is caught: the loser of a race goes on to the next level', async () => {
    await refute(contended, 2, {
      file: FIND_FILE,
      find: '    if (entry != EMPTY) return entry; // a lost race',
      put: '    if (entry >= 0) return entry; // a lost race',
    });
  });
});
