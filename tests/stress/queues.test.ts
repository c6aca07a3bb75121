import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as layout from '../../src/abi/layout.ts';
import type { Call, Crew } from './crew.ts';
import { rounds } from './rounds.ts';

/** A queue that starves a taker does so each time. */
const ATTEMPTS = 500;
const COUNT = 20_000;
/** With short rings on few cores a round is mostly waiting for the other side. */
const FEW = 2_000;
const LEVEL = 2;

const submit = (first: number, count: number): Call[] => [{ name: 'stressSubmit', args: [first, count] }];
const take = (submitter: number): Call[] => [{ name: 'stressTake', args: [submitter] }];
const move = (submitter: number): Call[] => [{ name: 'stressMove', args: [submitter] }];
const own = (count: number): Call[] => [{ name: 'stressOwn', args: [0, count] }];
const steal = (): Call[] => [{ name: 'stressSteal', args: [] }];
const fork = (count: number): Call[] => [{ name: 'stressFork', args: [count] }];
const stealFrames = (): Call[] => [{ name: 'stressStealFrames', args: [] }];

async function pass(crew: Crew, seed: number, count: number, calls: readonly Call[][]): Promise<number[]> {
  crew.reset(count);
  const taken = await crew.run(calls, seed);
  assert.equal(crew.violations, 0, `seed ${String(seed)}: values twice, out of order, or lost`);
  assert.deepEqual(crew.missing(count), [], `seed ${String(seed)}`);
  return taken;
}

// Queues of a region lie one behind the other: LEVELS for each owner.
function queueAt(crew: Crew, region: number, mask: number, owner: number): number {
  const bytes = layout.QUEUE_RING + (crew.read(mask) + 1) * 4;
  return crew.read(region) + (owner * 4 + LEVEL) * bytes;
}

/** Sets an empty queue to a position, and checks that it is empty. */
function place(crew: Crew, queue: number, position: bigint): void {
  assert.equal(crew.read(queue + layout.QUEUE_TOP), crew.read(queue + layout.QUEUE_BOTTOM), 'expected an empty queue');
  crew.writeI64(queue + layout.QUEUE_TOP, position);
  crew.writeI64(queue + layout.QUEUE_BOTTOM, position);
}

const NEAR_2_31 = 2n ** 31n - 1000n;
const NEAR_2_32 = 2n ** 32n - 1000n;

describe('submission queue, real threads', () => {
  it('spsc: in order', (test) =>
    rounds(test, { threads: 2 }, async (crew, seed) => {
      await pass(crew, seed, COUNT, [submit(0, COUNT), take(1)]);
    }));

  it('spsc by batches: in order', (test) =>
    rounds(test, { threads: 2 }, async (crew, seed) => {
      await pass(crew, seed, COUNT, [submit(0, COUNT), move(1)]);
    }));

  it('wrap: positions beyond 2^31 and 2^32', (test) =>
    rounds(test, { threads: 3, capacity: 32 }, async (crew, seed) => {
      const queue = queueAt(crew, layout.HEADER_SUBMISSION, layout.HEADER_RING_MASK, 1);
      place(crew, queue, seed % 2 === 0 ? NEAR_2_31 : NEAR_2_32);
      await pass(crew, seed, FEW, [submit(0, FEW), move(1), take(1)]);
    }));

  it('stampede: one producer, three takers, singly and by batches, exactly once', (test) =>
    rounds(test, { threads: 4, capacity: 64 }, async (crew, seed) => {
      await pass(crew, seed, FEW, [submit(0, FEW), take(1), move(1), move(1)]);
    }));

  it('two producers, a taker each: nothing gets into another’s queue', (test) =>
    rounds(test, { threads: 4 }, async (crew, seed) => {
      await pass(crew, seed, 2 * COUNT, [submit(0, COUNT), submit(COUNT, COUNT), move(1), move(2)]);
    }));

  it('no starvation: every taker gets something', (test) =>
    rounds(test, { threads: 3 }, async (crew, seed) => {
      for (let attempt = 0; ; ++attempt) {
        const [, first, second] = await pass(crew, seed + attempt, COUNT, [submit(0, COUNT), take(1), take(1)]);
        if (first !== 0 && second !== 0) return;
        // On fewer CPUs than threads the system may let one of them wait for all of a pass, and of many.
        assert.ok(attempt < ATTEMPTS, `a taker came away empty ${String(ATTEMPTS)} times`);
      }
    }));
});

describe('run queue, real threads', () => {
  it('steal race: the owner takes what a thief halves', (test) =>
    rounds(test, { threads: 2 }, async (crew, seed) => {
      await pass(crew, seed, COUNT, [own(COUNT), steal()]);
    }));

  it('stampede: thieves rob the owner and each other, exactly once', (test) =>
    rounds(test, { threads: 4 }, async (crew, seed) => {
      await pass(crew, seed, COUNT, [own(COUNT), steal(), steal(), steal()]);
    }));

  it('wrap: positions beyond 2^31 and 2^32', (test) =>
    rounds(test, { threads: 3 }, async (crew, seed) => {
      for (let worker = 0; worker < 3; ++worker) {
        const queue = queueAt(crew, layout.HEADER_RUN_QUEUES, layout.HEADER_RUN_MASK, worker);
        place(crew, queue, (seed % 2 === 0 ? NEAR_2_31 : NEAR_2_32) + BigInt(900 * worker));
      }
      await pass(crew, seed, COUNT, [own(COUNT), steal(), steal()]);
    }));
});

describe('fork–join, real threads', () => {
  for (const thieves of [1, 2, 3]) {
    it(`kernels that spawn kernels, ${String(thieves)} thieves: each runs once`, (test) =>
      rounds(test, { threads: 1 + thieves }, async (crew, seed) => {
        await pass(crew, seed, COUNT, [fork(COUNT), ...Array.from({ length: thieves }, () => stealFrames())]);
      }));
  }
});
