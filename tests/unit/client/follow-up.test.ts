import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FollowUp, PORTION } from '../../../src/client/follow-up.ts';

/** A bell with so many completions in its inbox, each of which takes some time to settle. */
class Bench {
  nowUs = 0;
  looking = true;
  pendingCount = 1;
  drains: number[] = [];
  spins = 0;
  readonly followUp: FollowUp;
  readonly #usEach: number;
  #ready: number;

  constructor(ready: number, usEach = 0) {
    this.#ready = ready;
    this.#usEach = usEach;
    this.followUp = new FollowUp(
      this,
      this,
      () => this.nowUs,
      () => this.looking,
    );
    this.followUp.beginTurn(0);
  }

  drain(most: number): number {
    const drained = Math.min(most, this.#ready);
    this.#ready -= drained;
    this.nowUs += drained * this.#usEach;
    this.drains.push(drained);
    return drained;
  }

  spinForCompletion(): number {
    this.spins += 1;
    return this.#ready > 0 ? 1 : 0;
  }

  /** So many submissions, each followed by its microtasks. */
  async submit(times: number): Promise<void> {
    for (let i = 0; i < times; ++i) {
      this.followUp.spinLater();
      await settled();
    }
  }
}

/** After all microtasks. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe('follow-up: portions', () => {
  it('go on in microtasks until one is not full', async () => {
    const bench = new Bench(300);
    assert.equal(bench.drain(PORTION), PORTION);
    bench.followUp.goOnLater();
    await Promise.resolve();
    assert.equal(bench.drains.length, 2, 'one a microtask');
    await settled();
    assert.deepEqual(bench.drains, [128, 128, 44]);
    assert.equal(bench.followUp.takeCount(), 172);
    assert.equal(bench.followUp.takeCount(), 0);
  });

  it('end after 1,024 completions', async () => {
    const bench = new Bench(5000);
    bench.drain(PORTION);
    bench.followUp.goOnLater();
    await settled();
    assert.equal(bench.drains.length, 1024 / PORTION);
  });

  it('end after a millisecond', async () => {
    const bench = new Bench(5000, 3);
    bench.drain(PORTION);
    bench.followUp.goOnLater();
    await settled();
    assert.deepEqual(bench.drains, [128, 128, 128]);
  });

  it('end when the bell has no turns any more', async () => {
    const bench = new Bench(5000);
    bench.drain(PORTION);
    bench.followUp.goOnLater();
    bench.looking = false;
    await settled();
    assert.equal(bench.drains.length, 1);
  });
});

describe('follow-up: spin', () => {
  it('takes the answer out, one spin for all submissions of a moment', async () => {
    const bench = new Bench(2);
    bench.followUp.spinLater();
    bench.followUp.spinLater();
    assert.equal(bench.spins, 0, 'not before what follows the submission');
    await settled();
    assert.equal(bench.spins, 1);
    assert.deepEqual(bench.drains, [2]);
    assert.equal(bench.followUp.takeCount(), 2);
  });

  it('is left out once, twice, four times … after each that was for nothing', async () => {
    const bench = new Bench(0);
    await bench.submit(1 + 1 + 1 + 2 + 1 + 4 + 1);
    assert.equal(bench.spins, 4);
    await bench.submit(1000);
    assert.equal(bench.spins, 4 + 3 + Math.floor((1000 - (8 + 1 + 16 + 1 + 32 + 1)) / 65));
  });

  it('is none with many pending, after a millisecond in microtasks, or when the bell is armed', async () => {
    const bench = new Bench(9);
    bench.pendingCount = 5;
    await bench.submit(1);
    bench.pendingCount = 4;
    bench.nowUs = 1001;
    await bench.submit(1);
    bench.followUp.beginTurn(bench.nowUs);
    bench.looking = false;
    await bench.submit(1);
    assert.equal(bench.spins, 0);
    bench.looking = true;
    await bench.submit(1);
    assert.equal(bench.spins, 1);
  });
});
