/** The explorer itself: what it leaves out changes nothing that can be reached. docs/testing.md#reduction */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { workerRole } from './check.ts';
import { explore, type Scenario } from './explorer.ts';
import { engineModule } from './module.ts';
import { forks } from './scenarios/fork-join.ts';
import * as idle from './scenarios/idle.ts';
import { delivery, mail } from './scenarios/inbox.ts';
import * as level from './scenarios/level-word.ts';
import * as pool from './scenarios/pool.ts';
import { recall, searchOn } from './scenarios/recall.ts';
import { takesAndSteals } from './scenarios/run-queue.ts';
import * as slab from './scenarios/slab.ts';
import { putsAndMoves } from './scenarios/submission-queue.ts';
import type { Program } from './vthread.ts';

const engine = engineModule();

interface Reached {
  readonly ends: ReadonlySet<number>;
  readonly states: number;
}

function reach(scenario: Scenario, preemptions: number, everywhere: boolean): Reached {
  const ends = new Set<number>();
  const report = explore(engine, scenario, { preemptions, everywhere, ends });
  assert.equal(report.failure, undefined, report.failure);
  assert.ok(report.complete);
  return { ends, states: report.states };
}

/** Programs that share a variable, which they change and read where private accesses ran before. */
const sharedVariable: Scenario = {
  config: { workers: 2 },
  roles: [workerRole(0), workerRole(1)],
  run() {
    let times = 0;
    function* changes(): Program {
      for (; times < 2; ++times) yield ['statusAt', 0];
      yield ['statusAt', 0];
    }
    function* reads(): Program {
      yield ['statusAt', 0];
      yield ['statusAt', 0];
      yield ['levelAnnounce', times];
    }
    return { programs: [changes(), reads()], end: () => undefined };
  },
};

/** Small enough to switch threads before every single access. */
const SMALL: readonly (readonly [name: string, scenario: Scenario, bounds: readonly number[]])[] = [
  ['programs that share a variable', sharedVariable, [0, 1, 2, Infinity]],
  ['fork–join', forks({ 0: '1j', 1: '' }, [2]), [0, 1, 2]],
  ['fork–join, two thieves', forks({ 0: '1j', 1: '' }, [1, 1]), [1]],
  ['run queue', takesAndSteals([3, 1, 0], ['', '0t', '1']), [1, 2, Infinity]],
  ['submission queue', putsAndMoves({ queued: 3, puts: 1, moves: [[3], [1]] }), [1, 2, Infinity]],
  ['claim against cancel', slab.claimAgainstCancel(), [0, 1, Infinity]],
  ['old ids', slab.staleId(), [1, 2, Infinity]],
  ['start times', slab.startTime(), [1, 2, Infinity]],
  ['depot', slab.depot([1, 1]), [1, 2, 3]],
  ['level word', level.oneSubmit, [1, 2, 3]],
  ['level word, batch', level.batch, [1]],
  ['inbox', delivery([1]), [1, 2, 3]],
  ['mailbox', mail([1]), [1, 2]],
  ['parking', idle.oneWorker, [1, 2, 3]],
  ['parking, with pauses', idle.twice, [1, 2]],
  ['two parkers', idle.twoWorkers, [0]],
  ['crossing claims', pool.crossing, [1, 2]],
  ['a claimer that dies', pool.doomed(true), [1]],
  ['recall, with looks at other threads', recall(searchOn), [1]],
];

describe('reduction (docs/testing.md)', () => {
  for (const [name, scenario, bounds] of SMALL) {
    it(`reaches the same ends with fewer states: ${name}`, () => {
      for (const preemptions of bounds) {
        const all = reach(scenario, preemptions, true);
        const some = reach(scenario, preemptions, false);
        const seen = `≤ ${String(preemptions)} preemptions`;
        assert.deepEqual([...some.ends].sort(), [...all.ends].sort(), seen);
        assert.ok(some.states <= all.states, `${seen}: ${String(some.states)} of ${String(all.states)} states`);
        if (process.env['TALLYIO_MODEL_VERBOSE'] === '1')
          console.log(
            `# ${name} ${seen}: ${String(all.ends.size)} ends, ${String(all.states)} states → ${String(some.states)}`,
          );
      }
    });
  }
});
