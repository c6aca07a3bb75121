/** A worker dies beside another one that lives on, steals from it, is robbed by it, or sleeps. */
import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelMemory } from '../memory.ts';
import type { Call, Program } from '../vthread.ts';
import { nothingIsLeft } from './left.ts';

const KERNEL = 0;
const HANDLER = 1;
/** Threads, beside the host. */
const FIRST = 1;
const SECOND = 2;
const BATCH = 4;
const SUBMIT: Call = ['submit', HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];

/** A worker of kernels, which are not run. It looks when there is something to see. */
function* takeKernels(model: ModelMemory, runs: number[], isOver: () => boolean): Program {
  for (;;) {
    while (model.word(layout.LEVEL_WORD) === 0 || model.queuedEntries().length === 0) {
      if (isOver()) return;
      yield ['await'];
    }
    const entry = yield ['findTask'];
    if (entry < 0 || (yield ['claimTask', entry]) === 0) continue;
    runs.push(entry);
    yield ['finish', entry, codes.DONE, codes.TAG_NUMBER, 7, 0, 0];
  }
}

// Takes completions, and recovers the worker when that is gone.
function* settle(model: ModelMemory, lost: number, gone: () => boolean, ended: number[], tasks: number): Program {
  const inbox = model.submitterBlock(0) + layout.SUBMITTER_INBOX;
  let recovered = false;
  while (ended.length < tasks || !recovered) {
    const drained = yield ['drain', BATCH];
    for (let n = 0; n < drained; ++n) ended.push(model.record(0, n, layout.RECORD_INDEX));
    if (!recovered && gone()) {
      yield ['recoverWorker', lost];
      recovered = true;
    } else if (drained === 0) {
      while (model.word(inbox) === 0 && (recovered || !gone())) yield ['await'];
    }
  }
}

/** The first worker has run one of a batch and has three in its run queue, of which the second steals half. One of them dies. */
function theft(mortal: number): Scenario {
  return {
    config: { workers: 2, capacity: BATCH, kernelMeansUs: [1] },
    roles: [host, workerRole(0), workerRole(1)],
    mortal,
    setUp(call) {
      for (let n = 0; n < BATCH; ++n) call(0, 'submit', KERNEL, codes.NORMAL, 0, 0, 0, 0, 0);
      const entry = call(FIRST, 'submissionMove', 0, codes.NORMAL, BATCH);
      call(FIRST, 'claimTask', entry);
      call(FIRST, 'finish', entry, codes.DONE, codes.TAG_NUMBER, 7, 0, 0);
    },
    run(model, ended) {
      const settled: number[] = [];
      const runs: number[] = [];
      const isOver = (): boolean => settled.length === BATCH;
      return {
        programs: [
          settle(model, mortal - FIRST, () => ended(mortal), settled, BATCH),
          takeKernels(model, runs, isOver),
          takeKernels(model, runs, isOver),
        ],
        end() {
          assert.deepEqual(settled.toSorted(), [0, 1, 2, 3], 'expected each task to be settled once');
          assert.equal(new Set(runs).size, runs.length, `run twice: ${runs.join()}`);
          assert.deepEqual(model.queuedEntries(), []);
          nothingIsLeft(model);
        },
      };
    },
  };
}

/** A worker is robbed while it dies. */
export const robbed = theft(FIRST);
/** A worker dies while it steals. */
export const thief = theft(SECOND);

function* serve(runs: number[]): Program {
  while (runs.length === 0) {
    const code = yield ['work', 1000, 0];
    if (code >= 0) {
      runs.push(code);
      yield ['finish', code, codes.DONE, codes.TAG_NUMBER, 7, 0, 0];
    } else if (code === codes.IDLE && (yield ['spin']) === 0) {
      yield ['park'];
      yield ['pause']; // awake beside an entry that is not announced yet: its publisher goes on
    }
  }
}

function* lookForWork(): Program {
  if ((yield ['work', 1000, 0]) === codes.IDLE && (yield ['spin']) === 0) yield ['park'];
}

/** A worker dies searching, or asleep: who submits afterwards wakes the other one. */
export const bystander: Scenario = {
  config: { workers: 2, capacity: 4, spin: 1 },
  roles: [host, workerRole(0), workerRole(1)],
  mortal: FIRST,
  run(model, ended) {
    const runs: number[] = [];
    const park = model.workerBlock(1) + layout.WORKER_PARK;
    function* submitWhenGone(): Program {
      while (!ended(FIRST)) yield ['await'];
      yield ['recoverWorker', 0];
      while (model.word(park) !== codes.PARK_PARKED) yield ['await']; // all were woken: until the other one sleeps again
      yield SUBMIT;
    }
    return {
      programs: [submitWhenGone(), lookForWork(), serve(runs)],
      end(asleep) {
        if (!ended(FIRST)) return; // it sleeps
        assert.deepEqual({ asleep, runs, left: model.queuedEntries() }, { asleep: [], runs: [0], left: [] });
      },
    };
  },
};

/** A worker dies while it delivers to an attached thread that is about to sleep: that one gets the completion. */
export const bell: Scenario = {
  config: { workers: 1, submitters: 3, capacity: 4 },
  roles: [host, workerRole(0), { submitter: 2, worker: -1 }],
  mortal: FIRST,
  setUp(call) {
    call(SECOND, ...SUBMIT);
    call(FIRST, 'claimTask', call(FIRST, 'findTask'));
  },
  run(model, ended) {
    let drained = 0;
    function* recover(): Program {
      while (!ended(FIRST)) yield ['await'];
      yield ['recoverWorker', 0];
    }
    function* finish(): Program {
      yield ['finish', 0, codes.DONE, codes.TAG_NUMBER, 7, 0, 0];
    }
    function* sleep(): Program {
      while (drained === 0) {
        drained += yield ['drain', 4];
        if (drained === 0 && (yield ['arm', codes.ARMED_ALL]) !== 0) yield ['bellWait', codes.ARMED_ALL];
      }
    }
    return {
      programs: [recover(), finish(), sleep()],
      end(asleep) {
        assert.deepEqual({ asleep, drained }, { asleep: [], drained: 1 });
        nothingIsLeft(model);
      },
    };
  },
};
