import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelMemory } from '../memory.ts';
import type { Program } from '../vthread.ts';

const STATUS = 255;
/** A start time that the model's clock, which counts looks at it, never tells. */
const LONG_AGO = 1e6;

function* once(name: string, index: number, results: number[]): Program {
  results.push(yield [name, index]);
}

/** A queued slot is claimed or cancelled, not both, not neither. */
export function claimAgainstCancel(): Scenario {
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

function* cancelAndAsk(statuses: number[], generation: number): Program {
  yield ['cancel', 0];
  statuses.push(yield ['statusOfId', 0, generation], yield ['statusOfId', 0, generation]);
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
export function staleId(generation = 0): Scenario {
  return {
    config: { capacity: 1 },
    roles: [host, workerRole(0)],
    setUp(call, model) {
      model.setWord(model.slot(0) + layout.SLOT_STATE + 4, generation);
      call(0, 'submit', 0, codes.NORMAL, 0, 0, 0, 0, 0);
    },
    run(model) {
      const statuses: number[] = [];
      const reused: number[] = [];
      return {
        programs: [cancelAndAsk(statuses, generation), popAndReuse(reused)],
        end() {
          assert.deepEqual(reused, [0]);
          const allowed = [codes.RUNNING, codes.DONE, codes.CANCELLED, codes.STALE];
          for (const status of statuses) assert.ok(allowed.includes(status), `status ${String(status)}`);
          assert.equal(model.word(model.slot(0) + layout.SLOT_STATE + 4), (generation + 1) | 0, 'freed once');
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

/** What lies in the depot, by first slot. */
function magazinesOf(model: ModelMemory): number[] {
  const found: number[] = [];
  for (
    let node = model.word(layout.DEPOTS);
    node !== 0 && found.length < 4;
    node = model.word(node + layout.LINK_MAGAZINE)
  ) {
    found.push((node - layout.SLOT_LINKS - model.slot(0)) / layout.SLOT_BYTES);
  }
  return found;
}

/** A magazine is held by one thread or is in the depot. @param tag of the depot's head when it begins */
export function depot(times: readonly number[], tag = 0): Scenario {
  return {
    config: { workers: times.length },
    roles: times.map((_, worker) => workerRole(worker)),
    setUp(call, model) {
      for (let index = 2; index >= 0; --index) call(0, 'magazinePush', index);
      if (tag !== 0) model.setWord(layout.DEPOTS + 4, tag);
    },
    run(model) {
      const held = new Set<number>();
      return {
        programs: times.map((count) => popAndPush(held, count)),
        end() {
          assert.equal(held.size, 0);
          assert.deepEqual(
            magazinesOf(model).sort((a, b) => a - b),
            [0, 1, 2],
          );
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

function* allocAndFree(slots: number, rounds: number): Program {
  for (let round = 0; round < rounds; ++round) {
    const got: number[] = [];
    for (let left = slots; left > 0; --left) got.push(yield ['slotAlloc']);
    for (const index of got) yield ['slotFree', index];
  }
  yield ['flush'];
}

function* allocAllAfter(got: number[], isOver: () => boolean): Program {
  while (!isOver()) yield ['pause'];
  yield* allocAll(got);
}

/** One thread uses all slots and goes to sleep; then another gets each of them once. */
export function magazines(): Scenario {
  const capacity = 4;
  return {
    config: { workers: 2, capacity, magazine: 2 },
    roles: [workerRole(0), workerRole(1)],
    run(_model, ended) {
      const got: number[] = [];
      return {
        programs: [allocAndFree(capacity, 2), allocAllAfter(got, () => ended(0))],
        end() {
          assert.deepEqual(
            got.toSorted((a, b) => a - b),
            [0, 1, 2, 3],
          );
        },
      };
    },
  };
}

/** Threads that race for the last fresh slots get each of them once. */
export function freshSlots(capacity: number, magazine: number, threads: number): Scenario {
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
export function startTime(): Scenario {
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
