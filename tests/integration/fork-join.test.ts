import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Priority } from '../../src/index.ts';
import { FORK_KERNELS, withEngine } from '../support/engines.ts';
import { Board, type Kernels, withBoard } from '../support/fork-board.ts';
import { until, within } from '../support/until.ts';

const failedWith = (code: number): object => failedBy(new RegExp(`kernel failed with code ${String(code)}$`));
const failedBy = (message: RegExp): object => ({ code: 'ERR_TASK_FAILED', message });
const FAULTY_JOIN = /expected join to get a handle that this kernel got from spawn and has not joined yet/;
const MANY = /expected at most 2,048 spawned kernels .* use parallelFor/;

describe('fork and join', () => {
  for (const workers of [1, 2, 4]) {
    it(`has the result of the serial one: ${String(workers)} workers`, async () => {
      await withBoard({ workers }, async (engine) => {
        for (const fib of ['fib', 'fibReclaimed']) {
          const all = await Promise.all([20, 21, 22, 1, 0].map((n) => engine.run(fib, n)));
          assert.deepEqual(all, [6765, 10946, 17711, 1, 0], fib);
        }
      });
    });

    it(`runs each kernel once, joined in any order or not at all: ${String(workers)} workers`, async () => {
      await withBoard({ workers }, async (engine, board) => {
        let nodes = 0;
        for (let round = 0; round < 40; ++round) {
          await engine.run('tree', Float64Array.of(board.address, 6));
          assert.ok(board.count() > nodes);
          nodes = board.count();
        }
        // Nothing goes on after its task has ended.
        await engine.run('fib', 10);
        assert.equal(board.count(), nodes);
      });
    });
  }

  it('works at all priorities at once, and from handlers', async () => {
    await withBoard({ workers: 3 }, async (engine) => {
      const priorities = [Priority.Critical, Priority.High, Priority.Normal, Priority.Low];
      const all = await Promise.all(
        Array.from({ length: 40 }, (_, i) => engine.run('fib', 15, { priority: priorities[i % 4] ?? 0 })),
      );
      assert.deepEqual([...new Set(all)], [610]);
    });
  });

  it('spawned kernels give numbers: their bytes are dropped', async () => {
    await withBoard({ workers: 2 }, async (engine) => {
      assert.equal(await engine.run('droppedBytes'), 19);
    });
  });
});

describe('parallelFor and parallelReduce', () => {
  it('run each index once, whatever the range and the grain', async () => {
    await withEngine<Kernels>({ kernels: FORK_KERNELS, workers: 2 }, async (engine) => {
      const range = fc.record({
        begin: fc.integer({ min: 0, max: 500 }),
        length: fc.integer({ min: -10, max: 500 }),
        grain: fc.oneof(fc.integer({ min: -5, max: 600 }), fc.constant(0x7fff_ffff), fc.constant(-0x8000_0000)),
      });
      await fc.assert(
        fc.asyncProperty(range, async ({ begin, length, grain }) => {
          const board = await Board.on(engine);
          await engine.run('forEach', Float64Array.of(begin, begin + length, grain, board.address));
          const counts = Array.from({ length: 1200 }, (_, i) => board.count(i));
          const expected = counts.map((_, i) => (i >= begin && i < begin + length ? 1 : 0));
          assert.deepEqual(counts, expected);
          assert.equal(board.started, 0, 'an empty part');
          await board.release();
        }),
        { numRuns: 60 },
      );
    });
  });

  it('huge ranges, and parts of the grain at most', async () => {
    await withBoard({ workers: 2 }, async (engine, board) => {
      const [least, most] = [-0x8000_0000, 0x7fff_ffff];
      const whole = await engine.run('measure', Float64Array.of(least, most, 1 << 28, board.address));
      assert.equal(whole, 2 ** 32 - 1);
      assert.equal(board.count(), 16);
      assert.equal(await engine.run('measure', Float64Array.of(least, most, 0, board.address)), 2 ** 32 - 1);
      assert.equal(board.count(), 16 + 16); // an eighth of a worker's share
      assert.equal(await engine.run('measure', Float64Array.of(5, 5, 1, board.address)), -1, 'the identity');
      assert.equal(await engine.run('measure', Float64Array.of(6, 5, 1, board.address)), -1);
    });
  });

  it('combine in one order: the same bits from any number of workers', async () => {
    const sums = new Set<number>();
    for (const workers of [1, 2, 3]) {
      await withBoard({ workers }, async (engine) => {
        for (let i = 0; i < 5; ++i) sums.add(await engine.run('harmonicSum', 1_000_000));
      });
    }
    assert.equal(sums.size, 1);
  });

  it('go on without free frames', async () => {
    await withBoard({ workers: 2 }, async (engine, board) => {
      await assert.rejects(
        engine.run('loopWithoutFrames', Float64Array.of(0, 1000, 10, board.address)),
        failedBy(MANY),
      );
      assert.deepEqual(new Set(Array.from({ length: 1000 }, (_, i) => board.count(i))), new Set([1]));
    });
  });
});

