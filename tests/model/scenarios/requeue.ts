import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { Call, Program } from '../vthread.ts';

const HANDLER = 1;
const MORTAL = 1;
const OTHER = 2;
const MAIL: Call = ['mail', 0, HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];
const SUBMIT: Call = ['submit', HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];

function* once(call: Call): Program {
  yield call;
}

function* recover(gone: () => boolean, done: () => void): Program {
  while (!gone()) yield ['await'];
  yield ['recoverWorker', 0];
  done();
}

// When the other one was recovered: looks for work so often.
function* lookAfter(recovered: () => boolean, call: Call, found: number[]): Program {
  while (!recovered()) yield ['await'];
  found.push(yield call);
}

/** Mail of a worker that died before or while it ran it: its successor has it, and nobody else. */
export const mailOfTheLost: Scenario = {
  config: { workers: 2, capacity: 4, retry: 1 },
  roles: [host, workerRole(0), workerRole(1), workerRole(0)],
  mortal: MORTAL,
  setUp(call) {
    call(0, ...MAIL);
  },
  run(_model, ended) {
    let recovered = false;
    const others: number[] = [];
    const successors: number[] = [];
    const isRecovered = (): boolean => recovered;
    return {
      programs: [
        recover(
          () => ended(MORTAL),
          () => {
            recovered = true;
          },
        ),
        once(['work', 1000, 0]),
        lookAfter(isRecovered, ['findTask'], others),
        lookAfter(isRecovered, ['work', 1000, 0], successors),
      ],
      end() {
        assert.deepEqual({ others, successors }, { others: [codes.EMPTY], successors: [0] });
      },
    };
  },
};

/** A nested task that is queued again is where lent places look for it. */
export const nestedOfTheLost: Scenario = {
  config: { workers: 2, capacity: 4, retry: 1 },
  roles: [host, workerRole(0), workerRole(1)],
  mortal: MORTAL,
  setUp(call) {
    call(0, 'slotAlloc'); // what stands in a queue that was not used
    call(OTHER, ...SUBMIT);
    call(OTHER, ...SUBMIT);
  },
  run(model, ended) {
    let recovered = false;
    const found: number[] = [];
    const states = [1, 2].map((index) => model.slot(index) + layout.SLOT_STATE);
    function* lentPlace(): Program {
      while (!recovered) yield ['await'];
      while (states.some((state) => (model.word(state) & 0xff) === codes.QUEUED)) {
        found.push(yield ['work', 1000, 1]);
        assert.notEqual(found.at(-1), codes.IDLE, 'a lent place does not find it');
      }
    }
    return {
      programs: [
        recover(
          () => ended(MORTAL),
          () => {
            recovered = true;
          },
        ),
        once(['work', 1000, 0]),
        lentPlace(),
      ],
      end() {
        assert.deepEqual(found.toSorted(), [1, 2]);
      },
    };
  },
};

/** As it had staged entries of its own, which stand where that goes. */
export const nestedBehindStaged: Scenario = {
  ...nestedOfTheLost,
  setUp(call) {
    call(0, 'slotAlloc');
    call(OTHER, ...SUBMIT);
    call(MORTAL, 'stage', 0, HANDLER, codes.NORMAL, 0, 0, 0, 0, 0);
  },
};

/** Who delivers a task of a thread that is gone dies on the way: the successor of that is told. */
export const delivererDies: Scenario = {
  config: { workers: 2, capacity: 4 },
  roles: [host, workerRole(0), workerRole(1)],
  mortal: OTHER,
  setUp(call) {
    call(MORTAL, ...SUBMIT);
    call(OTHER, 'claimTask', call(OTHER, 'findTask'));
    call(0, 'recoverWorker', 0);
  },
  run(model, ended) {
    function* recoverDeliverer(): Program {
      while (!ended(OTHER)) yield ['await'];
      yield ['recoverWorker', 1];
    }
    return {
      programs: [recoverDeliverer(), once(['pause']), once(['finish', 0, codes.DONE, codes.TAG_NUMBER, 7, 0, 0])],
      end() {
        if (model.word(model.submitterBlock(1) + layout.SUBMITTER_INBOX) === 0) return;
        const attention = model.word(model.workerBlock(0) + layout.WORKER_ATTENTION);
        assert.ok((attention & codes.ATTENTION_DRAIN) !== 0, 'expected the place to be told');
      },
    };
  },
};

