import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Leaver, Recycler } from '../../../src/scheduler/recycler.ts';
import type { WorkerExit } from '../../../src/scheduler/worker-thread.ts';
import { within } from '../../support/until.ts';

/** A worker that does what the test says. */
class FakeWorker implements Leaver {
  readonly index: number;
  readonly stopped: Promise<unknown>;
  readonly exited: Promise<WorkerExit>;
  retired = 0;
  terminated = 0;
  stop: (error?: unknown) => void = () => undefined;
  exit: () => void = () => undefined;

  constructor(index: number) {
    this.index = index;
    this.stopped = new Promise((resolve) => {
      this.stop = resolve;
    });
    this.exited = new Promise((resolve) => {
      this.exit = () => {
        resolve({ exitCode: 0, cause: undefined });
      };
    });
  }

  retire(): void {
    this.retired += 1;
  }

  terminate(): Promise<void> {
    this.terminated += 1;
    this.exit();
    return Promise.resolve();
  }
}

function workers(count: number): { recycler: Recycler; fakes: FakeWorker[]; errors: unknown[] } {
  const errors: unknown[] = [];
  const recycler = new Recycler((error) => {
    errors.push(error);
  });
  return { recycler, fakes: Array.from({ length: count }, (_, index) => new FakeWorker(index)), errors };
}

const retired = (fakes: readonly FakeWorker[]): number[] => fakes.map(({ retired: times }) => times);

describe('Recycler', () => {
  it('lets one go at a time: the next one when a successor works', async () => {
    const { recycler, fakes, errors } = workers(3);
    for (const fake of fakes) recycler.add(fake);
    for (const [index, fake] of fakes.entries()) {
      assert.deepEqual(
        retired(fakes),
        fakes.map(({ index: other }) => (other <= index ? 1 : 0)),
      );
      const left = recycler.leave(fake);
      fake.stop();
      fake.exit();
      await within(left, 'the worker to leave');
      assert.equal(recycler.remove(fake), true);
      if (index < 2) assert.equal(fakes[index + 1]?.retired, 0);
      recycler.succeed(index);
    }
    assert.deepEqual(errors, []);
  });

  it('who stays lets others go first, and has another turn only if it wants', () => {
    const { recycler, fakes } = workers(2);
    const [first, second] = fakes as [FakeWorker, FakeWorker];
    recycler.add(first);
    recycler.add(second);
    recycler.stay(first, true);
    assert.deepEqual(retired(fakes), [1, 1]);
    recycler.stay(second, false);
    assert.deepEqual(retired(fakes), [2, 1]);
    recycler.stay(first, false);
    assert.deepEqual(retired(fakes), [2, 1]);
  });

  it('who is lost meanwhile was not let go, and holds up nobody', () => {
    const { recycler, fakes } = workers(2);
    const [first, second] = fakes as [FakeWorker, FakeWorker];
    recycler.add(first);
    recycler.add(second);
    assert.equal(recycler.remove(first), false);
    recycler.succeed(0);
    assert.deepEqual(retired(fakes), [1, 1]);
    recycler.add(first);
    assert.equal(recycler.remove(first), false, 'it only waited');
    assert.equal(recycler.remove(second), false);
    recycler.succeed(1);
    assert.deepEqual(retired(fakes), [1, 1], 'who is gone has no turn');
  });

  it('says what teardown threw, and ends who does not leave by itself', async () => {
    const { recycler, fakes, errors } = workers(1);
    const [fake] = fakes as [FakeWorker];
    recycler.add(fake);
    const left = recycler.leave(fake);
    const error = new Error('teardown');
    fake.stop(error);
    await within(left, 'the worker to leave');
    assert.deepEqual(errors, [error]);
    assert.equal(fake.terminated, 1);
  });
});
