import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as codes from '../../src/abi/codes.ts';
import * as layout from '../../src/abi/layout.ts';
import { check, host, refute, workerRole } from './check.ts';
import type { Scenario } from './explorer.ts';
import type { Program } from './vthread.ts';

const STATUS = 255;
/** A start time that the model's clock, which counts looks at it, never tells. */
const LONG_AGO = 1e6;

function* once(name: string, index: number, results: number[]): Program {
  results.push(yield [name, index]);
}

/** A queued slot is claimed or cancelled, not both, not neither. */
function claimAgainstCancel(): Scenario {
  return {
    roles: [host, workerRole(0)],
    setUp(call) {
      call(0, 'slotQueue', call(0, 'slotAlloc'));
    },
    run(model) {
      const cancelled: number[] = [];
      const claimed: number[] = [];
      return {
        programs: [once('slotCancel', 0, cancelled), once('slotClaim', 0, claimed)],
        end() {
          assert.equal(
            Number(cancelled[0]) + Number(claimed[0]),
            1,
            `cancelled ${cancelled.join()} claimed ${claimed.join()}`,
          );
          const status = model.word(model.slot(0)) & STATUS;
          assert.equal(status, claimed[0] === 1 ? codes.RUNNING : codes.CANCELLED);
        },
      };
    },
  };
}

function* cancelAndAsk(statuses: number[]): Program {
  yield ['cancel', 0];
  statuses.push(yield ['statusOfId', 0, 0], yield ['statusOfId', 0, 0]);
}

/** The worker pops the entry, runs it or frees it, and uses the slot for a task of its own. */
function* popAndReuse(reused: number[]): Program {
  const entry = yield ['submissionTake', 0, codes.NORMAL];
  if ((yield ['claimTask', entry]) === 1) {
    yield ['slotFinish', entry, codes.DONE];
    yield ['slotFree', entry];
  }
  const index = yield ['slotAlloc'];
  yield ['slotQueue', index];
  reused.push(index);
}

/** An id of the generation before is never told the status of the slot's next task. */
function staleId(): Scenario {
  return {
    config: { capacity: 1 },
    roles: [host, workerRole(0)],
    setUp(call) {
      call(0, 'submit', 0, codes.NORMAL, 0, 0, 0, 0, 0);
    },
    run(model) {
      const statuses: number[] = [];
      const reused: number[] = [];
      return {
        programs: [cancelAndAsk(statuses), popAndReuse(reused)],
        end() {
          assert.deepEqual(reused, [0]);
          const allowed = [codes.RUNNING, codes.DONE, codes.CANCELLED, codes.STALE];
          for (const status of statuses) assert.ok(allowed.includes(status), `status ${String(status)}`);
          assert.equal(model.word(model.slot(0) + 4), 1, 'freed once');
        },
      };
    },
  };
}

/** Pops, writes over what it got as a task would, pushes it back. */
function* popAndPush(held: Set<number>, times: number): Program {
  for (let i = 0; i < times; ++i) {
    const index = yield ['magazinePop'];
    if (index < 0) continue;
    assert.ok(!held.has(index), `magazine ${String(index)} was popped twice`);
    held.add(index);
    yield ['magazineScribble', index, 0x7fff_fff0];
    yield ['pause'];
    held.delete(index);
    yield ['magazinePush', index];
  }
}

/** A magazine is held by one thread or is in the depot. */
function depot(times: readonly number[]): Scenario {
  return {
    config: { workers: times.length },
    roles: times.map((_, worker) => workerRole(worker)),
    setUp(call) {
      for (let index = 2; index >= 0; --index) call(0, 'magazinePush', index);
    },
    run() {
      const held = new Set<number>();
      return {
        programs: times.map((count) => popAndPush(held, count)),
        end() {
          assert.equal(held.size, 0);
        },
      };
    },
  };
}

function* allocAll(got: number[]): Program {
  for (;;) {
    const index = yield ['slotAlloc'];
    if (index < 0) return;
    got.push(index);
  }
}

