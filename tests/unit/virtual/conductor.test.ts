import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, it } from 'node:test';
import type { BellOwner } from '../../../src/client/bell.ts';
import { type Actor, Conductor } from '../../../src/virtual/conductor.ts';

/** Acts so many times; each time it writes its name down, and again when a long chain of promises behind it has ended. */
class Noting implements Actor {
  readonly #name: string;
  readonly #log: string[];
  #left: number;

  constructor(name: string, log: string[], times: number) {
    this.#name = name;
    this.#log = log;
    this.#left = times;
  }

  act(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    this.#log.push(this.#name);
    void this.#after();
    return true;
  }

  async #after(): Promise<void> {
    for (let tick = 0; tick < 50; ++tick) await Promise.resolve();
    this.#log.push('.');
  }
}

async function played(seed: number, names: string, times: number): Promise<string> {
  const log: string[] = [];
  const conductor = new Conductor(seed);
  for (const name of names) conductor.add(new Noting(name, log, times));
  conductor.wake();
  await conductor.nextIdle();
  return log.join('');
}

function ownerOf(counts: { pending: number; rests: number }): BellOwner {
  return {
    expectsRoom: false,
    get pendingCount() {
      return counts.pending;
    },
    drain: () => 0,
    rest: () => {
      counts.rests += 1;
    },
  };
}

describe('Conductor', () => {
  it('lets all promises go on before the next one acts', async () => {
    assert.match(await played(1, 'abc', 10), /^(?:[abc]\.){30}$/);
  });

  it('draws by the seed: each order again, and many of them', async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 100; ++seed) {
      const order = await played(seed, 'abcd', 4);
      assert.equal(await played(seed, 'abcd', 4), order, `seed ${String(seed)}`);
      orders.add(order);
    }
    assert.ok(orders.size > 90, `${String(orders.size)} orders of 100 seeds`);
  });

  it('goes on until nobody has anything to do, without a turn of the event loop', async () => {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    assert.equal((await played(3, 'ab', 1000)).length, 4000);
    assert.equal(turned, false);
  });

  it('gives the event loop a turn in the midst of a long run', async () => {
    const log: string[] = [];
    const conductor = new Conductor(0);
    conductor.add(new Noting('a', log, 12_000));
    let actsBefore = 0;
    setImmediate(() => {
      actsBefore = log.filter((entry) => entry === 'a').length;
    });
    conductor.wake();
    await conductor.nextIdle();
    assert.equal(actsBefore, 10_000);
    assert.equal(log.length, 24_000);
  });

  it('acts outside of the asynchronous context of whoever woke it', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const conductor = new Conductor(0);
    conductor.add({
      act: () => {
        seen.push(storage.getStore());
        return false;
      },
    });
    storage.run('caller', conductor.wake);
    await conductor.nextIdle();
    assert.deepEqual(seen, [undefined]);
  });

  it('lets clients rest that have nothing pending, once nobody acts', async () => {
    const conductor = new Conductor(0);
    const busy = { pending: 1, rests: 0 };
    const done = { pending: 0, rests: 0 };
    conductor.hostBell(ownerOf(busy));
    const bell = conductor.workerBell(ownerOf(done));
    bell.expect();
    bell.rest();
    assert.equal(done.rests, 0); // what follows may submit again
    await conductor.nextIdle();
    assert.deepEqual([busy.rests, done.rests], [0, 1]);
    conductor.end(); // lets go of the event loop
  });

  it('lets nobody act once it has ended', async () => {
    const log: string[] = [];
    const conductor = new Conductor(0);
    conductor.add(new Noting('a', log, 1000));
    conductor.add({
      act: () => {
        conductor.end();
        return true;
      },
    });
    conductor.wake();
    await conductor.nextIdle();
    const entries = log.length;
    conductor.wake();
    await new Promise(setImmediate);
    assert.equal(log.length, entries);
    assert.ok(entries < 1000);
  });
});
