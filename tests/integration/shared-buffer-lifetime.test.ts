/** When memory of `engine.allocate()` goes back to the pool: not before its user has freed it, not before the last task that has it has ended. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { attach } from '../../src/worker/context.ts';
import type { TestEngine } from '../support/engines.ts';
import { FREED, nothingInUse, type SharedTasks, withHandlers, withKernels, written } from '../support/shared-memory.ts';
import { within } from '../support/until.ts';

const PAGE = 65_536;

function usedBytes(engine: { stats: TestEngine['stats'] }): number {
  return engine.stats().poolBytesUsed;
}

function release({ bytes }: { readonly bytes: Uint8Array }): void {
  Atomics.store(bytes, 1, 1);
}

describe('free()', () => {
  it('gives the memory back; every use after it is an error', async () => {
    await withKernels({}, async (engine) => {
      const buffer = engine.allocate(PAGE);
      const view = buffer.bytes;
      assert.deepEqual([buffer.freed, buffer.tasks, view.length], [false, 0, PAGE]);
      buffer.free();
      assert.deepEqual([buffer.freed, buffer.byteLength, usedBytes(engine)], [true, PAGE, 0]);
      assert.throws(() => buffer.bytes, { ...FREED, size: PAGE, message: /one of 65536 bytes after its free\(\)/ });
      assert.throws(() => buffer.view(Float64Array), FREED);
      assert.throws(() => buffer.subarray(1), FREED);
      assert.throws(() => {
        buffer.free();
      }, FREED);
      await assert.rejects(engine.run('sumBytes', buffer), FREED);
      await assert.rejects(engine.runMany('sumBytes', [buffer]), FREED);
      await assert.rejects(engine.broadcast('sumBytes', buffer), FREED);
      await assert.rejects(engine.map('sumBytes', [buffer]).next(), FREED);
      const failed = once(engine, 'taskError') as Promise<[{ error: Error }]>;
      engine.post('sumBytes', buffer);
      assert.equal(Reflect.get((await failed)[0].error, 'code'), 'ERR_BUFFER_FREED');
      const { submitted } = engine.stats();
      assert.equal(submitted, 0);
      await nothingInUse(engine);
    });
  });

  it('by using: at the end of the scope, also after free()', async () => {
    await withKernels({}, async (engine) => {
      {
        using buffer = engine.allocate(1000);
        await engine.run('increment', buffer);
      }
      assert.equal(usedBytes(engine), 0);
      {
        using buffer = engine.allocate(1000);
        buffer.free();
      }
      assert.equal(usedBytes(engine), 0);
      const buffer = engine.allocate(1000);
      buffer[Symbol.dispose]();
      buffer[Symbol.dispose]();
      assert.throws(() => {
        buffer.free();
      }, FREED);
      await nothingInUse(engine);
    });
  });

  it('while tasks have it: the last one of them gives it back', async () => {
    await withKernels({ workers: 2, memory: { poolBytes: 8 * PAGE } }, async (engine) => {
      const buffer = engine.allocate(2 * PAGE);
      const view = buffer.bytes;
      const running = engine.run('hold', buffer);
      await written(buffer);
      const queued = Array.from({ length: 3 }, () => engine.run('hold', buffer));
      assert.equal(buffer.tasks, 4);
      buffer.free();
      assert.deepEqual([buffer.freed, buffer.tasks], [true, 4]);
      await assert.rejects(engine.run('hold', buffer), FREED);
      // Nobody else gets the memory meanwhile.
      const others = engine.allocate(6 * PAGE);
      others.bytes.fill(3);
      assert.throws(() => engine.allocate(1), { code: 'ERR_RESOURCE_EXHAUSTED' });
      assert.deepEqual([view[0], view[1], view[2]], [1, 0, 0]);
      view[1] = 1;
      await Promise.all([running, ...queued]);
      assert.equal(buffer.tasks, 0);
      assert.equal(usedBytes(engine), 6 * PAGE);
      others.free();
      await nothingInUse(engine);
    });
  });

  it('when the promise of the last one has settled it is back already', async () => {
    await withKernels({}, async (engine) => {
      for (let round = 0; round < 50; ++round) {
        const buffer = engine.allocate(1000);
        const running = engine.run('increment', buffer);
        buffer.free();
        await running;
        assert.equal(usedBytes(engine), 0);
      }
    });
  });
});

describe('memory that tasks have', () => {
  it('1,000 of them, more than there are slots', async () => {
    await withKernels({ workers: 2, capacity: 64 }, async (engine) => {
      const buffer = engine.allocate(128);
      const used = usedBytes(engine);
      const all = Array.from({ length: 1000 }, () => engine.run('increment', buffer));
      assert.ok(buffer.tasks > 0); // those that found no slot took the first ones out
      assert.equal(usedBytes(engine), used);
      await within(Promise.all(all), '1,000 tasks');
      assert.deepEqual(new Set(buffer.bytes), new Set([1000 % 256]));
      assert.equal(buffer.tasks, 0);
      const { submitted, completed } = engine.stats();
      assert.deepEqual([submitted, completed], [1000, 1000]);
      buffer.free();
      await nothingInUse(engine);
    });
  });

  it('stays when they fail or trap', async () => {
    await withKernels({}, async (engine) => {
      const buffer = engine.allocate(100);
      for (const task of ['failsOver', 'trapsOver'] as const) {
        await assert.rejects(engine.run(task, buffer), { code: 'ERR_TASK_FAILED' });
      }
      assert.deepEqual([buffer.bytes[0], buffer.tasks, usedBytes(engine)], [2, 0, 128]);
      buffer.free();
      await nothingInUse(engine);
    });
  });

  it('stays when they are cancelled in the queue, in a slot or beyond', async () => {
    await withKernels({ capacity: 8 }, async (engine) => {
      const holder = engine.allocate(2);
      const blocked = engine.run('hold', holder);
      await written(holder);
      const buffer = engine.allocate(100);
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = Array.from({ length: 20 }, () => engine.run('increment', buffer, { signal }));
      assert.equal(buffer.tasks, 20);
      controller.abort();
      for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, 'rejected');
      assert.equal(buffer.tasks, 0);
      release(holder);
      await blocked;
      assert.deepEqual([buffer.bytes[0], engine.stats().cancelled], [0, 20]);
      buffer.free();
      holder.free();
      await nothingInUse(engine);
    });
  });

  it('is theirs until they have stopped, though their promise was rejected', async () => {
    await withKernels({}, async (engine) => {
      const buffer = engine.allocate(PAGE);
      const view = buffer.bytes;
      const running = engine.run('hold', buffer, { timeoutMs: 5, killGraceMs: Infinity });
      await assert.rejects(within(running, 'the time-out'), { code: 'ERR_TASK_TIMEOUT' });
      assert.equal(buffer.tasks, 1);
      buffer.free();
      assert.equal(usedBytes(engine), PAGE);
      view[1] = 1;
      await engine.drain();
      assert.deepEqual([buffer.tasks, usedBytes(engine)], [0, 0]);
      await nothingInUse(engine);
    });
  });

  it('a kernel that stops when it is asked to', async () => {
    await withKernels({}, async (engine) => {
      const buffer = engine.allocate(PAGE);
      const controller = new AbortController();
      const running = engine.run('holdUntilCancelled', buffer, { signal: controller.signal, killGraceMs: 60_000 });
      await written(buffer);
      controller.abort();
      await assert.rejects(running, { code: 'ERR_TASK_ABORTED' });
      await engine.drain();
      assert.deepEqual([buffer.tasks, usedBytes(engine), buffer.bytes[0]], [0, PAGE, 1]);
      buffer.free();
      await nothingInUse(engine);
    });
  });

  it('a kernel that is ended with its worker', async () => {
    await withKernels({ workers: 2 }, async (engine) => {
      const buffer = engine.allocate(PAGE);
      const lost = once(engine, 'workerLost');
      const running = engine.run('hold', buffer, { timeoutMs: 5, killGraceMs: 5 });
      await assert.rejects(within(running, 'the time-out'), { code: 'ERR_TASK_TIMEOUT' });
      await within(lost, "'workerLost'");
      await engine.drain();
      assert.deepEqual([buffer.tasks, usedBytes(engine), buffer.bytes[0]], [0, PAGE, 1]);
      assert.equal(await engine.run('sumBytes', buffer), 1);
      buffer.free();
      await nothingInUse(engine);
    });
  });

  it('a handler that takes its worker down: lost, or run again with the same memory', async () => {
    await withHandlers({ workers: 2 }, async (engine) => {
      const buffer = engine.allocate(PAGE);
      buffer.bytes[1] = 2;
      await assert.rejects(engine.run('exits', buffer), { code: 'ERR_WORKER_LOST', attempts: 1 });
      assert.deepEqual([buffer.tasks, usedBytes(engine), buffer.bytes[0]], [0, PAGE, 1]);
      assert.equal(await within(engine.run('exits', buffer, { retry: 3 }), 'the second attempt'), 3);
      const { lost, completed } = engine.stats();
      assert.deepEqual([buffer.tasks, lost, completed], [0, 1, 1]);
      buffer.bytes[1] = 9;
      const last = engine.run('exits', buffer, { retry: 1 });
      buffer.free();
      await assert.rejects(within(last, 'the last one'), { code: 'ERR_WORKER_LOST', attempts: 2 });
      assert.equal(usedBytes(engine), 0);
      await nothingInUse(engine);
    });
  });

  it('a handler that never ends, and its worker does', async () => {
    await withHandlers({}, async (engine) => {
      const buffer = engine.allocate(2);
      const controller = new AbortController();
      const running = engine.run('spins', buffer, { signal: controller.signal, killGraceMs: 1 });
      await written(buffer);
      controller.abort();
      await assert.rejects(running, { code: 'ERR_TASK_ABORTED' });
      buffer.free();
      assert.equal(await within(engine.run('kind', 1), 'the next task'), 'number');
      await engine.drain();
      assert.deepEqual([buffer.tasks, usedBytes(engine)], [0, 0]);
      await nothingInUse(engine);
    });
  });
});

describe('close()', () => {
  it('leaves the memory to whoever has it', async () => {
    await withKernels({}, async (engine) => {
      const buffer = engine.allocate(100);
      const freed = engine.allocate(100);
      await engine.run('increment', buffer);
      await engine.close();
      assert.equal(buffer.bytes[99], 1);
      assert.throws(() => engine.allocate(8), { code: 'ERR_CLOSED' });
      await assert.rejects(engine.run('increment', buffer), { code: 'ERR_CLOSED' });
      assert.equal(usedBytes(engine), 256);
      freed.free();
      buffer.free();
      assert.equal(usedBytes(engine), 0);
      assert.throws(() => buffer.bytes, FREED);
    });
  });

  it('by force, while tasks have it', async () => {
    await withKernels({ workers: 2, capacity: 8 }, async (engine) => {
      const buffer = engine.allocate(PAGE);
      const all = Array.from({ length: 20 }, () => engine.run('hold', buffer));
      await written(buffer);
      const closing = engine.close({ drain: false });
      for (const outcome of await Promise.allSettled(all)) assert.equal(outcome.status, 'rejected');
      await closing;
      assert.deepEqual([buffer.tasks, buffer.bytes[0], usedBytes(engine)], [0, 1, PAGE]);
      buffer.free();
      assert.equal(usedBytes(engine), 0);
    });
  });
});

describe('an attached thread', () => {
  it('cannot allocate, and is told where to', async () => {
    await withHandlers({}, async (engine) => {
      const attached = attach<SharedTasks>(engine.attach());
      assert.throws(() => attached.allocate(), {
        code: 'ERR_INVALID_OPTION',
        message: /call engine\.allocate\(\) there/,
      });
      const buffer = engine.allocate(8);
      await assert.rejects(attached.run('kind', buffer), {
        code: 'ERR_NOT_SHAREABLE',
        message: /or thread: pass its bytes/,
      });
      assert.equal(await attached.run('kind', buffer.bytes), 'copy');
      assert.equal(buffer.tasks, 0);
      await attached.detach();
      buffer.free();
      await nothingInUse(engine);
    });
  });
});
