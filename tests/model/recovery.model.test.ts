import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as codes from '../../src/abi/codes.ts';
import * as layout from '../../src/abi/layout.ts';
import { auditMemory } from '../support/audit.ts';
import { check, host, refute, workerRole } from './check.ts';
import type { Scenario } from './explorer.ts';
import type { ModelConfig, ModelMemory } from './memory.ts';
import type { Call, Program } from './vthread.ts';

const HANDLER = 1;
const MORTAL = 1;
const SUCCESSOR = 2;
const HALF_PAGE = layout.PAGE_BYTES / 2;

/** What all threads of a run know: whether the mortal one has been recovered, and how each task ended. */
class Story {
  recovered = false;
  over = false;
  readonly ended: (readonly [index: number, tag: number])[] = [];
  readonly runs: number[] = [];
  /** Whether the mortal thread is dead, or through. */
  readonly gone: () => boolean;

  constructor(gone: () => boolean) {
    this.gone = gone;
  }

  get lost(): number {
    return this.ended.filter(([, tag]) => tag === codes.TAG_WORKER_LOST).length;
  }
}

/** A worker with handlers that do nothing. */
function* serve(story: Story, model: ModelMemory, index = 0): Program {
  const attention = model.workerBlock(index) + layout.WORKER_ATTENTION;
  const isStuck = (): boolean =>
    model.word(layout.LEVEL_WORD) === 0 && model.word(attention) === 0 && model.queuedEntries().length > 0;
  for (;;) {
    const code = yield ['work', 1000, 0];
    if (code >= 0) {
      story.runs.push(code);
      if ((yield ['finish', code, codes.DONE, codes.TAG_NUMBER, 7, 0, 0]) !== 0) return;
      continue;
    }
    if (code === codes.STOP || code === codes.DOOMED) return;
    if (code !== codes.IDLE || (yield ['spin']) !== 0) continue;
    // An entry keeps it awake that it does not find: who published it died before the announcement, and is not recovered yet.
    while (isStuck()) yield ['await'];
    yield ['park'];
  }
}

/** The worker in the place of the mortal one. */
function* succeed(story: Story, model: ModelMemory): Program {
  while (!story.recovered) {
    if (story.over) return;
    yield ['await'];
  }
  yield* serve(story, model);
}

/** Submits, takes completions, recovers the mortal worker when that is gone, and ends the others when all is done. */
function* host0(story: Story, model: ModelMemory, calls: readonly Call[], tasks: number): Program {
  for (const call of calls) yield call;
  const inbox = model.submitterBlock(0) + layout.SUBMITTER_INBOX;
  const isDone = (): boolean => story.ended.length === tasks && model.queuedEntries().length === 0;
  while (!isDone()) {
    const drained = yield ['drain', 4];
    for (let n = 0; n < drained; ++n) {
      const tag = model.record(0, n, layout.RECORD_META) & 0xff;
      story.ended.push([model.record(0, n, layout.RECORD_INDEX), tag]);
    }
    if (!story.recovered && story.gone()) {
      yield ['recoverWorker', 0];
      story.recovered = true;
    } else if (drained === 0) {
      // As the bell: until something comes, or there is somebody to recover.
      while (model.word(inbox) === 0 && (story.recovered || !story.gone()) && !isDone()) yield ['await'];
    }
  }
  story.over = true;
  yield ['alert', 0, codes.ATTENTION_STOP];
  while (!story.gone()) yield ['await'];
  if (!story.recovered) yield ['recoverWorker', 0];
}

function nothingIsLeft(model: ModelMemory): void {
  const { live, lostSlots, usedBytes, looseBlocks, takenPages, doubles } = auditMemory(model.memory.buffer);
  assert.deepEqual(
    { live, lostSlots, usedBytes, looseBlocks, takenPages, doubles },
    { live: 0, lostSlots: 0, usedBytes: 0, looseBlocks: 0, takenPages: 0, doubles: 0 },
  );
}

interface Shape {
  readonly calls: readonly Call[];
  readonly tasks: number;
  readonly config?: ModelConfig;
  /** How many tasks may be lost. */
  readonly losses?: number;
}

