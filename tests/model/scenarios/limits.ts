import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelMemory } from '../memory.ts';
import type { Call, Program } from '../vthread.ts';

const HANDLER = 1;
const RUNNER = 1;
const SUBMITTER = 2;
const TIMEOUT_MS = 10;
const GRACE_MS = 10;
/** Whatever is due at all. */
const LATE_MS = 1001;

function submit(flags: number): Call {
  return ['submit', HANDLER, codes.NORMAL, flags, 0, 0, 0, 0];
}

function isCondemned(model: ModelMemory): boolean {
  return (model.word(model.slot(0) + layout.SLOT_STATE) & 0xff) === codes.CONDEMNED;
}

function askedBy(model: ModelMemory): number {
  const generation = model.word(model.slot(0) + layout.SLOT_STATE + 4);
  return model.word(model.slot(0) + layout.SLOT_CANCEL) ^ (generation << codes.ASKED_SHIFT);
}

/** Task 0 is over when the host comes to keep its limit, and its slot is another task's. */
function lateKeeper(askedFirst: boolean): Scenario {
  return {
    config: { workers: 2, capacity: 1 },
    roles: [host, workerRole(0), workerRole(1)],
    setUp(call) {
      call(SUBMITTER, 'setLimits', TIMEOUT_MS, GRACE_MS);
      call(SUBMITTER, ...submit(codes.META_TIMED));
      call(RUNNER, 'claimTask', call(RUNNER, 'findTask'));
      if (askedFirst) call(SUBMITTER, 'requestCancel', 0, GRACE_MS);
    },
    run(model) {
      let ended = false;
      let again = false;
      let lost = false;
      let kept = false;
      let asked = 0;
      function* keep(): Program {
        yield ['keepLimits', LATE_MS];
        yield ['keepLimits', 2 * LATE_MS];
        kept = true;
      }
      function* work(): Program {
        lost = (yield ['finish', 0, codes.DONE, codes.TAG_NUMBER, 7, 0, 0]) === codes.LOST_RACE;
        ended = true;
        if (lost) return;
        while (!again) yield ['await'];
        assert.equal(yield ['claimTask', yield ['findTask']], 1);
        while (!kept) yield ['await'];
        asked = yield ['isCancelRequested', 0];
      }
      function* reuse(): Program {
        while (!ended) yield ['await'];
        if (lost) return;
        assert.equal(yield ['drain', 1], 1);
        assert.equal(yield submit(0), 0);
        again = true;
      }
      return {
        programs: [keep(), work(), reuse()],
        end() {
          if (lost) return;
          assert.ok(!isCondemned(model), 'the next task was taken from its worker');
          assert.equal(asked, 0, 'the next task was asked to stop');
        },
      };
    },
  };
}

export const lateRequest = lateKeeper(false);
export const lateCondemnation = lateKeeper(true);

/** Two threads write limits while the host looks: it looks again in time for both. */
export const nobodyForgotten: Scenario = {
  config: { workers: 2, capacity: 4 },
  roles: [host, workerRole(0), workerRole(1)],
  setUp() {
    // Nothing is planned.
  },
  run(model) {
    const SOONEST_MS = 11;
    function* keep(): Program {
      yield ['keepLimits', 0];
    }
    function* expect(timeoutMs: number): Program {
      yield ['setLimits', timeoutMs, GRACE_MS];
      yield submit(codes.META_TIMED);
      yield ['expectLimit', timeoutMs];
    }
    return {
      programs: [keep(), expect(SOONEST_MS), expect(2 * SOONEST_MS)],
      end() {
        const planned = model.word(layout.LIMIT_LOOK);
        assert.ok(planned !== 0, 'no look is planned');
        assert.ok(planned <= SOONEST_MS, `the next look is at ${String(planned)}`);
      },
    };
  },
};

/** The host asks a task to stop in the moment in which its submitter does: the submitter's wish holds, and its time. */
export const bothAsk: Scenario = {
  config: { workers: 2, capacity: 4 },
  roles: [host, workerRole(0), workerRole(1)],
  setUp(call) {
    call(SUBMITTER, 'setLimits', TIMEOUT_MS, GRACE_MS);
    call(SUBMITTER, ...submit(codes.META_TIMED));
    call(RUNNER, 'claimTask', call(RUNNER, 'findTask'));
  },
  run(model) {
    function* keep(): Program {
      yield ['keepLimits', LATE_MS];
    }
    function* ask(): Program {
      yield ['requestCancel', 0, LATE_MS + GRACE_MS];
      yield ['expectLimit', LATE_MS + GRACE_MS];
    }
    return {
      programs: [keep(), idle(), ask()],
      end() {
        assert.equal(askedBy(model), codes.ASKED_BY_SUBMITTER);
        const planned = model.word(layout.LIMIT_LOOK);
        assert.ok(planned !== 0 && planned <= LATE_MS + GRACE_MS, `the next look is at ${String(planned)}`);
      },
    };
  },
};

function* idle(): Program {
  yield ['pause'];
}
