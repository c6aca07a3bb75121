import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelMemory } from '../memory.ts';
import type { Call, Program } from '../vthread.ts';

const HANDLER = 1;
const VICTIM = 1;
const CONDEMNER = 2;
const SUBMIT: Call = ['submit', HANDLER, codes.NORMAL, 0, 0, 0, 0, 0];

function statusOf(model: ModelMemory): number {
  return model.word(model.slot(0) + layout.SLOT_STATE) & 0xff;
}

function isDoomed(model: ModelMemory): boolean {
  return (model.word(model.workerBlock(0) + layout.WORKER_ATTENTION) & codes.ATTENTION_DOOM) !== 0;
}

// Worker 1 has submitted a task, and worker 0 runs it.
function runningTask(call: (thread: number, ...call: Call) => number): void {
  call(CONDEMNER, ...SUBMIT);
  call(VICTIM, 'claimTask', call(VICTIM, 'findTask'));
}

function* condemn(): Program {
  yield ['condemn', 0];
}

function* recover(worker: number, gone: () => boolean): Program {
  while (!gone()) yield ['await'];
  yield ['recoverWorker', worker];
}

/** Who takes a task from its worker dies on the way: the worker is doomed all the same, and the host knows. */
export const condemnerDies: Scenario = {
  config: { workers: 2, capacity: 4 },
  roles: [host, workerRole(0), workerRole(1)],
  mortal: CONDEMNER,
  setUp: runningTask,
  run(model, ended) {
    let finished = -1;
    function* finish(): Program {
      while (!ended(CONDEMNER)) yield ['await'];
      finished = yield ['finish', 0, codes.DONE, codes.TAG_NUMBER, 7, 0, 0];
    }
    return {
      programs: [recover(1, () => ended(CONDEMNER)), finish(), condemn()],
      end() {
        if (statusOf(model) !== codes.CONDEMNED) return;
        assert.equal(finished, codes.LOST_RACE);
        assert.ok(model.word(layout.HOST_CALLS) > 0, 'expected the host to be called');
      },
    };
  },
};

/** The same, of a task that does not end: the recovery dooms its worker. */
export const endless: Scenario = {
  ...condemnerDies,
  run(model, ended) {
    return {
      programs: [recover(1, () => ended(CONDEMNER)), idle(), condemn()],
      end() {
        if (statusOf(model) === codes.CONDEMNED) assert.ok(isDoomed(model), 'expected its worker to be doomed');
      },
    };
  },
};

function* idle(): Program {
  yield ['pause'];
}

/** A doom that comes late leaves the successor of its victim alone, and one that counts is seen. */
export const lateDoom: Scenario = {
  config: { workers: 2, capacity: 4 },
  roles: [host, workerRole(0), workerRole(1), workerRole(0)],
  mortal: VICTIM,
  setUp(call) {
    runningTask(call);
    call(CONDEMNER, ...SUBMIT);
  },
  run(model, ended) {
    let recovered = false;
    let code = 0;
    function* recoverVictim(): Program {
      yield* recover(0, () => ended(VICTIM));
      recovered = true;
    }
    function* succeed(): Program {
      while (!recovered) yield ['await'];
      code = yield ['work', 1000, 0];
    }
    return {
      programs: [recoverVictim(), idle(), condemn(), succeed()],
      end() {
        assert.notEqual(code, codes.DOOMED, 'the successor is doomed');
        assert.equal(statusOf(model), codes.FAILED);
      },
    };
  },
};

/** A worker whose task is taken sees it, whatever it does meanwhile. */
export const seenDoom: Scenario = {
  config: { workers: 2, capacity: 4 },
  roles: [workerRole(0), workerRole(1)],
  setUp(call) {
    call(1, ...SUBMIT);
    call(0, 'claimTask', call(0, 'findTask'));
    call(1, 'alert', 0, codes.ATTENTION_DOOM); // a late one
  },
  run(model) {
    const seen: number[] = [];
    function* work(): Program {
      for (let n = 0; n < 2; ++n) seen.push(yield ['work', 1000, 0]);
    }
    return {
      programs: [work(), condemn()],
      end() {
        assert.equal(statusOf(model), codes.CONDEMNED);
        assert.ok(isDoomed(model), `expected the worker to be doomed, it saw ${seen.join()}`);
      },
    };
  },
};
