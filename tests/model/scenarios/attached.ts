import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelMemory } from '../memory.ts';
import type { Call, Program } from '../vthread.ts';
import { nothingIsLeft } from './left.ts';

const HANDLER = 1;
const MORTAL = 2;
const SUBMITTER = 2;
const HALF_PAGE = layout.PAGE_BYTES / 2;
const SUBMIT: Call = ['submit', HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];
const SPARE: Call = ['submit', HANDLER, codes.NORMAL, codes.META_SPARE, 0, 0, 0, 0];
const KEPT: Call = ['submit', HANDLER, codes.NORMAL, codes.META_KEPT, 0, 0, 0, 0];

// An entry that the worker does not find: who published it died before the announcement, and is not recovered yet.
function isStuck(model: ModelMemory): boolean {
  const attention = model.workerBlock(0) + layout.WORKER_ATTENTION;
  return model.word(layout.LEVEL_WORD) === 0 && model.word(attention) === 0 && model.queuedEntries().length > 0;
}

/** @param results each task ends with half a page */
function* serve(model: ModelMemory, results: boolean): Program {
  for (;;) {
    const code = yield ['work', 1000, 0];
    if (code >= 0) {
      const block = results ? yield ['allocBlock', HALF_PAGE] : 0;
      const tag = block === 0 ? codes.TAG_NUMBER : codes.TAG_KERNEL_BYTES;
      yield ['finish', code, codes.DONE, tag, 7, block, block === 0 ? 0 : HALF_PAGE];
      continue;
    }
    if (code === codes.STOP) return;
    if ((yield ['spin']) !== 0) continue;
    while (isStuck(model)) yield ['await'];
    yield ['park'];
  }
}

// Clears the place as often as somebody calls, until nothing is to come.
function* recover(model: ModelMemory, gone: () => boolean): Program {
  while (!gone()) yield ['await'];
  let seen = model.word(layout.HOST_CALLS);
  for (let left = yield ['recoverAttached', SUBMITTER]; left > 0; left = yield ['clearPlace', SUBMITTER]) {
    while (model.word(layout.HOST_CALLS) === seen) yield ['await'];
    seen = model.word(layout.HOST_CALLS);
  }
  while (model.queuedEntries().length > 0) yield ['await'];
  yield ['alert', 0, codes.ATTENTION_STOP];
  yield ['flush'];
}

/** Takes completions and frees what they own, those that were kept as well. */
function* drain(model: ModelMemory, most = 4): Program {
  const records = model.submitterBlock(SUBMITTER) + layout.SUBMITTER_RECORDS;
  const drained = yield ['drain', most];
  for (let n = 0; n < drained; ++n) {
    const index = model.record(SUBMITTER, n, layout.RECORD_INDEX);
    const kept = (model.record(SUBMITTER, n, layout.RECORD_META) & codes.META_KEPT) !== 0;
    if (kept) yield ['readKept', index];
    const at = kept ? 0 : n;
    if (model.record(SUBMITTER, at, layout.RECORD_LENGTH) !== 0) {
      yield ['freeRecord', records + at * layout.RECORD_BYTES];
    }
    if (kept) yield ['release', index];
  }
}

/** An attached thread dies at any step: what it had submitted is run, and nothing of it is left. */
function attached(life: (model: ModelMemory) => Program, { results = true, capacity = 4 } = {}): Scenario {
  return {
    config: { workers: 1, submitters: 3, capacity, poolPages: 3 },
    roles: [host, workerRole(0), { submitter: SUBMITTER, worker: -1 }],
    mortal: MORTAL,
    run(model, ended) {
      return {
        programs: [recover(model, () => ended(MORTAL)), serve(model, results), life(model)],
        end(asleep) {
          assert.deepEqual(asleep, [], 'somebody sleeps for ever');
          assert.deepEqual(model.queuedEntries(), []);
          nothingIsLeft(model);
        },
      };
    },
  };
}

/** An attached thread dies while it takes out what has ended: the recovery itself frees it, and its place is free at once. */
export const ended: Scenario = {
  config: { workers: 1, submitters: 3, capacity: 4 },
  roles: [host, workerRole(0), { submitter: SUBMITTER, worker: -1 }],
  mortal: MORTAL,
  setUp(call) {
    for (let n = 0; n < 3; ++n) call(SUBMITTER, ...SUBMIT);
    for (let n = 0; n < 3; ++n) {
      const index = call(1, 'findTask');
      call(1, 'claimTask', index);
      call(1, 'finish', index, codes.DONE, codes.TAG_NUMBER, 7, 0, 0);
    }
  },
  run(model, isOver) {
    let left = -1;
    function* recoverOnce(): Program {
      while (!isOver(MORTAL)) yield ['await'];
      left = yield ['recoverAttached', SUBMITTER];
    }
    function* nothing(): Program {
      yield ['pause'];
    }
    return {
      programs: [recoverOnce(), nothing(), drain(model, 2)],
      end() {
        assert.equal(left, 0);
        nothingIsLeft(model);
      },
    };
  },
};

function* submitBytes(submit: (block: number) => Call): Program {
  yield submit(yield ['allocBlock', HALF_PAGE]);
}

function submission(block: number): Call {
  return ['submit', HANDLER, codes.NORMAL, 0, codes.TAG_KERNEL_BYTES, 0, block, HALF_PAGE];
}

export const payload = attached(function* (model) {
  yield* submitBytes(submission);
  yield* drain(model);
});
export const cancelled = attached(
  function* (model) {
    yield* submitBytes(submission);
    yield ['cancel', 0];
    yield* drain(model);
  },
  { results: false },
);
export const kept = attached(function* (model) {
  yield KEPT;
  yield* drain(model);
  yield* drain(model);
});
export const spare = attached(
  function* () {
    for (let n = 0; n < 3; ++n) yield SUBMIT;
    yield SPARE;
    yield ['drain', 2];
    yield ['drain', 4];
  },
  { results: false, capacity: 3 },
);
export const staged = attached(
  function* (model) {
    for (let n = 0; n < 2; ++n) {
      yield* submitBytes((block) => [
        'stage',
        n,
        HANDLER,
        codes.NORMAL,
        0,
        codes.TAG_KERNEL_BYTES,
        0,
        block,
        HALF_PAGE,
      ]);
    }
    yield ['publish', codes.NORMAL, 2];
    yield* drain(model);
  },
  { results: false },
);
