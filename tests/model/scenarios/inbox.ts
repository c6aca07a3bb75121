import assert from 'node:assert/strict';
import * as codes from '../../../src/abi/codes.ts';
import * as layout from '../../../src/abi/layout.ts';
import { host, workerRole } from '../check.ts';
import type { Scenario } from '../explorer.ts';
import type { ModelMemory } from '../memory.ts';
import type { Program } from '../vthread.ts';

const ONLY_INBOX = { capacity: 4, workers: 2 };

/** Takes, claims and finishes so many tasks. */
function* worker(finished: number[], tasks: number): Program {
  while (finished.length < tasks) {
    const entry = yield ['submissionTake', 0, codes.NORMAL];
    if (entry < 0) continue;
    yield ['claimTask', entry];
    yield ['finish', entry, codes.DONE, codes.TAG_NUMBER, entry, 0, 0];
    finished.push(entry);
  }
}

/** Works until nothing is left: then it rings whoever naps. */
function* busyWorker(finished: number[]): Program {
  for (let entry = yield ['work', 0, 0]; entry !== codes.IDLE; entry = yield ['work', 0, 0]) {
    yield ['finish', entry, codes.DONE, codes.TAG_NUMBER, entry, 0, 0];
    finished.push(entry);
  }
}

function* owner(model: ModelMemory, drained: number[], tasks: number, bell: number): Program {
  while (drained.length < tasks) {
    const count = yield ['drain', 8];
    for (let i = 0; i < count; ++i) {
      drained.push(model.record(0, i, layout.RECORD_INDEX));
      assert.equal(model.record(0, i, layout.RECORD_META) >>> layout.RECORD_STATUS_SHIFT, codes.DONE);
    }
    if (count === 0 && (yield ['arm', bell]) === 1) yield ['bellWait', bell];
  }
  yield ['disarm'];
}

/** The owner drains, arms and sleeps; every completion arrives once, in the order of its worker, and nobody sleeps on. */
export function delivery(counts: readonly number[], bell = codes.ARMED_ALL): Scenario {
  const tasks = counts.reduce((sum, count) => sum + count, 0);
  return {
    config: { ...ONLY_INBOX, workers: counts.length },
    roles: [host, ...counts.map((_, w) => workerRole(w))],
    setUp(call) {
      for (let i = 0; i < tasks; ++i) call(0, 'submit', 0, codes.NORMAL, 0, 0, 0, 0, 0);
    },
    run(model) {
      const drained: number[] = [];
      const finished = counts.map((): number[] => []);
      return {
        programs: [
          owner(model, drained, tasks, bell),
          ...finished.map((list, w) => (bell === codes.ARMED_ALL ? worker(list, counts[w] ?? 0) : busyWorker(list))),
        ],
        end(asleep) {
          const seen = `drained ${drained.join()} finished ${finished.join(' | ')}`;
          assert.deepEqual(asleep, [], `expected nobody asleep: ${seen}`);
          assert.deepEqual(
            drained.toSorted((a, b) => a - b),
            finished.flat().sort((a, b) => a - b),
            seen,
          );
          for (const list of finished)
            assert.deepEqual(
              drained.filter((entry) => list.includes(entry)),
              list,
              seen,
            );
        },
      };
    },
  };
}

function* sender(times: number): Program {
  for (let i = 0; i < times; ++i) yield ['mail', 0, 0, codes.NORMAL, 0, 0, 0, 0, 0];
}

/** Takes all mail that its attention word tells of, then parks: as `work` and `park` do. */
function* receiver(model: ModelMemory, got: number[], mails: number): Program {
  while (got.length < mails) {
    const code = yield ['work', 1000, 0];
    if (code >= 0) got.push(code);
    else yield ['park'];
  }
  assert.ok(model.capacity >= mails);
}

/** Mail wakes its worker and arrives once; from one sender in order. */
export function mail(counts: readonly number[]): Scenario {
  const mails = counts.reduce((sum, count) => sum + count, 0);
  return {
    config: { capacity: 4, workers: 1, submitters: 1 + counts.length },
    roles: [workerRole(0), ...counts.map((_, i) => ({ submitter: i === 0 ? 0 : 1 + i, worker: -1 }))],
    run(model) {
      const got: number[] = [];
      return {
        programs: [receiver(model, got, mails), ...counts.map((count) => sender(count))],
        end(asleep) {
          assert.deepEqual(asleep, [], `expected the worker awake, it got ${got.join()}`);
          assert.equal(new Set(got).size, mails, `got ${got.join()}`);
          if (counts.length === 1)
            assert.deepEqual(
              got,
              got.toSorted((a, b) => a - b),
            );
        },
      };
    },
  };
}
