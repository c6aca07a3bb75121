import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { withEngine } from '../support/engines.ts';
import { notIsolated } from '../support/isolation.ts';
import { it } from '../support/rerun.ts';
import { RUNS } from '../support/tasks.ts';
import { turn, until, within } from '../support/until.ts';

const SYNC = 'outcomes of a process come with the event loop only';
const SQUARES = Array.from({ length: 200 }, (_, x) => x * x);

function* numbers(end: number, onPull: (n: number) => void = () => undefined): Generator<number, void> {
  for (let n = 0; n < end; ++n) {
    onPull(n);
    yield n;
  }
}

async function* numbersLater(end: number): AsyncGenerator<number, void> {
  for (const n of numbers(end)) {
    if (n % 7 === 0) await turn();
    yield n;
  }
}

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

/** A source whose next item comes when the test says so; tells whether it was returned. */
class Tap implements AsyncIterableIterator<number> {
  returned = 0;
  pulled = 0;
  readonly #open: ((step: IteratorResult<number, undefined>) => void)[] = [];

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<number, undefined>> {
    this.pulled += 1;
    return new Promise((resolve) => this.#open.push(resolve));
  }

  return(): Promise<IteratorResult<number, undefined>> {
    this.returned += 1;
    return Promise.resolve({ done: true, value: undefined });
  }

  give(value: number): void {
    this.#open.shift()?.({ done: false, value });
  }
}

describe('map', () => {
  it(
    'ends with the error of its task when that comes while its source submits others',
    { skip: notIsolated(SYNC) },
    async () => {
      await withEngine({ capacity: 16 }, async (engine, board) => {
        const others: Promise<number>[] = [];
        function* source(): Generator<{ at: number; bad: number }, void> {
          yield { at: 0, bad: 1 };
          others.push(engine.run('block', 0));
          yield { at: 1, bad: 1 };
          board.open(0);
          for (let batch = 0; batch < 10_000 && engine.stats().failed === 0; ++batch) {
            for (let n = 0; n < 100; ++n) others.push(engine.run('squared', n));
          }
          yield { at: 2, bad: 1 };
        }
        const results = engine.map('failAt', source(), { concurrency: 2 });
        const [first, second] = [results.next(), results.next()];
        assert.deepEqual(await within(first, 'the first'), { done: false, value: 0 });
        const third = results.next(); // pulls the source, in which the second one's task fails
        await assert.rejects(within(second, 'the second'), { cause: new Error('item 1') });
        assert.deepEqual(await within(third, 'the third'), { done: true, value: undefined });
        await within(Promise.all(others), 'the others');
      });
    },
  );

  it('yields in the order of the items, whatever the source', async () => {
    await withEngine({ workers: 2 }, async (engine) => {
      for (const items of [numbers(200), [...numbers(200)], numbersLater(200), new Set(numbers(200))]) {
        assert.deepEqual(await collect(engine.map('squaredLater', items)), SQUARES);
      }
      assert.deepEqual(await collect(engine.map('squared', [])), []);
    });
  });

  it('unordered: yields each result once, the ready ones first', async () => {
    await withEngine({ workers: 2 }, async (engine, board) => {
      const results = await collect(engine.map('squared', numbers(200), { ordered: false }));
      assert.deepEqual(
        results.sort((a, b) => a - b),
        SQUARES,
      );
      const paused = engine.map('pause', [0, 1], { ordered: false, concurrency: 2 });
      const first = paused.next();
      await Promise.all([board.arrived(0), board.arrived(1)]);
      board.open(1);
      assert.deepEqual(await within(first, 'the result that is ready'), { done: false, value: 1 });
      board.open(0);
      assert.deepEqual(await collect(paused), [0]);
    });
  });

  it('never pulls the source more than `concurrency` ahead of the consumer', async () => {
    await withEngine({ workers: 2 }, async (engine) => {
      for (const ordered of [true, false]) {
        for (const concurrency of [1, 3, 8]) {
          let pulled = 0;
          let consumed = 0;
          const source = numbers(60, () => {
            pulled += 1;
            assert.ok(pulled - consumed <= concurrency, `${String(pulled)} pulled, ${String(consumed)} consumed`);
          });
          for await (const result of engine.map('squared', source, { concurrency, ordered })) {
            assert.ok(result >= 0);
            await turn();
            consumed += 1;
          }
          assert.equal(consumed, 60);
        }
      }
    });
  });

  it('runs 4 tasks per worker at once by default', async () => {
    await withEngine({ workers: 2, concurrency: 8 }, async (engine, board) => {
      const results = collect(
        engine.map(
          'pause',
          Array.from({ length: 20 }, () => 0),
        ),
      );
      await board.arrived(0, 8);
      assert.equal(engine.stats().submitted, 8);
      board.open(0);
      assert.equal((await results).length, 20);
    });
  });

  it('a slow source holds no result back', async () => {
    await withEngine({}, async (engine) => {
      const tap = new Tap();
      const results = engine.map('squared', tap, { concurrency: 4 });
      for (const n of [3, 4, 5]) {
        const next = results.next();
        await until(() => tap.pulled > n - 3, 'a pull');
        tap.give(n);
        assert.deepEqual(await within(next, 'the result'), { done: false, value: n * n });
      }
      await within(Promise.resolve(results.return?.()), 'return()');
      assert.equal(tap.returned, 1);
    });
  });

  it('answers calls of next() that wait in their order, and after the end', async () => {
    await withEngine({ workers: 2 }, async (engine) => {
      for (const ordered of [true, false]) {
        const results = engine.map('squared', numbersLater(5), { ordered });
        const answers = await within(Promise.all(Array.from({ length: 8 }, () => results.next())), 'all answers');
        const done = { done: true, value: undefined };
        assert.deepEqual(answers.slice(5), [done, done, done]);
        const values = answers.slice(0, 5).map(({ value }) => Number(value));
        assert.deepEqual(ordered ? values : values.sort((a, b) => a - b), SQUARES.slice(0, 5));
        assert.deepEqual(await results.next(), done);
      }
    });
  });

  it('copies an item when it pulls it: a source may fill one array again and again', async () => {
    await withEngine({ workers: 2 }, async (engine) => {
      const source = (function* () {
        const bytes = new Uint8Array(1);
        for (const n of numbers(50)) {
          bytes[0] = n;
          yield bytes;
        }
      })();
      const copies = await collect(engine.map('echo', source, { concurrency: 16 }));
      assert.deepEqual(
        copies,
        Array.from(numbers(50), (n) => Uint8Array.of(n)),
      );
    });
  });

  it('a source that aborts its signal: what it then gives is not run', async () => {
    for (const pulledBefore of [0, 1]) {
      await withEngine({}, async (engine) => {
        const controller = new AbortController();
        const source = numbers(3, (n) => {
          if (n === pulledBefore) controller.abort('enough');
        });
        const results = engine.map('squared', source, { signal: controller.signal });
        await assert.rejects(within(results.next(), 'the abort'), { code: 'ERR_TASK_ABORTED', cause: 'enough' });
        assert.deepEqual(await within(results.next(), 'the end'), { done: true, value: undefined });
        assert.equal(engine.stats().submitted, pulledBefore);
      });
    }
  });

  it('an item that aborts its signal when it is read is not run either', async () => {
    await withEngine({}, async (engine, board) => {
      const gate = engine.run('block', 0);
      await board.arrived(0);
      const controller = new AbortController();
      const item = {
        get aborts(): boolean {
          controller.abort('enough');
          return true;
        },
      };
      const results = engine.map('count', [item] as never, { signal: controller.signal });
      await assert.rejects(within(results.next(), 'the abort'), { code: 'ERR_TASK_ABORTED', cause: 'enough' });
      board.open(0);
      await gate;
      await engine.drain();
      assert.equal(board.counter(RUNS), 0);
    });
  });

  it('throw() and disposal end it as return() does', async () => {
    await withEngine({}, async (engine) => {
      for (const end of [
        (results: AsyncIterableIterator<number>) => results.throw?.(new RangeError('enough')),
        (results: AsyncIterableIterator<number>) => (results as unknown as AsyncDisposable)[Symbol.asyncDispose](),
      ]) {
        const tap = new Tap();
        const results = engine.map('squared', tap);
        const next = results.next();
        await until(() => tap.pulled === 1, 'a pull');
        await within(Promise.resolve(end(results)), 'the end').catch((error: unknown) => {
          assert.ok(error instanceof RangeError);
        });
        assert.deepEqual(await within(next, 'next()'), { done: true, value: undefined });
        assert.equal(tap.returned, 1);
      }
      const untouched = engine.map('squared', [1]);
      await untouched.return?.();
      assert.deepEqual(await untouched.next(), { done: true, value: undefined });
    });
  });

  it('break returns the source and cancels what is in flight', async () => {
    await withEngine({ workers: 1 }, async (engine, board) => {
      let returned = false;
      const source = (function* () {
        try {
          yield* numbers(100);
        } finally {
          returned = true;
        }
      })();
      for await (const first of engine.map('count', source as Iterable<undefined> & Iterable<number>, {
        concurrency: 2,
      })) {
        assert.equal(first, 0);
        engine.post('block', 0);
        break;
      }
      assert.equal(returned, true);
      board.open(0);
      await engine.drain();
      const { submitted, completed, cancelled } = engine.stats();
      assert.equal(submitted, completed + cancelled);
      assert.ok(board.counter(RUNS) <= 3);
    });
  });

  it('return() while next() waits cancels at once', async () => {
    await withEngine({}, async (engine, board) => {
      const results = engine.map('untilSignal', [0, 0, 0]);
      const next = results.next();
      await until(() => board.logged().length > 0, 'a task to start');
      assert.deepEqual(await within(Promise.resolve(results.return?.()), 'return()'), { done: true, value: undefined });
      assert.deepEqual(await within(next, 'next()'), { done: true, value: undefined });
      await within(engine.drain(), 'the tasks to end');
      assert.deepEqual(await results.next(), { done: true, value: undefined });
      assert.deepEqual(board.logged(), [0, 1]);
    });
  });

  it('return(value) answers with the value, before the first item, midway and after the end', async () => {
    await withEngine({}, async (engine) => {
      for (const before of [0, 1, 3]) {
        const results = engine.map('squared', [1, 2]);
        for (let n = 0; n < before; ++n) await results.next();
        for (const value of ['first', 'second', undefined]) {
          assert.deepEqual(await results.return?.(value), { done: true, value });
          assert.deepEqual(await results.return?.(Promise.resolve(value)), { done: true, value });
        }
        assert.deepEqual(await results.next(), { done: true, value: undefined });
        await assert.rejects(Promise.resolve(results.return?.(Promise.reject(new RangeError('late')))), RangeError);
      }
    });
  });

  it('a source that throws ends it after the results before', async () => {
    await withEngine({}, async (engine) => {
      const source = numbers(10, (n) => {
        if (n === 3) throw new RangeError('source');
      });
      const seen: number[] = [];
      const run = async (): Promise<void> => {
        for await (const result of engine.map('squared', source)) seen.push(result);
      };
      await assert.rejects(within(run(), 'the map'), { name: 'RangeError', message: 'source' });
      assert.deepEqual(seen, [0, 1, 4]);
    });
  });

  it('a task that fails ends it and returns the source, even one that is stuck', async () => {
    await withEngine({}, async (engine) => {
      const items = Array.from({ length: 20 }, (_, at) => ({ at, bad: 2 }));
      await assert.rejects(within(collect(engine.map('failAt', items)), 'the map'), /item 2/);
      const tap = new Tap();
      const results = collect(engine.map('fail', tap as AsyncIterable<unknown> as AsyncIterable<string>));
      await until(() => tap.pulled === 1, 'a pull');
      tap.give(1);
      await assert.rejects(within(results, 'the map over a stuck source'), { code: 'ERR_TASK_FAILED' });
      assert.equal(tap.returned, 1);
      const stuck = (async function* () {
        yield 'first';
        await new Promise(() => undefined);
      })();
      await assert.rejects(within(collect(engine.map('fail', stuck)), 'the map'), { code: 'ERR_TASK_FAILED' });
    });
  });

  it('its signal ends it: before, during, and while only the source is waited for', async () => {
    await withEngine({}, async (engine, board) => {
      const aborted = { name: 'AbortError', code: 'ERR_TASK_ABORTED', cause: 'enough' };
      const before = engine.map('squared', [1], { signal: AbortSignal.abort('enough') });
      await assert.rejects(within(collect(before), 'the map'), aborted);
      const during = new AbortController();
      const running = collect(engine.map('untilSignal', [0, 0], { signal: during.signal }));
      await until(() => board.logged().length > 0, 'a task to start');
      during.abort('enough');
      await assert.rejects(within(running, 'the map'), aborted);
      const waiting = new AbortController();
      const tap = new Tap();
      const idle = collect(engine.map('squared', tap, { signal: waiting.signal }));
      await until(() => tap.pulled === 1, 'a pull');
      waiting.abort('enough');
      await assert.rejects(within(idle, 'the map over a stuck source'), aborted);
      assert.equal(tap.returned, 1);
    });
  });

  it('rejects what it cannot use when it is first pulled', async () => {
    await withEngine({}, async (engine) => {
      const invalid = { code: 'ERR_INVALID_OPTION' };
      await assert.rejects(collect(engine.map('squared', 7 as never)), invalid);
      await assert.rejects(collect(engine.map('squared', [1], { concurrency: 0 })), invalid);
      await assert.rejects(collect(engine.map('squared', [1], { ordered: 'no' as never })), invalid);
      await assert.rejects(collect(engine.map('nobody' as 'squared', [1])), { code: 'ERR_UNKNOWN_TASK' });
      await engine.close();
      await assert.rejects(collect(engine.map('squared', [1])), { code: 'ERR_CLOSED' });
    });
  });
});