/** The host's tasks: each is settled once, as done or as lost; nothing is left of the dead worker. */
function tasks({ calls, tasks, config = {}, losses = 1 }: Shape): Scenario {
  return {
    config: { workers: 1, capacity: 4, ...config },
    roles: [host, workerRole(0), workerRole(0)],
    mortal: MORTAL,
    run(model, ended) {
      const story = new Story(() => ended(MORTAL));
      return {
        programs: [host0(story, model, calls, tasks), serve(story, model), succeed(story, model)],
        end(asleep) {
          const seen = JSON.stringify(story.ended);
          assert.equal(story.ended.length, tasks, `expected each task to be settled once: ${seen}`);
          assert.ok(story.lost <= losses, `expected at most ${String(losses)} lost: ${seen}`);
          assert.ok(story.runs.length <= tasks + 1, `run too often: ${story.runs.join()}`);
          assert.equal(asleep.includes(SUCCESSOR), false, 'the successor sleeps for ever');
          assert.deepEqual(model.queuedEntries(), []);
          nothingIsLeft(model);
        },
      };
    },
  };
}

function* script(calls: readonly Call[]): Program {
  for (const call of calls) yield call;
}

/** Calls whose last argument is the result of the one so many before, as `-n`. */
function* chained(calls: readonly Call[]): Program {
  const results: number[] = [];
  for (const [name, ...args] of calls) {
    const given = args.map((arg) => (arg < 0 ? (results.at(arg) ?? 0) : arg));
    const none = name.startsWith('slot') ? -1 : 0;
    if (args.some((arg, at) => arg < 0 && given[at] === none)) continue; // there was none to free
    results.push(yield [name, ...given]);
  }
}

function* recoverWhenGone(gone: () => boolean): Program {
  while (!gone()) yield ['await'];
  yield ['recoverWorker', 0];
}

/** A worker that dies while it takes and gives memory: all of it is there afterwards. @param kept slots in its cache and the depot */
function memory(calls: readonly Call[], config: ModelConfig, kept = 0): Scenario {
  return {
    config: { workers: 1, capacity: 4, ...config },
    roles: [host, workerRole(0)],
    mortal: MORTAL,
    setUp(call) {
      const taken = Array.from({ length: kept }, () => call(MORTAL, 'slotAlloc'));
      for (const index of taken) call(MORTAL, 'slotFree', index);
    },
    run(model, ended) {
      return {
        programs: [recoverWhenGone(() => ended(MORTAL)), chained(calls)],
        end() {
          nothingIsLeft(model);
        },
      };
    },
  };
}

/** A worker submits tasks to another one, takes them in, and dies; they are run, and nothing is left of them. */
function nested(calls: readonly Call[]): Scenario {
  return {
    config: { workers: 2, capacity: 4 },
    roles: [host, workerRole(0), workerRole(1), workerRole(0)],
    mortal: MORTAL,
    run(model, ended) {
      const story = new Story(() => ended(MORTAL));
      function* recover(): Program {
        while (!story.gone()) yield ['await'];
        yield ['recoverWorker', 0];
        story.recovered = true;
        // Until its successor has taken out what still comes.
        const foreign = model.submitterBlock(1) + layout.SUBMITTER_FOREIGN;
        while (model.word(foreign) > 0 || model.queuedEntries().length > 0) yield ['await'];
        yield ['alert', 1, codes.ATTENTION_STOP];
      }
      function* heir(): Program {
        const foreign = model.submitterBlock(1) + layout.SUBMITTER_FOREIGN;
        const attention = model.workerBlock(0) + layout.WORKER_ATTENTION;
        while (!story.recovered) yield ['await'];
        while (model.word(foreign) > 0) {
          while ((model.word(attention) & codes.ATTENTION_DRAIN) === 0 && model.word(foreign) > 0) yield ['await'];
          model.setWord(attention, model.word(attention) & ~codes.ATTENTION_DRAIN);
          const drained = yield ['drain', 4];
          model.setWord(foreign, Math.max(0, model.word(foreign) - drained));
        }
        yield ['drain', 4];
      }
      return {
        programs: [recover(), script(calls), serve(story, model, 1), heir()],
        end(asleep) {
          assert.deepEqual(asleep, [], 'somebody sleeps for ever');
          assert.deepEqual(model.queuedEntries(), []);
          nothingIsLeft(model);
        },
      };
    },
  };
}