/** A task that is taken from its worker while a recovery queues it again was lost once. */
export const takenWhileRetried: Scenario = {
  config: { workers: 2, capacity: 4, retry: 2 },
  roles: [host, workerRole(0), workerRole(1)],
  mortal: MORTAL,
  setUp(call) {
    call(OTHER, ...SUBMIT);
    call(MORTAL, 'claimTask', call(MORTAL, 'findTask'));
  },
  run(model, ended) {
    return {
      programs: [
        recover(
          () => ended(MORTAL),
          () => undefined,
        ),
        once(['pause']),
        once(['condemn', 0]),
      ],
      end() {
        const slot = model.slot(0);
        if ((model.word(slot + layout.SLOT_STATE) & 0xff) !== codes.FAILED) return;
        const told = model.f64[(slot + layout.SLOT_VALUE) >> 3] ?? NaN;
        assert.equal(Math.floor(told / layout.MAX_WORKERS), 1, 'expected one loss');
      },
    };
  },
};

/** A task that was lost once already, and may be lost once: it is not run a third time. */
export const lostTwice: Scenario = {
  config: { workers: 1, capacity: 4, retry: 1 },
  roles: [host, workerRole(0), workerRole(0)],
  mortal: MORTAL,
  setUp(call) {
    call(0, ...SUBMIT);
    call(MORTAL, 'claimTask', call(MORTAL, 'findTask'));
    call(0, 'recoverWorker', 0);
  },
  run(_model, ended) {
    let recovered = false;
    const runs: number[] = [];
    function* runOnce(): Program {
      runs.push(yield ['work', 1000, 0]);
      yield ['finish', 0, codes.DONE, codes.TAG_NUMBER, 7, 0, 0];
    }
    return {
      programs: [
        recover(
          () => ended(MORTAL),
          () => {
            recovered = true;
          },
        ),
        runOnce(),
        lookAfter(() => recovered, ['work', 1000, 0], runs),
      ],
      end() {
        assert.ok(runs.filter((code) => code >= 0).length <= 1, 'expected the second run to be the last');
      },
    };
  },
};

/** A task that was asked to stop is not run again: nobody wants its result. */
export const stopped: Scenario = {
  config: { workers: 1, capacity: 4, retry: 1 },
  roles: [host, workerRole(0)],
  mortal: MORTAL,
  setUp(call) {
    call(0, ...SUBMIT);
    call(MORTAL, 'claimTask', call(MORTAL, 'findTask'));
  },
  run(model, ended) {
    function* stop(): Program {
      yield ['requestCancel', 0];
      yield* recover(
        () => ended(MORTAL),
        () => undefined,
      );
    }
    return {
      programs: [stop(), once(['finish', 0, codes.DONE, codes.TAG_NUMBER, 7, 0, 0])],
      end() {
        const status = model.word(model.slot(0) + layout.SLOT_STATE) & 0xff;
        assert.ok([codes.DONE, codes.FAILED].includes(status), `expected it to have ended, got ${String(status)}`);
      },
    };
  },
};

/** A start time that the model's clock, which stands still, never tells. */
const LONG_AGO = 1e9;

/** The clock of a task that is run again starts again: nobody sees the start of the run that was lost. */
export const timed: Scenario = {
  config: { workers: 1, capacity: 4, retry: 1 },
  roles: [host, workerRole(0), workerRole(0)],
  mortal: MORTAL,
  setUp(call, model) {
    call(0, 'submit', HANDLER, codes.NORMAL, codes.META_TIMED, 0, 0, 0, 0);
    call(MORTAL, 'claimTask', call(MORTAL, 'findTask'));
    model.setFloat(model.slot(0) + layout.SLOT_STARTED_AT, LONG_AGO);
  },
  run(_model, ended) {
    let recovered = false;
    const answers: number[] = [];
    function* ask(): Program {
      yield* recover(
        () => ended(MORTAL),
        () => {
          recovered = true;
        },
      );
      for (let n = 0; n < 3; ++n) answers.push(yield ['startedAt', 0]);
    }
    return {
      programs: [ask(), once(['pause']), lookAfter(() => recovered, ['work', 1000, 0], [])],
      end() {
        for (const answer of answers) assert.ok(answer < LONG_AGO, `started at ${answers.join()}`);
      },
    };
  },
};