describe('a spawned kernel that fails', () => {
  it('fails who joins it; the others run', async () => {
    await withBoard({ workers: 2 }, async (engine, board) => {
      await assert.rejects(engine.run('failingChild', board.address), failedWith(42));
      assert.equal(board.count(), 2);
      assert.equal(board.started, 1, 'the kernel sees it');
      await assert.rejects(engine.run('failingUnjoined', board.address), failedWith(43));
      assert.equal(board.count(), 4);
      assert.equal(await engine.run('fib', 10), 55);
    });
  });

  it('traps: its task fails, the worker goes on', async () => {
    await withBoard({ workers: 2 }, async (engine) => {
      for (let i = 0; i < 20; ++i) await assert.rejects(engine.run('trappingChild'), failedBy(/unreachable/));
      assert.equal(await engine.run('fib', 20), 6765);
    });
  });

  it('traps on another worker: it ends there, with its error', async () => {
    await withBoard({ workers: 2 }, async (engine, board) => {
      await assert.rejects(engine.run('joinsTrapped', board.address), (error: Error) => {
        assert.match(error.message, /^task "joinsTrapped" failed: .*unreachable/);
        assert.ok(error.cause instanceof Error);
        assert.equal(error.cause.name, 'RuntimeError');
        assert.match(String(error.cause.stack), /wasm/);
        return true;
      });
      assert.equal(await engine.run('fib', 20), 6765);
      assert.equal(engine.stats().failed, 1);
    });
  });

  it('runs on another worker while its task traps: that waits for it', async () => {
    await withBoard({ workers: 2 }, async (engine, board) => {
      await assert.rejects(engine.run('trapsAbove', board.address), failedBy(/unreachable/));
      assert.equal(await engine.run('fib', 20), 6765);
    });
  });
});

describe('handles and limits', () => {
  it('a handle fits once, and its own kernel', async () => {
    await withBoard({ workers: 2 }, async (engine) => {
      for (const name of ['joinsTwice', 'joinsOld', 'joinsForeign', 'joinsReclaimed']) {
        await assert.rejects(engine.run(name), failedBy(FAULTY_JOIN), name);
      }
      for (const handle of [0, 1, 64, 65536, 2 ** 31, 2 ** 32 - 1]) {
        await assert.rejects(engine.run('joinsNumber', handle), failedBy(FAULTY_JOIN), String(handle));
      }
      assert.equal(await engine.run('fib', 10), 55);
    });
  });

  it('more kernels than frames: an error, no trap', async () => {
    await withBoard({ workers: 2 }, async (engine) => {
      assert.equal(await engine.run('deep', 2000), 2000);
      await assert.rejects(engine.run('deep', 5000), failedBy(MANY));
      assert.equal(await engine.run('wide', 2048), 2048);
      await assert.rejects(engine.run('wide', 2049), failedBy(MANY));
      assert.equal(await engine.run('deep', 2000), 2000);
    });
  });

  it('scratch is 256 KiB, and released when a kernel ends', async () => {
    await withBoard({ workers: 1 }, async (engine) => {
      assert.equal(await engine.run('scratchBlocks', 1024), 256);
      assert.equal(await engine.run('scratchBlocks', 262_144), 1);
      assert.equal(await engine.run('scratchBlocks', 262_145), 0);
      assert.equal(await engine.run('scratchBlocks', -1), 0);
      assert.equal(await engine.run('scratchIsBack'), 1);
      assert.equal(await engine.run('scratchBlocks', 1024), 256);
    });
  });

  it('scratch stays as it is while its kernel runs, in whatever order kernels are joined, here or by thieves', async (t) => {
    for (const workers of [1, 3]) {
      await withBoard({ workers }, async (engine) => {
        for (let i = 0; i < 20; ++i) {
          const seed = Math.floor(Math.random() * 2 ** 29);
          t.diagnostic(`seed ${String(seed)}, ${String(workers)} workers`);
          assert.equal(await engine.run('scratchTree', seed * 8 + 5), 0);
        }
        assert.equal(await engine.run('scratchBlocks', 1024), 256);
      });
    }
  });

  it('free is for what alloc gave, once', async () => {
    await withBoard({ workers: 1 }, async (engine) => {
      await assert.rejects(engine.run('freesTwice'), failedBy(/unreachable/));
      await assert.rejects(engine.run('giveBack', 70_000), failedBy(/unreachable|out of bounds/));
      assert.equal(await engine.run('freesNothing'), 1);
      assert.equal(await engine.run('allocate', 2 ** 31 - 1), 0, 'more than the pool has');
    });
  });

  it('random numbers are in [0, 1), others on each worker', async () => {
    await withBoard({ workers: 2 }, async (engine) => {
      const bytes = (await engine.run('draws', 10_000)) as unknown as Uint8Array;
      const numbers = new Float64Array(bytes.slice().buffer);
      assert.ok(numbers.every((x) => x >= 0 && x < 1));
      assert.equal(new Set(numbers).size, 10_000);
      const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
      assert.ok(Math.abs(mean - 0.5) < 0.02, `mean ${String(mean)}`);
    });
    const seeded = async (seed: number): Promise<unknown> => {
      let drawn: unknown;
      await withEngine<Kernels>({ kernels: FORK_KERNELS, deterministic: { seed } }, async (engine) => {
        drawn = await engine.run('draws', 4);
      });
      return drawn;
    };
    assert.deepEqual(await seeded(1), await seeded(1));
    assert.notDeepEqual(await seeded(1), await seeded(2));
  });
});