const SUBMIT: Call = ['submit', HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];
const URGENT: Call = ['submit', HANDLER, codes.CRITICAL, 0, 0, 0, 0, 0];
const MAIL: Call = ['mail', 0, HANDLER, codes.NORMAL, codes.META_MAILED, 0, 0, 0, 0];

const one = tasks({ calls: [SUBMIT], tasks: 1 });
const two = tasks({ calls: [SUBMIT, URGENT], tasks: 2 });
const again = tasks({ calls: [SUBMIT], tasks: 1, config: { retry: 1 }, losses: 0 });
const searching = tasks({ calls: [SUBMIT, SUBMIT], tasks: 2, config: { spin: 1 } });
const mailed = tasks({ calls: [MAIL, MAIL], tasks: 2 });
const cancelled = tasks({ calls: [SUBMIT, SUBMIT, ['cancel', 1]], tasks: 1 });

const ALLOC_FREE: readonly Call[] = [['slotAlloc'], ['slotFree', -1]];
const fresh = memory([...ALLOC_FREE, ...ALLOC_FREE, ['flush'], ...ALLOC_FREE], { magazine: 2 });
const slots = memory([['flush'], ...ALLOC_FREE, ['flush'], ...ALLOC_FREE], { magazine: 1 }, 4);
const magazines = memory([...ALLOC_FREE, ['flush'], ...ALLOC_FREE], { magazine: 2 }, 4);
const blocks = memory(
  [
    ['allocBlock', HALF_PAGE],
    ['allocBlock', HALF_PAGE],
    ['freeBlock', -1, HALF_PAGE],
    ['freeBlock', -3, HALF_PAGE],
    ['flush'],
  ],
  { poolPages: 2 },
);
const runs = memory(
  [
    ['allocBlock', 2 * layout.PAGE_BYTES],
    ['freeBlock', -1, 2 * layout.PAGE_BYTES],
    ['allocBlock', HALF_PAGE],
    ['freeBlock', -1, HALF_PAGE],
    ['allocBlock', 2 * layout.PAGE_BYTES], // takes the blocks back to their page
    ['freeBlock', -1, 2 * layout.PAGE_BYTES],
  ],
  { poolPages: 2 },
);
const submits = nested([SUBMIT, ['drain', 4]]);
const stages = nested([
  ['stage', 0, HANDLER, codes.NORMAL, 0, 0, 0, 0, 0],
  ['stage', 1, HANDLER, codes.NORMAL, 0, 0, 0, 0, 0],
  ['publish', codes.NORMAL, 2],
]);

describe('recovery model (docs/protocols/recovery.md)', () => {
  it('a worker dies at any step of find, claim, finish, park: one task', () => {
    check(one, { preemptions: 0, full: 2 });
  });
  it('two tasks of different levels; a worker that searches', () => {
    check(two, { preemptions: 0, full: 1 });
    check(searching, { preemptions: 0, full: 1 });
  });
  it('its task is run again', () => {
    check(again, { preemptions: 0, full: 2 });
  });
  it('mail that it had taken out', () => {
    check(mailed, { preemptions: 0, full: 1 });
  });
  it('a cancelled task that it had popped', () => {
    check(cancelled, { preemptions: 0, full: 1 });
  });
  it('slots on their way between cache and depot', () => {
    for (const scenario of [fresh, slots, magazines]) check(scenario, { preemptions: 0, full: 2 });
  });
  it('blocks and pages on their way', () => {
    check(blocks, { preemptions: 0, full: 2 });
    check(runs, { preemptions: 0, full: 2 });
  });
  it('nested tasks on their way to a queue and back', () => {
    check(submits, { preemptions: 0, full: 1 });
    check(stages, { preemptions: 0, full: 1 });
  });
  it('is caught: an entry in hand that is not given back', async () => {
    await refute(one, 0, {
      file: 'assembly/queue/ring.ts',
      find: '  holdEntry(entry);\n  return entry;',
      put: '  return entry;',
    });
  });
});
