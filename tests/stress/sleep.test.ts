import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ATTENTION_STOP } from '../../src/abi/codes.ts';
import * as layout from '../../src/abi/layout.ts';
import type { Crew } from './crew.ts';
import { rounds } from './rounds.ts';

const KERNEL = 0;
/**
 * How often threads wait for each other in a round. All of that must fit into the patience of the loops (10 s), and on a machine
 * that is busy with other things each time costs some time slices: rather more rounds than long ones.
 */
const HAND_OVERS = 200;

describe('inbox, real threads', () => {
  it('a completion at a time, while the submitter falls asleep: no bell is lost', (test) =>
    rounds(test, { threads: 2, capacity: 4096 }, async (crew, seed) => {
      const count = HAND_OVERS;
      crew.reset(count);
      await crew.run(
        [[{ name: 'stressReceive', args: [count] }], [{ name: 'stressDeliver', args: [0, count, 1, 1] }]],
        seed,
      );
      assert.equal(crew.violations, 0, `seed ${String(seed)}`);
      assert.deepEqual(crew.missing(count), []);
    }));

  it('two workers deliver, the submitter sleeps in between: no bell is lost, nothing comes twice', (test) =>
    rounds(test, { threads: 3, capacity: 4096 }, async (crew, seed) => {
      const share = 2 * HAND_OVERS; // a worker waits at every fourth
      crew.reset(2 * share);
      // The receiver is submitter 1, on thread 0.
      await crew.run(
        [
          [{ name: 'stressReceive', args: [share] }],
          [{ name: 'stressDeliver', args: [0, share, 1, 4] }],
          [{ name: 'stressDeliver', args: [share, share, 1, 4] }],
        ],
        seed,
      );
      assert.equal(crew.violations, 0, `seed ${String(seed)}`);
      assert.deepEqual(crew.missing(2 * share), []);
    }));
});

// The submitter's thread is worker 0 and has no loop of its own: the others must wake for it.
async function wake(crew: Crew, seed: number, count: number, burst: number): Promise<void> {
  const types = crew.read(layout.HEADER_TYPES);
  crew.write(types + KERNEL * layout.TYPE_BYTES + layout.TYPE_KERNEL, crew.call('stressKernel', []));
  crew.reset(count);
  const workers = Array.from({ length: crew.size - 1 }, (_, index) => index + 1);
  for (const worker of workers) {
    const block = crew.read(layout.HEADER_WORKER_BLOCKS) + worker * layout.WORKER_BYTES;
    crew.write(block + layout.WORKER_ATTENTION, 0);
  }
  await crew.run(
    [
      [
        { name: 'stressWake', args: [KERNEL, 0, count, burst] },
        ...workers.map((worker) => ({ name: 'alert', args: [worker, ATTENTION_STOP] })),
      ],
      ...workers.map(() => [{ name: 'runKernels', args: [] }]),
    ],
    seed,
  );
  assert.equal(crew.violations, 0, `seed ${String(seed)}: a task was lost, or its wake-up`);
  assert.deepEqual(crew.missing(count), []);
}

describe('parking and waking, real threads', () => {
  it('a task at a time, while the only worker falls asleep', (test) =>
    rounds(test, { threads: 2 }, (crew, seed) => wake(crew, seed, HAND_OVERS, 1)));

  it('bursts, while three workers fall asleep', (test) =>
    rounds(test, { threads: 4 }, (crew, seed) => wake(crew, seed, 2 * HAND_OVERS, 5)));
});