describe('checkpoint', () => {
  it('runs more urgent kernels on top, and nothing else', async () => {
    await withBoard({ workers: 1 }, async (engine, board) => {
      const low = engine.run('yields', board.address, { priority: Priority.Low });
      await board.hasStarted();
      const equal = engine.run('fib', 3, { priority: Priority.Low });
      const input = Float64Array.of(board.address, 1, 2);
      const bytes = engine.run('opensReversed', input, { priority: Priority.Normal });
      const reversed = new Uint8Array(input.buffer).reverse();
      assert.deepEqual(await within(bytes, 'the urgent one'), reversed);
      assert.equal(await within(low, 'the one below'), 0);
      assert.equal(await equal, 2);
    });
  });

  it('one a priority, on top of one another', async () => {
    await withBoard({ workers: 1 }, async (engine, board) => {
      const below = engine.run('yields', board.address, { priority: Priority.Low });
      await board.hasStarted();
      const between = engine.run('yields', board.address, { priority: Priority.Normal });
      const fork = engine.run('fib', 15, { priority: Priority.High });
      assert.equal(await within(fork, 'the one on top'), 610);
      const worker = engine.run('opens', board.address, { priority: Priority.Critical });
      assert.equal(await within(worker, 'the most urgent one'), 0);
      assert.equal(await below, 1);
      assert.equal(await between, 1);
    });
  });

  it('a trap on top ends there', async () => {
    await withBoard({ workers: 1 }, async (engine, board) => {
      const below = engine.run('yields', board.address, { priority: Priority.Low });
      await board.hasStarted();
      const above = engine.run('opensAndTraps', board.address, { priority: Priority.High });
      await assert.rejects(within(above, 'the one on top'), failedBy(/unreachable/));
      assert.equal(await within(below, 'the one below'), 1);
    });
  });

  it('works in a kernel that was stolen', async () => {
    await withBoard({ workers: 2 }, async (engine, board) => {
      const low = engine.run('joinsStolen', board.address, { priority: Priority.Low });
      await board.hasStarted();
      await within(engine.run('opens', board.address, { priority: Priority.Critical }), 'the urgent one');
      assert.equal(await within(low, 'the one below'), 1);
    });
  });
});

describe('a task that is asked to stop', () => {
  it('stops all of its kernels: 2^18 of them', async () => {
    await withBoard({ workers: 2 }, async (engine, board) => {
      const controller = new AbortController();
      const promise = engine.run('hugeTree', board.address, { signal: controller.signal });
      await until(() => board.count() > 17, 'a leaf');
      controller.abort();
      await assert.rejects(within(promise, 'the promise'), { code: 'ERR_TASK_ABORTED' });
      assert.equal(await within(engine.run('fib', 20), 'the next task'), 6765);
      await until(() => engine.stats().running === 0, 'the tree to end');
      assert.ok(board.count() < 2 ** 17, `${String(board.count())} kernels ran`);
    });
  });

  it('is ended with its worker, while another one runs what it has spawned', async () => {
    await withBoard({ workers: 2 }, async (engine, board) => {
      const lost = once(engine, 'workerLost');
      const promise = engine.run('spinsAbove', board.address, { timeoutMs: 20, killGraceMs: 20 });
      await assert.rejects(within(promise, 'the promise'), { code: 'ERR_TASK_TIMEOUT' });
      await within(lost, "'workerLost'");
      assert.equal(await within(engine.run('fib', 20), 'the next task'), 6765);
    });
  });

  it('a kernel of another task that runs below it is lost with the worker', async () => {
    await withBoard({ workers: 2 }, async (engine, board) => {
      const low = engine.run('joinsStolen', board.address, { priority: Priority.Low });
      await board.hasStarted();
      const above = engine.run('spinsForEver', 0, { priority: Priority.High, timeoutMs: 20, killGraceMs: 20 });
      await assert.rejects(within(above, 'the one on top'), { code: 'ERR_TASK_TIMEOUT' });
      await assert.rejects(within(low, 'the one below'), failedBy(/the worker that ran a kernel .* was lost/));
      assert.equal(await within(engine.run('fib', 20), 'the next task'), 6765);
    });
  });

  it('what it has spawned never ends: both workers are ended', async () => {
    await withBoard({ workers: 2 }, async (engine, board) => {
      const promise = engine.run('joinsSpinning', board.address, { timeoutMs: 20, killGraceMs: 20 });
      await assert.rejects(within(promise, 'the promise'), { code: 'ERR_TASK_TIMEOUT' });
      assert.deepEqual(
        await within(Promise.all([18, 19].map((n) => engine.run('fib', n))), 'the next tasks'),
        [2584, 4181],
      );
    });
  });
});