/** Threads that race for the last fresh slots get each of them once. */
function freshSlots(capacity: number, magazine: number, threads: number): Scenario {
  return {
    config: { workers: threads, capacity, magazine },
    roles: Array.from({ length: threads }, (_, worker) => workerRole(worker)),
    run() {
      const got = Array.from({ length: threads }, (): number[] => []);
      return {
        programs: got.map((list) => allocAll(list)),
        end() {
          const all = got.flat().sort((a, b) => a - b);
          assert.deepEqual(
            all,
            Array.from({ length: capacity }, (_, i) => i),
            got.join(' | '),
          );
        },
      };
    },
  };
}

function* askStart(answers: number[]): Program {
  for (let i = 0; i < 3; ++i) answers.push(yield ['startedAt', 0]);
}

function* claimOnce(): Program {
  yield ['claimTask', yield ['submissionTake', 0, codes.NORMAL]];
}

/** A task's start time is never that of the task which had its slot before. */
function startTime(): Scenario {
  return {
    config: { capacity: 1 },
    roles: [host, workerRole(0)],
    setUp(call, model) {
      call(0, 'submit', 0, codes.NORMAL, codes.META_TIMED, 0, 0, 0, 0);
      call(0, 'cancel', 0);
      call(1, 'claimTask', call(1, 'submissionTake', 0, codes.NORMAL));
      call(1, 'flush');
      model.setFloat(model.slot(0) + layout.SLOT_STARTED_AT, LONG_AGO);
      call(0, 'submit', 0, codes.NORMAL, codes.META_TIMED, 0, 0, 0, 0);
    },
    run() {
      const answers: number[] = [];
      return {
        programs: [askStart(answers), claimOnce()],
        end() {
          for (const answer of answers) assert.ok(answer < LONG_AGO, `started at ${answers.join()}`);
        },
      };
    },
  };
}

describe('slab model (docs/protocols/slab.md)', () => {
  it('claim against cancel', () => {
    check(claimAgainstCancel(), { preemptions: Infinity, full: Infinity });
  });
  it('cancel, free and reuse against an id of the generation before', () => {
    check(staleId(), { preemptions: Infinity, full: Infinity });
  });
  it('depot: three threads pop and push', () => {
    check(depot([2, 1, 1]), { preemptions: 3, full: 6 });
  });
  it('fresh slots: the racing end', () => {
    check(freshSlots(5, 2, 3), { preemptions: Infinity, full: Infinity });
    check(freshSlots(4, 2, 3), { preemptions: Infinity, full: Infinity });
  });
  it('a start time is never that of the task before', () => {
    check(startTime(), { preemptions: Infinity, full: Infinity });
  });
  it('is caught: the start time of the task before stays', async () => {
    await refute(startTime(), 2, {
      file: 'assembly/worker/submit.ts',
      find: '  if (flags & META_TIMED) storeOwnedF64(slot + SLOT_STARTED_AT, 0);',
      put: '',
    });
  });
  it('is caught: a claim that does not compare', async () => {
    await refute(claimAgainstCancel(), 2, {
      file: 'assembly/memory/slab.ts',
      find: '  return cas64(slot + SLOT_STATE, state, running(state, worker));',
      put: '  return cas64(slot + SLOT_STATE, load64(slot + SLOT_STATE), running(state, worker));',
    });
  });
  it('is caught: the slot keeps its generation', async () => {
    await refute(staleId(), 3, {
      file: 'assembly/memory/state.ts',
      find: '((state & ~LOW_HALF) + ONE_GENERATION) | (FREE as i64)',
      put: '((state & ~LOW_HALF) + (ONE_GENERATION & 0)) | (FREE as i64)',
    });
  });
  it('is caught: a depot without tags', async () => {
    await refute(depot([2, 2]), 4, {
      file: 'assembly/memory/depot.ts',
      find: '((head & ~ADDRESS_MASK) + ONE_TAG) | address',
      put: '((head & ~ADDRESS_MASK) + (ONE_TAG & 0)) | address',
    });
  });
  it('is caught: fresh slots by load and store', async () => {
    await refute(freshSlots(4, 2, 2), 2, {
      file: 'assembly/memory/slab.ts',
      find: 'const first = add32(SLAB_FRESH, magazineSlots);',
      put: 'const first = load32(SLAB_FRESH);\n  store32(SLAB_FRESH, first + magazineSlots);',
    });
  });
});
